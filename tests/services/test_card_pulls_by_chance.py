"""P13 under anything that people, agents and the sweep may do to a board, in any order hypothesis can think of."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from orchestrator.boards.work import at_work, queued
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.outcomes import Failed, Failure, Ok
from orchestrator.core.status import RUN_LIVE
from orchestrator.followers.cards import follow
from orchestrator.models import Card, CardEntry, Column, Run
from orchestrator.queries.pulls import waiting
from orchestrator.services import card_guidance, card_hands, card_pulls, card_runs, cards
from orchestrator.services.card_refusals import Choice
from tests import driven
from tests.kanban_world import make_kanban, now, ready

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
_marks = itertools.count()
LIMIT = 2
NUMBERS, CHOICES = st.integers(0, 5), st.sampled_from([None, *Choice])
LATE = st.integers(0, 3).map(lambda dice: dice == 3)


class KanbanMachine(RuleBasedStateMachine):
    """One board with at most six cards."""

    @initialize()
    def begin(self) -> None:
        self.world = make_kanban(f"-{next(_marks)}")
        self.columns = list(Column.objects.filter(board=self.world.board))
        self.counting = self.world.column("Counting")
        for number in range(3):
            ready(self.world, f"card {number}")

    def cards(self) -> list[Card]:
        return list(Card.objects.filter(board=self.world.board).select_related("column").order_by("pk"))

    def pick(self, number: int) -> Card:
        found = self.cards()
        return found[number % len(found)]

    @rule(fits=st.booleans(), priority=st.integers(1, 5))
    def write(self, fits: bool, priority: int) -> None:
        if len(self.cards()) < 6:
            ready(self.world, input={"text": "words"} if fits else {}, priority=priority)

    @rule(number=NUMBERS, column=NUMBERS, choice=CHOICES, late=LATE)
    def drag(self, number: int, column: int, choice: Choice | None, late: bool) -> None:
        card, target = self.pick(number), self.columns[column % len(self.columns)]
        has_crossed = late and card.pulled_version == card.version and self.is_live(card)
        refusal: RejectedError | None = None
        try:
            cards.move(self.world.operator, card.pk, target.pk, version=card.version - late, run=choice)
        except RejectedError as refused:
            refusal = refused
        if refusal is None:
            assert now(card).column_id == target.pk
            assert has_crossed or not late
        else:
            assert (now(card).column_id, now(card).version) == (card.column_id, card.version)
            assert not has_crossed or not isinstance(refusal, RejectedConflict), "a hand that crossed a pull wins"

    @rule(number=NUMBERS, choice=CHOICES, late=LATE)
    def take_over(self, number: int, choice: Choice | None, late: bool) -> None:
        card = self.pick(number)
        try:
            card_hands.take_over(self.world.operator, card.pk, card.version - late, choice)
        except RejectedError:
            return
        assert now(card).taken_by == self.world.operator

    @rule(number=NUMBERS)
    def hand_back(self, number: int) -> None:
        card = self.pick(number)
        try:
            card_hands.hand_back(self.world.operator, card.pk, card.version)
        except RejectedError:
            assert now(card).taken_by_id == card.taken_by_id
        else:
            assert now(card).taken_by is None

    @rule(number=NUMBERS, text=st.sampled_from(["", "slowly", "once more"]))
    def guide(self, number: int, text: str) -> None:
        card = self.pick(number)
        card_guidance.guide(self.world.operator, card.pk, card.version, text)

    @rule(number=NUMBERS, fits=st.booleans())
    def edit(self, number: int, fits: bool) -> None:
        card = self.pick(number)
        cards.edit(self.world.operator, card.pk, card.version, input={"text": "words"} if fits else {})

    @rule(does_well=st.booleans())
    def an_agent_works(self, does_well: bool) -> None:
        for claimed in driven.claim(1):
            bad = Failed(kind=Failure.REFUSED, reason="no")
            driven.carry_out(claimed, Ok(output={}) if does_well else bad)

    @rule()
    def sweep(self) -> None:
        held = {card.pk: card.column_id for card in self.cards() if card.taken_by_id}
        follow()
        card_runs.start_waiting()
        before = at_work(self.counting)
        card_pulls.pull()
        assert at_work(self.counting) <= max(LIMIT, before), "no pull passes the limit"
        assert {pk: now(Card(pk=pk)).column_id for pk in held} == held, "what is in a person's hands stays there"

    def is_live(self, card: Card) -> bool:
        return Run.objects.filter(pk=card.run_id, status__in=RUN_LIVE).exists()

    @invariant()
    def a_card_has_one_run_at_work_but_for_those_it_let_go_of(self) -> None:
        for card in self.cards() if hasattr(self, "world") else ():
            runs = Run.objects.filter(card_id=card.pk)
            entries = CardEntry.objects.filter(card=card)
            assert runs.count() == entries.filter(verb="started").count()
            let_go = entries.filter(verb__in=["detached", "stopped"]).count()
            assert runs.exclude(pk=card.run_id).filter(status__in=RUN_LIVE).count() <= let_go

    @invariant()
    def no_guidance_is_lost(self) -> None:
        for card in self.cards() if hasattr(self, "world") else ():
            said = CardEntry.objects.filter(card=card, verb__in=["left_guidance", "withdrew_guidance", "guidance_used"])
            last = said.order_by("-pk").first()
            assert card.guidance == (last.text if last and last.verb == "left_guidance" else "")
            if last and last.verb == "guidance_used":
                left = said.filter(verb="left_guidance").latest("pk").pk
                assert CardEntry.objects.filter(card=card, verb="guidance_given", pk__gt=left).exists()

    def teardown(self) -> None:
        """In the end the column is empty but for what nobody may pull, and all that was pulled has ended."""
        if not hasattr(self, "world"):
            return
        while driven.work_off() or follow() or card_runs.start_waiting() or card_pulls.pull():
            pass
        source = self.world.column("Ready").pk
        assert not waiting(source).filter(unfit="").exists()
        assert not queued(self.counting).exists()
        assert not any(self.is_live(card) for card in self.cards())
        assert card_pulls.pull() == 0


def test_whatever_happens_agents_and_people_keep_out_of_each_others_hands() -> None:
    run_state_machine_as_test(
        KanbanMachine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
            # Shrinking on a real database takes minutes; the steps as they were found say enough.
            phases=[Phase.generate],
        ),
    )  # fmt: skip
