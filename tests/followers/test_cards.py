"""Cards follow their runs, whenever and however often they are told to, and never against a person (B4)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.db import connection
from django.db.models import F

from orchestrator.core.errors import RejectedConflict
from orchestrator.followers import cards as follower
from orchestrator.models import Board, Card, CardEntry, Gate, QueueEntry, Run, Timer
from orchestrator.models.fields import EPOCH
from orchestrator.services import card_runs, cards, gates
from orchestrator.services.card_refusals import Choice
from tests.boards_world import World, make_world, run_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


def started(world: World, title: str = "Sleep") -> Card:
    """Start a card; its run stops at its gate at once."""
    return world.move(world.card(title), "In progress")


def say(card: Card, status: str, **fields: object) -> None:
    """Let a card's run be in a status, as its store would write it, with no gate left open."""
    run = Run.objects.filter(pk=Card.objects.get(pk=card.pk).run_id)
    Gate.objects.filter(run_id=run.get().id).update(status="approved")
    run.update(status=status, n=F("n") + 1, **fields)


def test_a_card_goes_to_the_gate_column_while_its_run_waits_and_says_for_what(world: World) -> None:
    card = started(world)
    assert follower.follow() == 1
    assert world.place(card) == "Review"
    assert Card.objects.get().why == "waits for approval: Sign off"


def test_a_card_whose_gate_is_decided_goes_on_to_the_end(world: World) -> None:
    """B4, H5: through the real engine: started, waiting, approved, finished."""
    card = started(world)
    follower.follow()
    gate = Gate.objects.get()
    gates.decide(world.operator, gate.pk, "approve", digest=gate.digest)
    assert follower.follow() == 1
    assert world.place(card) == "Done"
    assert (run_of(card).status, Card.objects.get().why) == ("succeeded", "")
    verbs = list(CardEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["created", "moved", "started", "waits", "finished"]


def test_a_rejected_card_goes_to_the_failed_column_with_the_reason(world: World) -> None:
    card = started(world)
    gates.decide(world.operator, Gate.objects.get().pk, "reject", comment="not tonight")
    follower.follow()
    assert world.place(card) == "Failed"
    assert Card.objects.get().why.startswith("failed: ")
    assert "not tonight" in Card.objects.get().why


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_without_a_failed_column_a_card_stays_where_it_is_and_says_why(world: World, status: str) -> None:
    world.column("Failed").delete()
    card = started(world)
    say(card, status, reason="the roof fell in")
    follower.follow()
    assert world.place(card) == "In progress"
    assert Card.objects.get().why == f"{status}: the roof fell in"
    assert CardEntry.objects.latest("pk").verb == status


def test_a_card_comes_back_to_its_workflow_column_when_its_run_goes_on(world: World) -> None:
    card = started(world)
    follower.follow()
    say(card, "running")
    follower.follow()
    assert world.place(card) == "In progress"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("scan/ruff", "w1", 1), ("scan/radon", None, 1)], "running: ruff"),
        ([("scan/ruff", None, 1)], "waits for a slot: ruff"),
        ([("scan/ruff", None, 2)], "waits to try again: ruff"),
        ([(f"scan[{n}]/tool_{n}", "w1", 1) for n in range(5)], "running: tool_0, tool_1, tool_2 and 2 more"),
        ([], "running"),
    ],
)
def test_a_card_at_work_says_what_is_being_done(world: World, rows: list, why: str) -> None:
    card = started(world)
    say(card, "running")
    for path, worker, attempt in rows:
        QueueEntry.objects.create(
            run_id=run_of(card).id, path=path, attempt=attempt, agent="a", lane="quick", worker=worker, ready_at=EPOCH
        )
    follower.follow()
    assert Card.objects.get().why == why


def test_a_card_says_that_its_run_is_paused_or_waits_for_a_time(world: World) -> None:
    card = started(world)
    say(card, "paused")
    follower.follow()
    assert Card.objects.get().why == "paused; resume its run to go on"
    say(card, "waiting")
    Timer.objects.create(run_id=run_of(card).id, path="nap", name="wake", due_at=EPOCH)
    follower.follow()
    assert Card.objects.get().why == "waits for a time"


def test_following_twice_changes_nothing_the_second_time(world: World) -> None:
    for number in range(3):
        world.move(world.card(f"card {number}"), "In progress")
    assert follower.follow(limit=1) == 2, "the third one waits for a place and has no run to follow"
    version, entries = Board.objects.get().version, CardEntry.objects.count()
    assert follower.follow() == 0
    assert (Board.objects.get().version, CardEntry.objects.count()) == (version, entries)


def test_a_card_that_was_put_aside_stays_there_and_still_tells_of_its_run(world: World) -> None:
    """A person's drag wins."""
    card = started(world)
    world.move(card, "Ready", run=Choice.KEEP)
    follower.follow()
    assert world.place(card) == "Ready"
    assert Card.objects.get().why == "waits for approval: Sign off"
    say(card, "succeeded")
    follower.follow()
    assert (world.place(card), Card.objects.get().why) == ("Ready", "")


def test_a_card_that_let_go_of_its_run_hears_nothing_of_it(world: World) -> None:
    card = started(world)
    run = run_of(card)
    world.move(card, "Ready", run=Choice.DETACH)
    Run.objects.filter(pk=run.pk).update(status="failed", n=F("n") + 1)
    assert follower.follow() == 0
    assert (world.place(card), Card.objects.get().why) == ("Ready", "")


