"""P13: agents pull cards, within the limit, in turn, and never against a person."""

from __future__ import annotations

import pytest
from django.db.models import F

from orchestrator.boards.places import TOP
from orchestrator.core.boards import alone
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.followers.cards import follow
from orchestrator.models import AuditEntry, Card, CardEntry, Run, User, WorkflowVersion
from orchestrator.queries import boards as queries
from orchestrator.services import card_pulls, card_runs, cards, lone_agents, pauses, workflows
from orchestrator.services.card_refusals import Choice, RunIsLive, SomeoneWasFaster
from tests import driven
from tests.boards_world import World, run_of
from tests.kanban_world import AGENT, make_kanban, now, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_kanban()


def why(world: World, card: Card) -> str:
    return queries.card_detail(world.viewer, card.pk).why


def test_an_agent_pulls_what_is_most_urgent_then_highest_as_far_as_its_limit(world: World) -> None:
    """P13."""
    low, first, second, third = (
        ready(world, title, priority=priority)
        for title, priority in (("low", 5), ("first", 3), ("second", 3), ("third", 3))
    )
    world.move(second, "Ready", spot=TOP)
    assert card_pulls.pull() == 2
    assert [now(card).column.name for card in (second, first, third, low)] == ["Counting", "Counting", "Ready", "Ready"]
    assert card_pulls.pull() == 0, "the limit holds"
    run = run_of(second)
    assert (run.workflow, run.card_id, run.input) == (
        alone(AGENT),
        second.pk,
        {"text": "one two three", "guidance": ""},
    )
    assert run.actor == str(world.operator.pk), "it is started for whoever put the card there"


def test_a_paused_agent_pulls_nothing_until_it_is_resumed(world: World) -> None:
    card = ready(world)
    pauses.pause(world.operator, AGENT, "maintenance")
    assert (card_pulls.pull(), now(card).column.name) == (0, "Ready")
    assert f"{AGENT} (paused)" in why(world, card)
    pauses.resume(world.operator, AGENT)
    assert (card_pulls.pull(), now(card).column.name) == (1, "Counting")


def test_the_history_says_who_pulled_a_card_and_why_this_one(world: World) -> None:
    card, _ = ready(world, priority=1), ready(world, "other")
    card_pulls.pull()
    entries = list(CardEntry.objects.filter(card=card).order_by("pk").values_list("actor_name", "verb", "text"))
    assert entries[1:] == [
        (AGENT, "pulled", "from Ready to Counting: P1, first of 2 by priority and place; 1 of 2 at work"),
        (AGENT, "started", AGENT),
    ]
    assert now(card).pulled_by == AGENT


def test_an_agents_own_workflow_has_one_step_and_is_kept_like_any_other(world: World) -> None:
    found = WorkflowVersion.objects.get(name=alone(AGENT))
    assert (found.is_current, found.source["steps"]) == (True, [{"id": "work", "agent": AGENT}])
    ready(world)
    card_pulls.pull()
    (claimed,) = driven.claim(4)
    assert claimed.agent == AGENT
    driven.carry_out(claimed)
    assert Run.objects.get().status == "succeeded"


def test_finished_work_stays_and_the_next_card_is_pulled_by_itself(world: World) -> None:
    """P13: run, output and history stay with the card."""
    done = [ready(world, f"card {number}") for number in range(5)]
    for _ in range(4):
        card_pulls.pull()
        driven.work_off()
        follow()
    assert {now(card).column.name for card in done} == {"Done"}
    view = queries.card_detail(world.viewer, done[0].pk)
    assert queries.output_of(view) == {"text": "one two three", "guidance": ""}
    verbs = [entry.verb for entry in reversed(queries.card_entries(view.card))]
    assert verbs == ["created", "pulled", "started", "finished"]


def test_with_nothing_to_pull_one_question_is_asked(world: World, django_assert_num_queries: object) -> None:
    """P13: quiescence costs nothing, however many cards are done."""
    card = ready(world)
    card_pulls.pull()
    driven.work_off()
    follow()
    Card.objects.bulk_create(
        Card(board=card.board, column=world.column("Backlog"), rank=number, title="idle") for number in range(200)
    )
    with django_assert_num_queries(1):
        assert card_pulls.pull() == 0


