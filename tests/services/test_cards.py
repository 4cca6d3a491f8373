"""Cards: who may write them, what may stand on them, and what moving them does (B1, B2, B3)."""

from __future__ import annotations

import pytest

from orchestrator.boards.places import TOP, Spot
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.status import RunStatus
from orchestrator.models import AuditEntry, Board, Card, CardEntry, Run
from orchestrator.services import card_runs, cards
from orchestrator.services.card_refusals import Choice, RunIsLive, SomeoneWasFaster
from tests.boards_world import World, make_world, run_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_new_card_stands_at_the_end_of_the_first_column_with_its_author_in_the_history(world: World) -> None:
    first, second = world.card("First"), world.card("Second")
    assert world.titles("Backlog") == ["First", "Second"]
    entry = CardEntry.objects.get(card=second)
    assert (entry.verb, entry.actor_name) == ("created", "olga")
    assert first.rank < second.rank


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 20_001}, "description"),
        ({"priority": 9}, "priority"),
        ({"priority": True}, "priority"),
        ({"labels": [""]}, "labels[0]"),
        ({"assignee_id": 987654}, "assignee_id"),
        ({"assignee_id": 1 << 62}, "assignee_id"),
    ],
)
def test_a_card_with_an_unfit_field_is_refused_by_the_name_of_the_field(world: World, fields: dict, path: str) -> None:
    with pytest.raises(RejectedError) as refused:
        cards.create(world.operator, world.board.pk, **{"title": "Sleep", **fields})
    assert [problem.path for problem in refused.value.problems] == [path]
    assert not Card.objects.exists()


def test_nobody_changes_a_board_without_the_role_and_outsiders_learn_nothing_of_it(world: World) -> None:
    """U4: the role operator is needed, in every way of changing a card."""
    card = world.card()
    ready = world.column("Ready").pk
    for act in (
        lambda who: cards.create(who, world.board.pk, "Mine"),
        lambda who: cards.edit(who, card.pk, card.version, title="Mine"),
        lambda who: cards.comment(who, card.pk, "Mine"),
        lambda who: cards.move(who, card.pk, ready, version=card.version),
        lambda who: cards.run_again(who, card.pk, card.version),
    ):
        with pytest.raises(RejectedForbidden):
            act(world.viewer)
        with pytest.raises(RejectedMissing):
            act(world.outsider)
    assert Card.objects.count() == 1
    assert world.place(card) == "Backlog"