def test_a_drag_begun_before_the_card_moved_itself_is_told_where_it_is(world: World) -> None:
    card = started(world)
    follower.follow()
    with pytest.raises(RejectedConflict, match="Review"):
        world.move(card, "Ready", version=card.version, run=Choice.KEEP)


def test_a_place_that_becomes_free_goes_to_the_first_card_that_waits(world: World) -> None:
    first, second = started(world, "first"), started(world, "second")
    third, fourth = started(world, "third"), started(world, "fourth")
    assert card_runs.start_waiting() == 0
    say(first, "succeeded")
    follower.follow()
    assert world.place(second) == "Review", "its run waits at its gate, so it gave its place free as well"
    Card.objects.filter(pk=fourth.pk).update(rank=-1)
    assert card_runs.start_waiting() == 2
    assert [run_of(card).title for card in (third, fourth)] == ["third", "fourth"]
    started_in = list(CardEntry.objects.filter(verb="started").order_by("pk").values_list("card__title", flat=True))
    assert started_in == ["first", "second", "fourth", "third"]


def test_a_raised_limit_lets_waiting_cards_start(world: World) -> None:
    for number in range(4):
        started(world, f"card {number}")
    column = world.column("In progress")
    column.limit = None
    column.save()
    assert card_runs.start_waiting() == 2
    assert Run.objects.count() == 4


def test_two_followers_at_once_move_each_card_once(world: World) -> None:
    moved = [started(world, "first"), started(world, "second")]
    together(follower.follow, follower.follow, follower.follow)
    assert [world.place(card) for card in moved] == ["Review", "Review"]
    assert CardEntry.objects.filter(verb="waits").count() == 2
    assert follower.follow() == 0


def test_two_that_start_waiting_cards_at_once_start_each_once(world: World) -> None:
    for number in range(5):
        started(world, f"card {number}")
    follower.follow()
    together(card_runs.start_waiting, card_runs.start_waiting, card_runs.start_waiting)
    assert Run.objects.count() == 4
    assert CardEntry.objects.filter(verb="started").count() == 4


def test_a_person_and_the_follower_at_once_leave_the_card_in_one_place_that_both_know_of(world: World) -> None:
    """S25: whoever comes second sees what the first did: the follower stays away, the person is told."""
    for turn in range(12):
        card = started(world, f"card {turn}")
        ready = world.column("Ready").pk
        answers: list[object] = []

        def drag(card: Card = card, ready: int = ready, answers: list[object] = answers) -> None:
            try:
                answers.append(cards.move(world.operator, card.pk, ready, version=card.version, run=Choice.KEEP))
            except RejectedConflict as refused:
                answers.append(refused)

        together(follower.follow, drag)
        now = Card.objects.get(pk=card.pk)
        won = isinstance(answers[0], Card)
        assert world.place(card) == ("Ready" if won else "Review")
        assert now.follows is not won
        assert now.version == card.version + 1, "one of them moved it, not both"
        say(card, "succeeded")
        follower.follow()


def test_two_people_and_the_follower_at_once_put_a_card_in_one_place_and_tell_whoever_lost(world: World) -> None:
    """S25: an agent's work moves the card while two operators drag it apart."""
    for turn in range(8):
        card = started(world, f"card {turn}")
        answers: dict[str, object] = {}

        def drag(to: str, card: Card = card, answers: dict[str, object] = answers) -> None:
            column = world.column(to).pk
            try:
                answers[to] = cards.move(world.operator, card.pk, column, version=card.version, run=Choice.KEEP)
            except RejectedConflict as refused:
                answers[to] = refused

        together(follower.follow, lambda drag=drag: drag("Ready"), lambda drag=drag: drag("Backlog"))
        winners = [to for to, answer in answers.items() if isinstance(answer, Card)]
        losers = [answer for answer in answers.values() if isinstance(answer, RejectedConflict)]
        now = Card.objects.get(pk=card.pk)
        assert len(winners) + len(losers) == 2
        assert world.place(card) == (winners[0] if winners else "Review")
        assert len(winners) <= 1
        assert {loser.extra["current"]["column"] for loser in losers} <= {now.column_id}
        assert now.version == card.version + 1, "one of three moved it"
        say(card, "succeeded")
        follower.follow()


def test_only_cards_whose_run_has_gone_on_are_looked_at(world: World, django_assert_num_queries: object) -> None:
    """The follower asks one question when there is nothing to do, however many cards and ended runs there are."""
    column = world.column("Done")
    Run.objects.bulk_create(
        Run(id=f"run-{n}", workflow="nap", version="1", status="succeeded", n=7, correlation_id="", created_at=EPOCH)
        for n in range(2000)
    )
    Card.objects.bulk_create(
        Card(board=world.board, column=column, rank=n, title="old", run_id=f"run-{n}", seen=7) for n in range(2000)
    )
    with django_assert_num_queries(1):
        before = time.perf_counter()
        assert follower.follow() == 0
        assert time.perf_counter() - before < 0.25


def together(*acts: Callable[[], object]) -> None:
    """Do these things in threads that start together; an error in one of them is an error here."""
    go, faults = Event(), []

    def do(act: Callable[[], object]) -> None:
        go.wait(10)
        try:
            act()
        except Exception as fault:  # noqa: BLE001 - raised again below, in the thread that looks
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(30)
    assert faults == []


def test_a_move_is_logged_with_the_run_it_follows(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """O3."""
    caplog.set_level(logging.INFO, "signalbox.followers")
    card = started(world)
    follower.follow()
    (line,) = caplog.records
    run = run_of(card)
    assert (line.run_id, line.correlation_id, line.card_id) == (run.id, run.correlation_id, card.pk)