def test_a_card_that_does_not_fit_is_passed_by_with_the_reason_until_it_is_changed(world: World) -> None:
    bad, good = ready(world, "bad", input={}, priority=1), ready(world, "good")
    card_pulls.pull()
    assert [now(card).column.name for card in (bad, good)] == ["Ready", "Counting"]
    assert why(world, bad).startswith(f"{AGENT} cannot take it: ")
    assert "text" in why(world, bad)
    assert now(bad).version == bad.version, "nobody's hand on it is refused for that"
    assert card_pulls.pull() == 0, "and nobody tries again"
    assert CardEntry.objects.filter(verb="passed_by").count() == 1
    cards.edit(world.operator, bad.pk, bad.version, input={"text": "words"})
    assert why(world, bad) == f"waits for {AGENT}, next in line"
    assert card_pulls.pull() == 1
    assert now(bad).column.name == "Counting"


def test_a_card_is_tried_again_once_what_would_run_has_changed(world: World) -> None:
    bad = ready(world, input={})
    card_pulls.pull()
    WorkflowVersion.objects.filter(name=alone(AGENT)).update(version="2" * 64)
    assert card_pulls.pull() == 1, "it is looked at, and passed by again"
    assert card_pulls.pull() == 0
    assert now(bad).column.name == "Ready"


def test_nothing_is_pulled_for_an_account_that_is_closed(world: World) -> None:
    card = ready(world)
    User.objects.filter(pk=world.operator.pk).update(is_active=False)
    card_pulls.pull()
    assert now(card).column.name == "Ready"
    assert "account" in now(card).why


def test_who_queues_by_hand_goes_before_whatever_is_pulled(world: World) -> None:
    for number in range(2):
        ready(world, f"busy {number}")
    card_pulls.pull()
    ready(world, "next", priority=1)
    queued = world.card("by hand", "Counting", input={"text": "x"}, priority=5)
    (claimed, *_) = driven.claim(2)
    driven.carry_out(claimed)
    follow()
    assert card_pulls.pull() == 0
    assert card_runs.start_waiting() == 1
    assert run_of(queued).title == "by hand"


def test_a_card_says_how_many_are_ahead_of_it_and_the_column_says_who_pulls(world: World) -> None:
    ready(world, "busy")
    card_pulls.pull()
    line = [ready(world, f"card {number}") for number in range(8)]
    assert [why(world, card) for card in line[:2]] == [
        f"waits for {AGENT}, next in line", f"waits for {AGENT}, 1 ahead of it",
    ]  # fmt: skip
    assert why(world, line[7]) == f"waits for {AGENT}, more than 5 ahead of it"
    heads = {one.column.name: one.policy for one in queries.heads(world.board).columns}
    assert heads["Counting"] == f"{AGENT} pulls from Ready, 1 of 2 at work"
    assert heads["Ready"] == f"{AGENT} pulls from here"


def test_browsers_hear_of_the_whole_front_of_the_line_when_it_moves_up(world: World) -> None:
    """O6: what a card waits for changes without the card, so it is told with what changed."""
    line = [ready(world, f"card {number}") for number in range(12)]
    seen = now(line[0]).board_version + 11
    card_pulls.pull()
    told = {view.card.pk: view.why for view in queries.changed_cards(world.board, seen) or ()}
    assert told[line[2].pk] == f"waits for {AGENT}, next in line"
    assert told[line[7].pk] == f"waits for {AGENT}, 5 ahead of it"


def test_a_person_whose_drag_crosses_a_pull_wins_and_the_agent_is_told(world: World) -> None:
    """P13, S25: the hand was on the card before it was pulled."""
    card = ready(world)
    card_pulls.pull()
    driven.claim()
    moved = cards.move(world.operator, card.pk, world.column("Backlog").pk, version=card.version)
    assert world.place(moved) == "Backlog"
    run = run_of(card)
    assert run.status == "cancelled"
    assert run.reason.endswith("its card was moved away by olga, whose hand was on it before it was pulled")
    stopped = CardEntry.objects.get(card=card, verb="stopped")
    assert stopped.text == f"{alone(AGENT)}; the hand was on it before {AGENT} pulled it"
    assert card_pulls.pull() == 0
    assert AuditEntry.objects.filter(verb="cancel", noun_id=run.id).exists()