def test_every_change_raises_the_version_of_the_board_and_of_the_card(world: World) -> None:
    card = world.card()
    version = Board.objects.get().version
    for number, act in enumerate([
        lambda: world.move(card, "Ready"),
        lambda: cards.edit(world.operator, card.pk, card.version + 1, title="Deep sleep"),
        lambda: cards.comment(world.operator, card.pk, "Shh"),
    ], start=1):  # fmt: skip
        act()
        assert Board.objects.get().version == version + number
    assert Card.objects.get().version == card.version + 2, "a comment is not a change of the card itself"
    verbs = list(CardEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["created", "moved", "edited", "commented"]
    assert set(AuditEntry.objects.values_list("verb", flat=True)) >= {"add_card", "move_card", "edit_card"}


def test_a_card_goes_before_after_to_the_top_and_to_the_end(world: World) -> None:
    a, b, c = (world.card(title) for title in "abc")
    world.move(c, "Backlog", spot=Spot(before=a.pk))
    assert world.titles("Backlog") == ["c", "a", "b"]
    world.move(c, "Backlog", spot=Spot(after=a.pk))
    assert world.titles("Backlog") == ["a", "c", "b"]
    world.move(b, "Backlog", spot=TOP)
    assert world.titles("Backlog") == ["b", "a", "c"]
    world.move(b, "Backlog")
    assert world.titles("Backlog") == ["a", "c", "b"]


def test_a_neighbour_that_has_left_means_the_end(world: World) -> None:
    a, b = world.card("a"), world.card("b")
    world.card("c", "Ready")
    world.move(b, "Ready", spot=Spot(before=a.pk))
    assert world.titles("Ready") == ["c", "b"]


def test_ranks_stay_apart_when_cards_are_put_into_the_same_gap_a_thousand_times(world: World) -> None:
    """B2: midpoints run out of room; the column is numbered afresh then, in the same order."""
    first, last = world.card("first"), world.card("last")
    movers = [world.card(f"m{number}") for number in range(3)]
    for turn in range(200):
        mover = movers[turn % 3]
        world.move(mover, "Backlog", spot=Spot(after=first.pk))
        ranks = list(Card.objects.order_by("rank").values_list("rank", flat=True))
        assert len(set(ranks)) == 5
    assert world.titles("Backlog") == ["first", "m1", "m0", "m2", "last"]
    assert last.pk


def test_a_move_from_an_old_version_is_refused_with_the_place_the_card_has_now(world: World) -> None:
    """S25: losers are told."""
    card, other = world.card(), world.card("Other", "Ready")
    world.move(card, "Ready", spot=Spot(before=other.pk))
    with pytest.raises(SomeoneWasFaster) as refused:
        world.move(card, "Done", version=card.version)
    now = Card.objects.get(pk=card.pk)
    place = {"column": world.column("Ready").pk, "before": other.pk, "version": now.version}
    assert refused.value.extra["current"] == place
    assert "Ready" in refused.value.detail


def test_a_card_that_enters_a_workflow_column_starts_its_run_with_the_defaults_of_the_workflow(world: World) -> None:
    """B3."""
    card = world.move(world.card(input={"bed": "wide"}), "In progress")
    run = run_of(card)
    assert (run.workflow, run.input, run.card_id) == ("nap", {"minutes": 5, "bed": "wide"}, card.pk)
    assert run.key == f"card:{card.pk}:{card.version}"
    assert Card.objects.get().follows


def test_a_cards_priority_is_that_of_the_run_it_starts(world: World) -> None:
    """C5: from 1, the most urgent, to 5; the higher number of a run goes first."""
    runs = [run_of(world.move(world.card(str(urgency), priority=urgency), "In progress")) for urgency in (5, 1)]
    assert [run.priority for run in runs] == [-2, 2]


def test_a_card_whose_input_does_not_fit_stays_where_it_is_and_hears_why(world: World) -> None:
    """B3: a refused move says why, field by field."""
    card = world.card(input={"minutes": 0, "bed": 7})
    with pytest.raises(RejectedError) as refused:
        world.move(card, "In progress")
    assert sorted(problem.path for problem in refused.value.problems) == ["input.bed", "input.minutes"]
    assert refused.value.status == 422
    assert world.place(card) == "Backlog"
    assert Card.objects.get().version == card.version
    assert not Run.objects.exists()
    assert CardEntry.objects.count() == 1


def test_a_workflow_that_is_not_loaded_is_named(world: World) -> None:
    column = world.column("In progress")
    column.workflow = "dream"
    column.save()
    with pytest.raises(RejectedError, match="In progress") as refused:
        world.move(world.card(), "In progress")
    assert refused.value.status == 422
    assert "dream" in refused.value.problems[0].message


def test_a_card_without_a_run_cannot_enter_a_gate_column(world: World) -> None:
    card = world.card()
    with pytest.raises(RejectedError, match="start the run first") as refused:
        world.move(card, "Review")
    assert refused.value.status == 422
    assert world.place(card) == "Backlog"


def test_cards_queue_in_a_full_column_and_start_in_order_as_places_become_free(world: World) -> None:
    """B1: limits; dropping on a full column is allowed."""
    busy = [world.move(world.card(f"busy {number}"), "In progress") for number in range(2)]
    waiting = [world.move(world.card(f"waiting {number}"), "In progress") for number in range(3)]
    assert Run.objects.count() == 2
    assert Card.objects.get(pk=waiting[0].pk).why == "waits for a free place in In progress (2 of 2)"
    world.move(waiting[2], "In progress", spot=TOP)
    world.move(busy[0], "Ready", run=Choice.KEEP)
    assert run_of(waiting[2]).title == "waiting 2", "who was put on top goes first"
    assert Run.objects.count() == 3
    world.move(busy[1], "Ready", run=Choice.DETACH)
    assert run_of(waiting[0])
    assert Card.objects.get(pk=waiting[1].pk).run_id == ""


def test_nobody_jumps_the_queue_when_a_place_has_just_become_free(world: World) -> None:
    busy = [world.move(world.card(f"busy {number}"), "In progress") for number in range(2)]
    waiting = world.move(world.card("waiting"), "In progress")
    Run.objects.filter(pk=busy[0].run_id).update(status="succeeded", n=99)
    late = world.move(world.card("late"), "In progress")
    assert run_of(waiting).title == "waiting"
    assert (late.run_id, late.why) == ("", "waits its turn in In progress")
    assert card_runs.start_waiting() == 0


def test_a_queued_card_that_is_taken_away_no_longer_starts(world: World) -> None:
    busy = [world.move(world.card(f"busy {number}"), "In progress") for number in range(2)]
    waiting = world.move(world.card("waiting"), "In progress")
    world.move(waiting, "Ready")
    world.move(busy[0], "Ready", run=Choice.KEEP)
    assert Card.objects.get(pk=waiting.pk).run_id == ""
    assert Card.objects.get(pk=waiting.pk).why == ""


def test_a_queued_card_that_cannot_start_steps_aside_for_the_next(world: World) -> None:
    busy = [world.move(world.card(f"busy {number}"), "In progress") for number in range(2)]
    broken, good = (world.move(world.card(title), "In progress") for title in ("broken", "good"))
    cards.edit(world.operator, broken.pk, broken.version, input={"minutes": "many"})
    world.move(busy[0], "Ready", run=Choice.KEEP)
    assert run_of(good).title == "good"
    held = Card.objects.get(pk=broken.pk)
    assert held.run_id == ""
    assert held.why.startswith("cannot start: ")
    assert "minutes" in held.why


def test_taking_a_card_from_its_live_run_asks_what_should_become_of_the_run(world: World) -> None:
    """B3: let it finish, stop it, or move only the card."""
    card = world.move(world.card(), "In progress")
    with pytest.raises(RunIsLive) as asked:
        world.move(card, "Ready")
    assert asked.value.status == 409
    assert [choice["run"] for choice in asked.value.extra["choices"]] == ["keep", "stop", "detach"]
    assert [problem.message for problem in asked.value.problems] == ["keep", "stop", "detach"]
    assert asked.value.extra["current"]["column"] == world.column("In progress").pk
    assert world.place(card) == "In progress"
    assert Card.objects.get().version == card.version


def test_putting_a_card_elsewhere_within_its_column_asks_nothing(world: World) -> None:
    card = world.move(world.card(), "In progress")
    world.move(card, "In progress", spot=TOP)
    assert Card.objects.get().run_id == card.run_id


def test_a_run_that_is_kept_goes_on_and_its_card_stays_where_the_person_put_it(world: World) -> None:
    card = world.move(world.card(), "In progress")
    world.move(card, "Ready", run=Choice.KEEP)
    now = Card.objects.get()
    assert (world.place(card), now.follows, now.run_id) == ("Ready", False, card.run_id)
    assert run_of(card).status not in {RunStatus.CANCELLED, RunStatus.SUCCEEDED}


def test_a_run_that_is_stopped_is_cancelled_in_the_name_of_the_person(world: World) -> None:
    card = world.move(world.card(), "In progress")
    world.move(card, "Ready", run=Choice.STOP)
    assert world.place(card) == "Ready"
    assert run_of(card).status == RunStatus.CANCELLED
    assert "olga" in run_of(card).reason


def test_a_card_that_is_detached_lets_go_of_its_run_which_goes_on(world: World) -> None:
    card = world.move(world.card(), "In progress")
    run = run_of(card)
    world.move(card, "Ready", run=Choice.DETACH)
    assert Card.objects.get().run_id == ""
    run.refresh_from_db()
    assert run.status not in {RunStatus.CANCELLED, RunStatus.SUCCEEDED}
    again = world.move(card, "In progress")
    assert again.run_id not in {"", run.id}


def test_a_kept_card_that_comes_back_follows_the_same_run_again(world: World) -> None:
    card = world.move(world.card(), "In progress")
    world.move(card, "Ready", run=Choice.KEEP)
    back = world.move(card, "In progress")
    assert back.follows
    assert back.run_id == card.run_id
    assert Run.objects.count() == 1


def test_a_stopped_run_does_not_let_its_card_into_the_gate_column(world: World) -> None:
    card = world.move(world.card(), "In progress")
    with pytest.raises(RejectedError, match="start the run first"):
        world.move(card, "Review", run=Choice.STOP)
    assert run_of(card).status != RunStatus.CANCELLED
    assert world.place(card) == "In progress"


def test_a_finished_card_that_enters_the_workflow_column_again_starts_another_run(world: World) -> None:
    card = world.move(world.card(), "In progress")
    Run.objects.filter(pk=card.run_id).update(status="failed", n=9)
    world.move(card, "Backlog")
    again = world.move(card, "In progress")
    assert again.run_id != card.run_id
    Run.objects.filter(pk=again.run_id).update(status="failed", n=9)
    once_more = cards.run_again(world.operator, card.pk, again.version)
    assert once_more.run_id not in {card.run_id, again.run_id}
    assert Run.objects.count() == 3


def test_a_card_at_work_is_not_run_again(world: World) -> None:
    card = world.move(world.card(), "In progress")
    with pytest.raises(RejectedConflict, match="not over"):
        cards.run_again(world.operator, card.pk, card.version)


def test_an_edit_from_an_old_version_is_refused_and_nothing_is_half_written(world: World) -> None:
    card = world.card()
    cards.edit(world.operator, card.pk, card.version, title="Deep sleep", priority=1, labels=["night"])
    with pytest.raises(SomeoneWasFaster):
        cards.edit(world.operator, card.pk, card.version, title="No sleep")
    with pytest.raises(RejectedError):
        cards.edit(world.operator, card.pk, card.version + 1, title="No sleep", priority=0)
    with pytest.raises(RejectedError):
        cards.edit(world.operator, card.pk, card.version + 1, board_id=7)
    now = Card.objects.get()
    assert (now.title, now.priority, now.labels, now.version) == ("Deep sleep", 1, ["night"], card.version + 1)


def test_a_column_of_another_board_is_refused(world: World) -> None:
    from orchestrator.models import Column

    other = Board.objects.create(name="other", title="Other")
    foreign = Column.objects.create(board=other, name="There", position=0)
    card = world.card()
    for column in (foreign.pk, 987654):
        with pytest.raises(RejectedError, match="no such column"):
            cards.move(world.operator, card.pk, column, version=card.version)
    with pytest.raises(RejectedError, match="no such column"):
        cards.create(world.operator, world.board.pk, "x", column_id=foreign.pk)


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001])
def test_an_empty_or_endless_comment_is_refused(world: World, text: str) -> None:
    card = world.card()
    with pytest.raises(RejectedError):
        cards.comment(world.operator, card.pk, text)
