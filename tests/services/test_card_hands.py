"""P13: a person takes a card over, leaves guidance and hands it back; the agent's next input shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import F

from orchestrator.core.boards import BoardSpec
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.followers.cards import follow
from orchestrator.models import AuditEntry, Card, CardEntry, Role, Run, Step, User
from orchestrator.queries import boards as queries
from orchestrator.services import boards, card_guidance, card_hands, card_pulls, card_runs, cards
from orchestrator.services.card_refusals import Choice, RunIsLive, SomeoneWasFaster
from tests import driven
from tests.boards_world import World, run_of
from tests.kanban_world import AGENT, COLUMNS, make_kanban, now, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_kanban()


def take(world: World, card: Card, run: Choice | None = None) -> Card:
    return card_hands.take_over(world.operator, card.pk, now(card).version, run)


def back(world: World, card: Card) -> Card:
    return card_hands.hand_back(world.operator, card.pk, now(card).version)


def guide(world: World, card: Card, text: str) -> Card:
    return card_guidance.guide(world.operator, card.pk, now(card).version, text)


def pulled(world: World) -> Card:
    card = ready(world)
    card_pulls.pull()
    return card


def verbs(card: Card) -> list[str]:
    return list(CardEntry.objects.filter(card=card).order_by("pk").values_list("verb", flat=True))


def test_a_card_in_a_persons_hands_is_not_pulled_until_it_is_handed_back(world: World) -> None:
    """P13."""
    card = ready(world)
    take(world, card)
    assert card_pulls.pull() == 0
    cards.edit(world.operator, card.pk, now(card).version, input={"text": "better words"}, priority=1)
    back(world, card)
    assert card_pulls.pull() == 1
    assert run_of(card).input["text"] == "better words"
    assert verbs(card) == ["created", "took_over", "edited", "handed_back", "pulled", "started"]
    assert {"take_over_card", "hand_back_card"} <= set(AuditEntry.objects.values_list("verb", flat=True))


def test_guidance_reaches_the_agents_next_input_and_stays_on_the_card_until_it_has_served(world: World) -> None:
    """P13: explicit, by the column's `with`; the recorded input of the step shows it."""
    card = ready(world)
    take(world, card)
    guide(world, card, "  count titles too ")
    back(world, card)
    card_pulls.pull()
    assert Step.objects.get(run_id=run_of(card).id, path="work").input["guidance"] == "count titles too"
    assert (now(card).guidance, now(card).guided_run) == ("count titles too", run_of(card).id)
    driven.work_off()
    follow()
    assert (now(card).guidance, now(card).guided_run) == ("", "")
    lines = dict(CardEntry.objects.filter(card=card).values_list("verb", "text"))
    assert lines["left_guidance"] == "count titles too"
    assert lines["guidance_given"] == f"to {AGENT}: count titles too"
    assert lines["guidance_used"] == "count titles too"
    assert AuditEntry.objects.get(verb="guide_card").data == {"guidance": "count titles too"}


def test_guidance_that_was_given_to_a_run_that_failed_goes_with_the_next_one_too(world: World) -> None:
    card = ready(world)
    guide(world, card, "slowly")
    card_pulls.pull()
    Run.objects.update(status="failed", n=F("n") + 1)
    follow()
    world.move(card, "Ready")
    card_pulls.pull()
    assert run_of(card).input["guidance"] == "slowly"
    assert CardEntry.objects.filter(card=card, verb="guidance_given").count() == 2


def test_left_guidance_while_a_run_is_at_work_is_not_lost_with_its_end(world: World) -> None:
    card = pulled(world)
    guide(world, card, "next time, slowly")
    driven.work_off()
    follow()
    assert (world.place(card), now(card).guidance) == ("Done", "next time, slowly")
    world.move(card, "Ready")
    card_pulls.pull()
    assert run_of(card).input["guidance"] == "next time, slowly"


def test_guidance_is_replaced_and_withdrawn_in_words(world: World) -> None:
    card = ready(world)
    for text in ("one", "two", ""):
        guide(world, card, text)
    assert now(card).guidance == ""
    assert verbs(card)[1:] == ["left_guidance", "left_guidance", "withdrew_guidance"]
    assert CardEntry.objects.filter(card=card).last().text == "two"


def test_guidance_that_no_column_would_hand_on_is_refused_and_one_that_does_not_says_so(world: World) -> None:
    """P13: never lost silently."""
    card = ready(world)
    column = world.column("Counting")
    guide(world, card, "kept")
    column.inputs = {"text": "card.input.text"}
    column.save()
    card_pulls.pull()
    entry = CardEntry.objects.get(card=card, verb="guidance_kept")
    assert "Counting" in entry.text
    assert (now(card).guidance, now(card).guided_run) == ("kept", "")
    with pytest.raises(RejectedError, match="no column of this board hands it on") as refused:
        guide(world, card, "more")
    assert "card.guidance" in refused.value.problems[0].hint
    assert now(card).guidance == "kept"


@pytest.mark.parametrize("text", ["x" * 20_001, "zero \0 character"])
def test_guidance_that_cannot_be_kept_is_refused(world: World, text: str) -> None:
    card = ready(world)
    with pytest.raises(RejectedError) as refused:
        guide(world, card, text)
    assert refused.value.problems[0].path == "guidance"


def test_taking_over_a_card_at_work_asks_what_should_become_of_its_run(world: World) -> None:
    """P13, B3."""
    card = pulled(world)
    with pytest.raises(RunIsLive) as asked:
        take(world, card)
    assert [one["run"] for one in asked.value.extra["choices"]] == ["keep", "stop", "detach"]
    assert asked.value.extra["choices"][0]["hint"] == "The run goes on; the card stays in your hands."
    assert now(card).taken_by is None