def test_within_its_column_too_and_then_the_card_takes_its_turn_where_it_was_put(world: World) -> None:
    card, other = ready(world, "later"), ready(world, "sooner")
    Card.objects.filter(pk=other.pk).update(taken_by=world.operator)
    card_pulls.pull()
    Card.objects.filter(pk=other.pk).update(taken_by=None)
    cards.move(world.operator, card.pk, world.column("Ready").pk, version=card.version)
    assert world.titles("Ready") == ["sooner", "later"]
    assert now(card).taken_by is None
    assert why(world, card) == f"waits for {AGENT}, 1 ahead of it"


def test_a_drop_where_the_agent_has_put_the_card_already_leaves_it_at_work(world: World) -> None:
    card = ready(world)
    card_pulls.pull()
    cards.move(world.operator, card.pk, world.column("Counting").pk, version=card.version)
    assert run_of(card).status == "running"


def test_a_crossing_drag_is_asked_where_work_is_done_already_and_refused_after_any_other_change(world: World) -> None:
    card = ready(world)
    card_pulls.pull()
    Run.objects.update(ended=1)
    with pytest.raises(RunIsLive):
        cards.move(world.operator, card.pk, world.column("Backlog").pk, version=card.version)
    cards.edit(world.operator, card.pk, now(card).version, priority=1)
    with pytest.raises(SomeoneWasFaster):
        cards.move(world.operator, card.pk, world.column("Backlog").pk, version=card.version)


def test_a_card_that_is_taken_out_of_work_is_not_pulled_back_the_next_moment(world: World) -> None:
    """P13: a person's drag wins over a pull, afterwards too."""
    card = ready(world)
    card_pulls.pull()
    world.move(card, "Ready", run=Choice.STOP)
    follow()
    assert card_pulls.pull() == 0
    assert (now(card).column.name, now(card).taken_by) == ("Ready", world.operator)
    assert why(world, card) == "olga has taken it over; hand it back to let the work go on"


def test_work_that_is_over_and_put_back_is_pulled_again(world: World) -> None:
    """P13: iterative."""
    card = ready(world)
    card_pulls.pull()
    driven.work_off()
    follow()
    first = run_of(card).id
    world.move(card, "Ready")
    assert why(world, card) == f"waits for {AGENT}, next in line"
    assert card_pulls.pull() == 1
    assert run_of(card).id != first
    assert [run.id for run in queries.runs_of_card(now(card))][1] == first


def test_a_workflow_written_in_the_place_of_an_agents_own_is_not_run_as_it(world: World) -> None:
    builder = User.objects.get(username="bob")
    workflows.apply(builder, f"workflow: {alone(AGENT)}\nsteps: [{{id: other, gate: {{title: Stop}}}}]")
    card = ready(world)
    card_pulls.pull()
    assert not Run.objects.exists()
    assert "no longer" in now(card).why


def test_a_run_that_has_failed_by_itself_is_not_pulled_again_where_it_ended(world: World) -> None:
    card = ready(world)
    card_pulls.pull()
    Run.objects.update(status="failed", n=F("n") + 1)
    follow()
    assert (world.place(card), card_pulls.pull()) == ("Stopped", 0)


def test_a_person_who_only_edits_is_told_that_the_card_was_pulled(world: World) -> None:
    card = ready(world)
    card_pulls.pull()
    with pytest.raises(RejectedConflict, match="Counting"):
        cards.edit(world.operator, card.pk, card.version, input={"text": "other"})


def test_an_agent_that_is_not_there_works_no_column(world: World) -> None:
    with pytest.raises(RejectedError, match="nobody"):
        lone_agents.make(User.objects.get(username="bob"), "nobody")
