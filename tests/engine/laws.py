"""What must hold of a run after every event and every transaction, whatever happened. Checked in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from orchestrator.core import codec, ids, lacks
from orchestrator.core.book import Book, Recorded
from orchestrator.core.child_runs import awaited, child_of
from orchestrator.core.definition import Workflow
from orchestrator.core.events import (
    AttemptQueued,
    AttemptStopped,
    ChildEnded,
    Fact,
    RunEnded,
    StepAssigned,
    StepEnded,
    StepOpened,
    StepReopened,
    StepRetried,
    StepSkipped,
    WorkMoved,
)
from orchestrator.core.fold import fold
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.merges.contract import Merging
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.branch import Branch
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.loop import Loop
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.review import Review
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.rounds import remembered
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import LIVE, AttemptStatus, GateStatus, StepStatus
from orchestrator.engine.memory.store import MemoryStore
from orchestrator.engine.replay import EmptyShelf
from orchestrator.reliability.retry import MOST_GONE
from tests.engine import supervision_laws as supervised
from tests.engine.board_laws import BoardLaws
from tests.engine.talk_laws import TalkLaws

BAD = (StepStatus.FAILED, StepStatus.CANCELLED)
OK = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
AFTER_THE_END = (RunEnded, StepRetried, StepSkipped, StepReopened, AttemptStopped, ChildEnded)
"""What may be said about a step that is over."""
MARK_THEMSELVES = ("handoff", "blackboard", "loop", "converse", "agent", "review")
"""Kinds whose result can lack something though nothing inside does."""


class Laws:
    """Follows one run: folds its events a second time, from nothing, and compares."""

    def __init__(self, store: MemoryStore, workflow: Workflow, run_id: RunId, before: Iterable[Fact] = ()) -> None:
        """`before` are the facts of the run that this one was taken from."""
        self.store, self.workflow, self.run_id = store, workflow, run_id
        self.book = Book(run=RunState(id=run_id), shelf=EmptyShelf())
        self.seen = 0
        self.sent_back: set[StepPath] = set()
        for fact in before:
            self._note_sent_back(fact)
        """Steps that sent the work back to one that is not there, which no file that was checked can say."""
        self.tried: Counter[tuple[StepPath, str]] = Counter()
        self.boards, self.talks = BoardLaws(workflow), TalkLaws(workflow)

    def check(self) -> None:
        """Check everything that must hold between two transactions."""
        tables = self.store.tables
        row = tables.runs[self.run_id]
        while (self.run_id, self.seen + 1) in tables.events:
            self.seen += 1
            self._event(tables.events[self.run_id, self.seen])
        assert row.state.n == self.seen == sum(key[0] == self.run_id for key in tables.events), "numbers have gaps"
        steps = tables.steps(self.run_id)
        assert row.state == self.book.run, "the run differs from its events"
        assert dict(steps) == self.book.changed, "a step differs from its events"
        self._counters(row.state, steps)
        self._rows(steps)
        self._cause(row.state)

    def _event(self, recorded: Recorded) -> None:
        fact = recorded.fact
        about = self.book.step(fact.path)
        assert about is None or not about.is_ended or isinstance(fact, AFTER_THE_END), f"{fact} after the step's end"
        if isinstance(fact, StepReopened):
            self._before_reopen(fact)
        if isinstance(fact, StepReopened | StepAssigned):
            self.tried = Counter({key: count for key, count in self.tried.items() if key[0] != fact.path})
        if isinstance(fact, StepEnded):
            self._note_sent_back(fact)
            self._before_end(fact)
            if about is not None and about.kind == "wait" and fact.status == StepStatus.SUCCEEDED:
                assert recorded.at >= cast("float", about.memo["until"]) - 0.02, "it did not wait"
        elif isinstance(fact, StepOpened):
            self._before_open(fact)
        elif isinstance(fact, AttemptQueued):
            self._before_try(fact)
        self.boards.before(fact, self.book)
        self.talks.see(fact)
        fold(self.book, self.workflow, recorded)
        self.boards.after(fact)
        self._pools(fact)
        if isinstance(fact, StepOpened | StepReopened) and fact.path:
            self._after_open(fact)

    def _before_end(self, fact: StepEnded) -> None:
        left = [state.path for state in self.book.open_under(fact.path)]
        assert not left, f"'{fact.path}' ended before {left}"
        node = node_at(self.workflow, fact.path)
        children = self._children(fact.path)
        self._lacks(fact, children)
        if isinstance(node, Map):
            self._map_end(fact, node, children)
        elif isinstance(node, Parallel):
            self._parallel_end(fact, node, children)
        elif isinstance(node, Sequence):
            self._sequence_end(fact, node)
        elif isinstance(node, Supervise):
            supervised.pool_end(fact, node, children)
        elif isinstance(node, Review):
            supervised.review_end(fact, self.book.changed[fact.path], children)
        elif isinstance(node, Handoff):
            supervised.handoff_end(fact, node, self.book.changed[fact.path], children)
        elif isinstance(node, Loop):
            self._loop_end(fact, node, children)
        elif isinstance(node, Branch):
            assert len(children) <= 1, "a branch has one case"
            assert fact.status != StepStatus.SUCCEEDED or self._value(fact) == self._result(children[0])

    def _pools(self, fact: Fact) -> None:
        above = ids.parent(fact.path) if isinstance(fact, StepOpened) else fact.path
        state = self.book.step(above) if above is not None else None
        if state is not None and state.kind == "supervise" and isinstance(fact, StepOpened | WorkMoved):
            node = cast("Supervise", node_at(self.workflow, state.path))
            supervised.pool_given(fact, node, state)

    def _lacks(self, fact: StepEnded, children: list[StepState]) -> None:
        """What was contained inside is said by what encloses it, and nothing else is (R12)."""
        if fact.status != StepStatus.SUCCEEDED or not children:
            return
        latest = {ids.segments(child.path)[-1][::2]: child for child in sorted(children, key=_generation)}
        lacking = [one.path for one in latest.values() if one.status == StepStatus.FAILED or one.degraded]
        lacking = [path for path in lacking if path not in self.sent_back]
        own = node_at(self.workflow, fact.path).kind in MARK_THEMSELVES and fact.degraded
        assert own or bool(fact.degraded) == bool(lacking), f"{fact.path}: '{fact.degraded}', lacking are {lacking}"
        assert len(fact.degraded) <= lacks.MOST_LETTERS

    def _map_end(self, fact: StepEnded, node: Map, children: list[StepState]) -> None:
        failed = sum(child.status in BAD for child in children)
        if fact.status == StepStatus.SUCCEEDED:
            assert failed <= node.tolerate, f"{failed} failed, {node.tolerate} may"
            ordered = sorted(children, key=lambda child: ids.segments(child.path)[-1].indices)
            if not node.merge.options and node.merge.how == "collect":
                assert self._value(fact) == [self._result(child) for child in ordered], "results are not in item order"
            else:
                self._merged(fact, node.merge, children)
        elif self._is_own_failure(fact):
            assert failed > node.tolerate, f"failed although {failed} failed and {node.tolerate} may"

    def _parallel_end(self, fact: StepEnded, node: Parallel, children: list[StepState]) -> None:
        bad = [child for child in children if child.status in BAD and not node_at(self.workflow, child.path).optional]
        if fact.status == StepStatus.SUCCEEDED:
            assert len(bad) <= node.tolerate
            if node.merge.how == "collect":
                assert self._value(fact) == {ids.name_of(child.path): self._result(child) for child in children}
            else:
                self._merged(fact, node.merge, children)
        elif self._is_own_failure(fact):
            assert len(bad) > node.tolerate
            assert any(fact.reason.startswith(ids.name_of(child.path)) for child in bad), fact.reason

    def _merged(self, fact: StepEnded, merge: Merging, children: list[StepState]) -> None:
        """Everybody is accounted for once in a merged result (P2)."""
        value = cast("dict[str, Any]", self._value(fact))
        given = sum(child.status == StepStatus.SUCCEEDED for child in children)
        if merge.how == "structured":
            assert len(value) == len(children)
            return
        assert len(value["contributions"]) + value["left_out"] == given
        assert len(value["absent"]) == len(children) - given

    def _is_own_failure(self, fact: StepEnded) -> bool:
        """Tell whether a step failed by counting its children, and not because its merge could not use them."""
        state = self.book.step(fact.path)
        could_not_merge = state is not None and state.attempt_status == AttemptStatus.FAILED
        return _is_own_failure(fact) and not could_not_merge

    def _sequence_end(self, fact: StepEnded, node: Sequence) -> None:
        if fact.status != StepStatus.SUCCEEDED:
            return
        for step in node.steps:
            state = self._latest(fact.path, step.id)
            assert state.status in OK or step.optional, f"ended well although '{state.path}' {state.status}"

    def _loop_end(self, fact: StepEnded, node: Loop, children: list[StepState]) -> None:
        """Its rounds followed each other, so many as may; its result is one of theirs (P7, R8)."""
        memory = remembered(cast("StepState", self.book.step(fact.path)))
        assert {ids.item(fact.path, index) for index in range(len(children))} == {one.path for one in children}
        assert memory.judged - memory.begun <= node.limits.rounds
        if fact.status not in OK or fact.status == StepStatus.SKIPPED:
            assert fact.failure != Failure.STUCK or not memory.done
            return
        assert sum(one.status == StepStatus.FAILED for one in children) <= node.tolerate
        assert memory.done or not node.until or fact.degraded, "ended well though its condition does not hold"
        assert self._value(fact) in (None, *(self._result(one) for one in children))

    def _before_open(self, fact: StepOpened) -> None:
        above = ids.parent(fact.path)
        node = node_at(self.workflow, cast("StepPath", above))
        if isinstance(node, Handoff):
            supervised.handoff_open(fact, node, self.book.changed[cast("StepPath", above)])
        if isinstance(node, Loop):
            assert all(child.is_ended for child in self._children(cast("StepPath", above))), "two rounds at once"
        if not isinstance(node, Sequence):
            return
        names = [step.id for step in node.steps]
        for need in node.needs_of(names.index(ids.name_of(fact.path))):
            state = self._latest(cast("StepPath", above), need)
            is_good = state.status in OK or (state.status in BAD and node.steps[names.index(need)].optional)
            assert is_good, f"'{fact.path}' opened though '{state.path}', which it needs, is {state.status}"

    def _before_reopen(self, fact: StepReopened) -> None:
        """Only what did not end well is done again, below what is at work, and its tries are counted afresh."""
        state = self.book.step(fact.path)
        assert state is not None
        assert (state.status, state.opened_at is not None) in {(status, True) for status in BAD}, f"{fact}: {state}"
        above = ids.parent(fact.path)
        around = self.book.step(above) if above is not None else None
        assert around is None or not around.is_ended, f"'{fact.path}' reopened below '{above}', which is over"

    def _after_open(self, fact: StepOpened | StepReopened) -> None:
        above = cast("StepPath", ids.parent(fact.path))
        node = node_at(self.workflow, above)
        if isinstance(node, Map) and node.concurrency and fact.path.endswith("]"):
            states = self._children(above)
            working = sum(state.opened_at is not None and not state.is_ended for state in states)
            assert working <= node.concurrency, f"{working} at work, {node.concurrency} may be"
        elif isinstance(node, Handoff):
            supervised.handoff_children(fact, self._children(above))

    def _before_try(self, fact: AttemptQueued) -> None:
        node = node_at(self.workflow, fact.path)
        self.tried[fact.path, fact.agent] += not fact.resumed
        if isinstance(node, AgentNode):
            most = max(node.retry.attempts, 1) + MOST_GONE  # a lost worker does not count as the agent's try
            assert self.tried[fact.path, fact.agent] <= most, "tried too often"

    def _counters(self, run: RunState, steps: dict[StepPath, StepState]) -> None:
        inner = [state for state in steps.values() if state.path != ids.ROOT]
        live = [state for state in inner if state.attempt_status in LIVE]
        below = Counter(str(child_of(state)["status"]) for state in inner if awaited(state) and not state.is_ended)
        at_work = len(live) + below["running"]
        assert run.active == at_work, f"active is {run.active}, at work are {[state.path for state in live]}, {below}"
        waiting = sum(state.status == StepStatus.WAITING for state in inner)
        assert run.gates == waiting + below["waiting"] + below["paused"]
        assert run.steps == len(inner)
        assert run.ended == sum(state.is_ended for state in inner)
        for state in steps.values():
            if state.kind == "supervise" and not state.is_ended and "n" in state.memo:
                supervised.pool_books(cast("Supervise", node_at(self.workflow, state.path)), state, steps)
            assert codec.loads(codec.dumps(state.memo)) == state.memo, f"{state.kind} remembers what is not JSON"

    def _rows(self, steps: dict[StepPath, StepState]) -> None:
        tables = self.store.tables
        queued = {path: item for (run_id, path), item in tables.queue.items() if run_id == self.run_id}
        live = {state.path for state in steps.values() if state.attempt_status in LIVE and not state.is_ended}
        assert set(queued) == live, f"queued {set(queued)}, live {live}"
        for path, item in queued.items():
            assert (item.attempt, item.agent) == (steps[path].attempt, steps[path].agent)
            assert item.held == self.book.run.paused
        gates = {
            at for (run, at), gate in tables.gates.items() if run == self.run_id and gate.status == GateStatus.OPEN
        }
        assert gates == {state.path for state in steps.values() if state.status == StepStatus.WAITING}
        stale = [path for run, path, _ in tables.timers if run == self.run_id and steps[path].is_ended]
        assert not stale, f"timers of ended steps {stale}"

    def _cause(self, run: RunState) -> None:
        tables = self.store.tables
        mine = [key for key in (*tables.queue, *tables.timers) if key[0] == self.run_id]
        if run.is_ended:
            assert not mine
            assert all(state.is_ended for state in self.book.changed.values())
            return
        letters = [row for row in tables.mail.values() if row.run_id == self.run_id and not row.problem]
        below = [awaited(state) for state in self.book.changed.values() if awaited(state)]
        for child in below:
            self._of_child(RunId(child), bool(letters))
        assert mine or letters or run.gates or below, f"the run is {run.status} and waits for nothing"

    def _of_child(self, child: RunId, has_mail: bool) -> None:
        """A run that a step waits for is not over, or its parent has its letter, or it is told to go on."""
        row = self.store.tables.runs[child]
        assert (row.state.parent, row.state.depth) == (self.run_id, self.book.run.depth + 1)
        is_told = any(one.run_id == child and not one.problem for one in self.store.tables.mail.values())
        assert not row.state.is_ended or has_mail or is_told, f"run {child} is over, and its parent does not know"

    def _note_sent_back(self, fact: Fact) -> None:
        if isinstance(fact, StepEnded):
            self.sent_back -= {fact.path}
            self.sent_back |= {fact.path} if fact.feedback or fact.sent_back_to else set()

    def _children(self, path: StepPath) -> list[StepState]:
        return [state for state in self.book.changed.values() if state.path and ids.parent(state.path) == path]

    def _latest(self, above: StepPath, name: str) -> StepState:
        found = [state for state in self._children(above) if ids.name_of(state.path) == name]
        return max(found, key=lambda state: ids.segments(state.path)[-1].generation)

    def _value(self, fact: StepEnded) -> Json:
        return self.store.artifact(fact.output_ref) if fact.output_ref else fact.output

    def _result(self, state: StepState) -> Json:
        if state.status != StepStatus.SUCCEEDED:
            return None
        return self.store.artifact(state.output_ref) if state.output_ref else state.output


def _generation(state: StepState) -> int:
    return ids.segments(state.path)[-1].generation


def _is_own_failure(fact: StepEnded) -> bool:
    """Tell whether a step failed by counting its children, not by an expression, a send-back or from above."""
    by_children = fact.failure is not None and fact.failure.value != "expression"
    return fact.status == StepStatus.FAILED and by_children and not (fact.sent_back_to or fact.feedback)


def facts_of(store: MemoryStore, run_id: RunId) -> list[Fact]:
    """Return the facts of a run in order."""
    n = store.tables.runs[run_id].state.n
    return [store.tables.events[run_id, number].fact for number in range(1, n + 1)]
