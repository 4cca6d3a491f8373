"""A board under anything that people, runs and the follower may do, in any order hypothesis can think of (B1–B4)."""

from __future__ import annotations

import itertools

import pytest
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from orchestrator.boards.places import Spot
from orchestrator.boards.work import at_work, queued
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.followers.cards import follow
from orchestrator.models import Board, Card, CardEntry, Column, Gate, Run
from orchestrator.services import card_runs, cards, gates
from orchestrator.services.card_refusals import Choice, RunIsLive
from tests.boards_world import make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
_marks = itertools.count()
HOME = {RunStatus.WAITING: "Review", RunStatus.RUNNING: "In progress", RunStatus.SUCCEEDED: "Done"}


class BoardMachine(RuleBasedStateMachine):
    """One board with at most six cards."""

    @initialize()
    def begin(self) -> None:
        self.world = make_world(f"-{next(_marks)}")
        self.columns = list(Column.objects.filter(board=self.world.board))
        self.written = 4
        for number in range(self.written):
            # Some begin at work, so that there is something to get in the way of.
            self.world.card(f"card {number}", "In progress" if number > 1 else "Backlog")

    def cards(self) -> list[Card]:
        return list(Card.objects.filter(board=self.world.board).select_related("column").order_by("pk"))

    def pick(self, number: int) -> Card | None:
        found = self.cards()
        return found[number % len(found)] if found else None

    @rule(column=st.integers(0, 5), minutes=st.sampled_from([5, 5, 5, 0]))
    def write(self, column: int, minutes: int) -> None:
        if len(self.cards()) == 6:
            return
        wanted = self.columns[column]
        try:
            cards.create(self.world.operator, self.world.board.pk, "Nap", wanted.pk, input={"minutes": minutes})
            self.written += 1
            assert wanted.policy != "gate"
            assert wanted.policy != "workflow" or minutes == 5
        except RejectedError:
            assert wanted.policy == "gate" or (wanted.policy == "workflow" and minutes == 0)

    @rule(
        card=st.integers(0, 5), column=st.integers(0, 5), beside=st.integers(0, 5), above=st.booleans(),
        choice=st.sampled_from([None, *Choice]), late=st.integers(0, 4).map(lambda dice: dice == 4),
    )  # fmt: skip
    def drag(self, card: int, column: int, beside: int, above: bool, choice: Choice | None, late: bool) -> None:
        moved, neighbour = self.pick(card), self.pick(beside)
        if moved is None or neighbour is None:
            return
        spot = Spot(before=neighbour.pk) if above else Spot(after=neighbour.pk)
        version = moved.version - late
        before = (moved.column_id, moved.rank, moved.version, moved.run_id, moved.follows)
        try:
            cards.move(self.world.operator, moved.pk, self.columns[column].pk, spot, version=version, run=choice)
        except RejectedError as error:
            refused = error
        else:
            refused = None
        now = Card.objects.get(pk=moved.pk)
        if refused is None:
            assert not late
            assert now.version > moved.version
        else:
            assert (now.column_id, now.rank, now.version, now.run_id, now.follows) == before, "refused is untouched"
            assert not late or isinstance(refused, RejectedConflict)
            assert not isinstance(refused, RunIsLive) or choice in (None, Choice.KEEP)

    @rule(
        card=st.integers(0, 5), to=st.sampled_from(["In progress", "In progress", "Ready", "Review", "Done"]),
        choice=st.sampled_from([Choice.KEEP, Choice.STOP, Choice.DETACH, None]),
    )  # fmt: skip
    def send(self, card: int, to: str, choice: Choice | None) -> None:
        moved = self.pick(card)
        if moved is None:
            return
        column = next(column for column in self.columns if column.name == to)
        try:
            now = cards.move(self.world.operator, moved.pk, column.pk, version=moved.version, run=choice)
        except RejectedError:
            return
        assert now.column_id == column.pk

    @rule(card=st.integers(0, 5), verdict=st.sampled_from(["approve", "reject"]))
    def decide(self, card: int, verdict: str) -> None:
        held = self.pick(card)
        gate = Gate.objects.filter(run_id=held.run_id, status="open").first() if held and held.run_id else None
        if gate is not None:
            gates.decide(self.world.operator, gate.pk, verdict, comment="because")

    @rule(card=st.integers(0, 5))
    def work_goes_on(self, card: int) -> None:
        held = self.pick(card)
        live = Run.objects.filter(pk=held.run_id, status="waiting") if held and held.run_id else Run.objects.none()
        live.update(status="running", n=F("n") + 1)

    @rule(card=st.integers(0, 5))
    def run_again(self, card: int) -> None:
        held = self.pick(card)
        if held is None:
            return
        try:
            cards.run_again(self.world.operator, held.pk, held.version)
        except RejectedError:
            return
        assert Run.objects.filter(pk=held.run_id).exclude(status__in=RUN_ENDED).count() == 0

    @rule(card=st.integers(0, 5))
    def put_aside_and_bring_back(self, card: int) -> None:
        """A card whose run is live is kept elsewhere for a while, and then follows its run again."""
        held = self.pick(card)
        if held is None or not held.run_id or Run.objects.get(pk=held.run_id).status in RUN_ENDED:
            return
        aside, home = (next(one for one in self.columns if one.name == name) for name in ("Ready", "In progress"))
        held = cards.move(self.world.operator, held.pk, aside.pk, version=held.version, run=Choice.KEEP)
        follow()
        held = cards.move(self.world.operator, held.pk, home.pk, version=held.version)
        assert held.follows

    @rule()
    def follower(self) -> None:
        aside = {card.pk: card.column_id for card in self.cards() if not card.follows}
        follow()
        now = {card.pk: card.column_id for card in self.cards() if card.pk in aside}
        assert now == aside, "what a person has put somewhere stays there"

    @rule()
    def caretaker(self) -> None:
        card_runs.start_waiting()

    @rule(limit=st.sampled_from([1, 2, None]))
    def limit(self, limit: int | None) -> None:
        Column.objects.filter(board=self.world.board, policy="workflow").update(limit=limit)

    @invariant()
    def no_card_is_lost_or_doubled_and_every_one_has_a_place_of_its_own(self) -> None:
        if not hasattr(self, "world"):
            return
        found = self.cards()
        assert len(found) == self.written
        assert len({(card.column_id, card.rank) for card in found}) == len(found)

    @invariant()
    def no_run_is_started_twice_for_one_card(self) -> None:
        if not hasattr(self, "world"):
            return
        for card in self.cards():
            started = CardEntry.objects.filter(card=card, verb="started").count()
            runs = Run.objects.filter(card_id=card.pk)
            assert runs.count() == started
            let_go = CardEntry.objects.filter(card=card, verb__in=["detached", "stopped"]).count()
            assert runs.exclude(pk=card.run_id).exclude(status__in=RUN_ENDED).count() <= let_go

    def teardown(self) -> None:
        """In the end, once everybody has looked, every card is where it belongs and nothing waits in vain."""
        if not hasattr(self, "world"):
            return
        while follow() or card_runs.start_waiting():
            pass
        version = Board.objects.get(pk=self.world.board.pk).version
        for card in self.cards():
            run = Run.objects.filter(pk=card.run_id).first()
            assert run is None or card.seen == run.n
            if card.follows and run is not None:
                assert card.column.name == HOME.get(RunStatus(run.status), "Failed")
        column = Column.objects.get(board=self.world.board, policy="workflow")
        places = 9 if column.limit is None else column.limit - at_work(column)
        assert places <= 0 or not queued(column).exists()
        assert Board.objects.get(pk=self.world.board.pk).version == version


def test_whatever_happens_to_a_board_its_cards_are_safe_and_end_where_they_belong() -> None:
    run_state_machine_as_test(
        BoardMachine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
            # Shrinking on a real database takes minutes; the steps as they were found say enough.
            phases=[Phase.generate],
        ),
    )  # fmt: skip
