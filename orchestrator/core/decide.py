"""Decides what follows from a message: signals climb from step to step until nothing more happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orchestrator.core import ids, lacks
from orchestrator.core.book import Book, Recorded
from orchestrator.core.child_runs import awaited
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    ChildDropped,
    Fact,
    GateClosed,
    HandoffJudged,
    PersonAsked,
    RunEnded,
    RunStarted,
    StepEnded,
    StepOpened,
    StepReopened,
    SubtreeCancelled,
)
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.fold import fold
from orchestrator.core.ids import StepPath
from orchestrator.core.look import Scope, World
from orchestrator.core.lookup import kind_of, node_at
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.signals import Ended, Judged, Reopen, SentBack, Signal
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, AttemptStatus, GateStatus, RunStatus, StepStatus


@dataclass(slots=True, kw_only=True)
class Advance:
    """One advance of one run: records facts, folds them, and follows up."""

    book: Book
    workflow: Workflow
    world: World
    now: float
    todo: deque[tuple[StepPath, Signal]] = field(default_factory=deque)
    given: Mapping[StepPath, Mapping[str, Json]] = field(default_factory=dict)
    """What a person has steps given instead of what the workflow says, when they begin in this advance."""
    wanted: dict[StepPath, StepPath] = field(default_factory=dict)
    """While a step is reopened: of each step around it, the child that leads to it."""
    passed: tuple[StepPath, str] | None = None
    """A step that ends at once, skipped, when it is reopened, and why."""

    def start(self, fact: RunStarted) -> None:
        """Begin the run."""
        self.record([fact])
        self.begin(ids.ROOT)
        self.settle()

    def signal(self, path: StepPath, signal: Signal) -> None:
        """Tell a step something and follow up until nothing more happens."""
        self.todo.append((path, signal))
        self.settle()

    def settle(self) -> None:
        """Follow up on everything that is still to be told; who has ended, or not begun, is told nothing."""
        while self.todo:
            path, signal = self.todo.popleft()
            state = self.book.step(path)
            if state is not None and not state.is_ended and state.status != StepStatus.PENDING:
                self._tell(state, signal)

    def record(self, facts: Sequence[Fact]) -> None:
        """Number, fold and keep facts, and begin or end what they open or end."""
        for fact in facts:
            if isinstance(fact, SubtreeCancelled):
                fact = self._give_up(fact)
            elif isinstance(fact, StepReopened):
                fact = replace(fact, was=self._status(fact.path))
            elif isinstance(fact, StepEnded):
                state = self.book.step(fact.path)
                fact = lacks.told(fact, state)
                if state is not None and not state.attempt:  # a worker puts aside itself what is large
                    fact = self.book.put_aside(fact)
            recorded = Recorded(n=self.book.run.n + 1, at=self.now, fact=fact)
            fold(self.book, self.workflow, recorded)
            self.book.recorded.append(recorded)
            if isinstance(fact, StepOpened):
                self.begin(fact.path)
            elif isinstance(fact, StepReopened):
                self._resume(fact.path)
            elif isinstance(fact, StepEnded):
                self._climb(fact)
            elif isinstance(fact, HandoffJudged) and (above := ids.parent(fact.path)) is not None:
                said = Judged(child=fact.path, agent=fact.agent, verdict=fact.verdict, failed=fact.failed)
                self.todo.append((above, said))

    def cancel(self, reason: str) -> None:
        """Give the whole run up."""
        ended = StepEnded(path=ids.ROOT, status=StepStatus.CANCELLED, reason=reason)
        self.record([SubtreeCancelled(path=ids.ROOT, reason=reason), ended])

    def end(self, status: StepStatus, reason: str) -> None:
        """End the run as its root ended."""
        same = {StepStatus.SUCCEEDED: RunStatus.SUCCEEDED, StepStatus.CANCELLED: RunStatus.CANCELLED}
        self.record([RunEnded(status=same.get(status, RunStatus.FAILED), reason=reason)])

    def skip(self, path: StepPath, reason: str) -> None:
        """Pass a step by that has not ended; what is at work in it is given up."""
        ended = StepEnded(path=path, status=StepStatus.SKIPPED, reason=reason, degraded=reason)
        self.record([SubtreeCancelled(path=path, reason=reason), ended])
        self.settle()

    def reopen(self, path: StepPath, skipping: str | None = None) -> None:
        """Do a step over that failed, or with a reason pass it by; first reopen what has ended around it."""
        ended = [path, *(above for above in ids.ancestors(path) if self._has_ended(above))]
        self.wanted = dict(zip(ended[1:], ended, strict=False))
        self.passed = None if skipping is None else (path, skipping)
        above = ids.parent(ended[-1])
        if above is None:
            self.record([StepReopened(path=ids.ROOT)])
        else:
            self.todo.append((above, Reopen(child=ended[-1], revived=False)))
        self.settle()
        self.wanted, self.passed = {}, None

    def _has_ended(self, path: StepPath) -> bool:
        state = self.book.step(path)
        return state is not None and state.is_ended

    def _status(self, path: StepPath) -> StepStatus:
        state = self.book.step(path)
        return StepStatus.PENDING if state is None else state.status

    def _tell(self, state: StepState, signal: Signal) -> None:
        node = node_at(self.workflow, state.path)
        try:
            facts = kind_of(self.workflow, state.path).on(node, state, signal, self._scope(state.path))
        except ExpressionFault as fault:
            facts = self._faulty(state.path, fault)
        self.record(facts)

    def begin(self, path: StepPath) -> None:
        """Let a step that was opened do what it does first."""
        self._unless(path, lambda node, scope: kind_of(self.workflow, path).start(node, scope))

    def _resume(self, path: StepPath) -> None:
        """Go on with a step that was just reopened."""
        if self.passed is not None and self.passed[0] == path:
            reason = self.passed[1]
            self.record([StepEnded(path=path, status=StepStatus.SKIPPED, reason=reason, degraded=reason)])
            return
        signal = Reopen(child=self.wanted.get(path))

        def go_on(node: Node, scope: Scope) -> Sequence[Fact]:
            state = self.book.step(path)
            return [] if state is None else kind_of(self.workflow, path).on(node, state, signal, scope)

        self._unless(path, go_on)

    def _unless(self, path: StepPath, begin: Callable[[Node, Scope], Sequence[Fact]]) -> None:
        """Begin a step unless its condition is false."""
        node, scope = node_at(self.workflow, path), self._scope(path)
        try:
            if node.when and not scope.test(node.when):
                facts: Sequence[Fact] = [
                    StepEnded(path=path, status=StepStatus.SKIPPED, reason=f"{node.when} is false")
                ]
            else:
                facts = begin(node, scope)
        except ExpressionFault as fault:
            facts = self._faulty(path, fault)
        self.record([self._instead(fact) for fact in facts])

    def _instead(self, fact: Fact) -> Fact:
        if isinstance(fact, AttemptQueued | PersonAsked) and fact.path in self.given:
            return replace(fact, input=self.given[fact.path], refs={})
        return fact

    def _faulty(self, path: StepPath, fault: ExpressionFault) -> list[Fact]:
        failed = StepEnded(path=path, status=StepStatus.FAILED, failure=Failure.EXPRESSION, reason=str(fault))
        return [SubtreeCancelled(path=path, reason=str(fault)), failed] if self.book.open_under(path) else [failed]

    def _climb(self, fact: StepEnded) -> None:
        above = ids.parent(fact.path)
        if above is None:
            self.end(fact.status, fact.reason)
            return
        back = SentBack(to=fact.sent_back_to, feedback=fact.feedback) if _is_sent_back(fact) else None
        ended = Ended(child=fact.path, status=fact.status, failure=fact.failure, reason=fact.reason, sent_back=back)
        self.todo.append((above, ended))

    def _give_up(self, fact: SubtreeCancelled) -> SubtreeCancelled:
        """End attempts and gates there first, the step's own too, so that each has a fact; then count what is left."""
        unfinished = self.book.open_under(fact.path)
        top = self.book.step(fact.path)
        for state in unfinished if top is None else (top, *unfinished):
            if state.attempt_status in LIVE:
                self.record([AttemptEnded(path=state.path, attempt=state.attempt, status=AttemptStatus.CANCELLED,
                                          agent=state.agent, started_at=began(state), reason=fact.reason)])  # fmt: skip
            if run := awaited(state):
                self.record([ChildDropped(path=state.path, run=run, reason=fact.reason)])
            if state.status == StepStatus.WAITING:
                self.record([GateClosed(path=state.path, status=GateStatus.WITHDRAWN, reason=fact.reason)])
        return replace(fact, steps=len(unfinished))

    def _scope(self, path: StepPath) -> Scope:
        return Scope(book=self.book, workflow=self.workflow, world=self.world, path=path, now=self.now)


def began(state: StepState) -> float | None:
    """Return when the live attempt of a step began, or None while it waits for a slot."""
    return state.started_at if state.attempt_status == AttemptStatus.RUNNING else None


def _is_sent_back(fact: StepEnded) -> bool:
    return bool(fact.feedback or fact.sent_back_to)