def test_a_run_that_is_kept_does_not_move_the_card_until_it_is_handed_back(world: World) -> None:
    card = pulled(world)
    take(world, card, Choice.KEEP)
    driven.work_off()
    follow()
    assert (world.place(card), run_of(card).status) == ("Counting", "succeeded")
    back(world, card)
    follow()
    assert world.place(card) == "Done", "what is done and unchanged is not done again"
    assert Run.objects.count() == 1


def test_a_run_that_is_live_still_is_followed_again(world: World) -> None:
    card = pulled(world)
    world.move(card, "Ready", run=Choice.KEEP)
    assert now(card).taken_by == world.operator
    back(world, card)
    follow()
    assert world.place(card) == "Counting"
    assert card_pulls.pull() == 0
    assert Run.objects.count() == 1


def test_a_run_that_is_stopped_is_followed_by_another_once_the_card_is_handed_back(world: World) -> None:
    card = pulled(world)
    take(world, card, Choice.STOP)
    assert run_of(card).status == "cancelled"
    assert "taken over by olga" in run_of(card).reason
    follow()
    guide(world, card, "again, but slowly")
    back(world, card)
    assert (world.place(card), run_of(card).status) == ("Counting", "running")
    assert run_of(card).input["guidance"] == "again, but slowly"


def test_a_run_that_is_detached_goes_on_without_the_card(world: World) -> None:
    card = pulled(world)
    run = run_of(card)
    take(world, card, Choice.DETACH)
    assert now(card).run_id == ""
    back(world, card)
    assert run_of(card).id != run.id
    run.refresh_from_db()
    assert run.status == "running"


def test_done_work_that_a_person_has_asked_more_of_is_done_again(world: World) -> None:
    """P13: iterative: the column Done itself starts nothing, the way back leads to the agent."""
    card = pulled(world)
    driven.work_off()
    follow()
    take(world, card)
    cards.edit(world.operator, card.pk, now(card).version, input={"text": "other words"})
    back(world, card)
    assert (world.place(card), run_of(card).input["text"]) == ("Counting", "other words")


def test_a_card_handed_back_to_a_full_column_waits_for_a_place_there(world: World) -> None:
    card = pulled(world)
    take(world, card, Choice.STOP)
    for number in range(2):
        ready(world, f"busy {number}")
    card_pulls.pull()
    back(world, card)
    assert now(card).why == "waits for a free place in Counting (2 of 2)"
    driven.work_off()
    follow()
    assert card_runs.start_waiting() == 1


def test_a_card_that_does_not_fit_any_more_stays_in_the_hands_that_would_hand_it_back(world: World) -> None:
    card = pulled(world)
    take(world, card, Choice.STOP)
    cards.edit(world.operator, card.pk, now(card).version, input={})
    with pytest.raises(RejectedError, match="text"):
        back(world, card)
    assert now(card).taken_by == world.operator


def test_a_queued_card_that_is_taken_over_no_longer_starts(world: World) -> None:
    for number in range(2):
        ready(world, f"busy {number}")
    card_pulls.pull()
    queued = world.card("queued", "Counting", input={"text": "x"})
    take(world, queued)
    driven.work_off()
    follow()
    assert card_runs.start_waiting() == 0
    assert now(queued).run_id == ""


def test_taking_over_what_was_pulled_a_moment_ago_wins_over_the_pull(world: World) -> None:
    """P13: the hand was on it before."""
    card = pulled(world)
    card_hands.take_over(world.operator, card.pk, card.version)
    assert run_of(card).status == "cancelled"
    assert now(card).taken_by == world.operator


def test_whose_hands_a_card_is_in_is_said_and_another_may_take_it(world: World) -> None:
    card = ready(world)
    take(world, card)
    take(world, card)
    assert verbs(card) == ["created", "took_over"], "who has it already just keeps it"
    other = User.objects.create_user("ella", role=Role.OPERATOR, team=world.board.team)
    card_hands.take_over(other, card.pk, now(card).version)
    assert queries.card_detail(world.viewer, card.pk).why.startswith("ella has taken it over")


def test_a_drag_into_the_column_hands_the_card_to_the_agent(world: World) -> None:
    card = ready(world)
    take(world, card)
    world.move(card, "Backlog")
    assert now(card).taken_by == world.operator, "elsewhere it stays in hand"
    world.move(card, "Counting")
    assert (now(card).taken_by, run_of(card).status) == (None, "running")


def test_only_those_who_may_move_cards_take_them_and_an_old_look_is_refused(world: World) -> None:
    """U4, S25."""
    card = ready(world)
    for act in (card_hands.take_over, card_hands.hand_back, lambda who, pk, v: card_guidance.guide(who, pk, v, "x")):
        with pytest.raises(RejectedForbidden):
            act(world.viewer, card.pk, card.version)
        with pytest.raises(RejectedMissing):
            act(world.outsider, card.pk, card.version)
        with pytest.raises(RejectedMissing):
            act(world.operator, 999_999, 1)
        with pytest.raises(SomeoneWasFaster):
            act(world.operator, card.pk, card.version - 1)
    with pytest.raises(RejectedConflict, match="Nobody"):
        back(world, card)
    assert verbs(card) == ["created"]


def test_a_board_that_changes_looks_again_at_what_was_passed_by(world: World) -> None:
    card = ready(world, input={"words": "x"})
    card_pulls.pull()
    assert now(card).unfit
    other = [replace(one, with_={"text": "card.input.words"}) if one.agent else one for one in COLUMNS]
    spec = BoardSpec(name="kanban", title="Kanban", columns=tuple(other))
    assert boards.apply_board(User.objects.get(username="bob"), spec)
    assert card_pulls.pull() == 1
    assert world.place(card) == "Counting"
