"""The only maker of new run state: one fact in, the next state out. It never evaluates and never asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orchestrator.core import ids, lacks
from orchestrator.core.book import Book, Recorded
from orchestrator.core.child_runs import OF_CHILD, counted
from orchestrator.core.definition import Workflow
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    AttemptStarted,
    ChildEnded,
    Fact,
    GateClosed,
    GateOpened,
    HandoffJudged,
    MapResumed,
    PersonAsked,
    RunEnded,
    RunForked,
    RunPaused,
    RunResumed,
    RunStarted,
    StepEnded,
    StepOpened,
    StepReopened,
    StepsOpened,
    SubtreeCancelled,
)
from orchestrator.core.lookup import kind_of, node_at
from orchestrator.core.snapshot import states_of
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import RUN_ENDED, STEP_MOVES, AttemptStatus, RunStatus, StepStatus


class IllegalMove(ValueError):
    """A fact asks a step to do what its status does not allow."""


def fold(book: Book, workflow: Workflow, recorded: Recorded) -> None:
    """Bring the book up to a recorded fact."""
    fact, at = recorded.fact, recorded.at
    book.run = _next_run(book, recorded)
    if isinstance(fact, SubtreeCancelled):
        book.cancel_under(fact.path, at)
    elif isinstance(fact, MapResumed):
        book.restore_items(fact.path)
    elif isinstance(fact, StepsOpened):
        _open_items(book, workflow, fact)
    elif isinstance(fact, RunForked):
        _take_over(book, fact)
    own = _fold_step(book, workflow, fact, at)
    if own is not None:
        book.put(lacks.remembered(own, kind_of(workflow, own.path).fold(own, fact), fact))
    if isinstance(fact, StepOpened | StepReopened | StepEnded | HandoffJudged):
        _tell_parent(book, workflow, fact)
    elif isinstance(fact, AttemptEnded | ChildEnded) and (fact.cost_usd is not None or fact.tokens is not None):
        _tell_who_counts(book, workflow, fact)


def _next_run(book: Book, recorded: Recorded) -> RunState:
    run = book.run
    change = _RUN_CHANGES.get(type(recorded.fact))
    changes = change(book, recorded.fact) if change else {}
    changes["n"] = recorded.n
    changes["status"] = _shown(run, changes)
    return replace(run, **changes)


def _started(book: Book, fact: RunStarted) -> dict[str, Any]:
    return {"workflow": fact.workflow, "version": fact.version, "status": RunStatus.RUNNING, "input": fact.input,
            "actor": fact.actor, "parent": fact.parent, "parent_path": fact.parent_path,
            "depth": fact.depth}  # fmt: skip


def _forked(book: Book, fact: RunForked) -> dict[str, Any]:
    steps = [state for path, state in states_of(fact).items() if path != ids.ROOT]
    return {"workflow": fact.workflow, "version": fact.version, "status": RunStatus.RUNNING, "input": fact.input,
            "actor": fact.actor, "steps": len(steps), "ended": sum(state.is_ended for state in steps)}  # fmt: skip


def _take_over(book: Book, fact: RunForked) -> None:
    for state in states_of(fact).values():
        book.put(state)


def _run_ended(book: Book, fact: RunEnded) -> dict[str, Any]:
    return {"status": fact.status, "reason": fact.reason, "paused": False}


def _step_opened(book: Book, fact: StepOpened) -> dict[str, Any]:
    return {} if book.step(fact.path) else {"steps": book.run.steps + 1}


def _step_reopened(book: Book, fact: StepReopened) -> dict[str, Any]:
    if fact.path == ids.ROOT:
        return {"status": RunStatus.RUNNING, "reason": ""}
    return {"ended": book.run.ended - 1}


def _queued(book: Book, fact: AttemptQueued) -> dict[str, Any]:
    return {"active": book.run.active + 1, "retries": book.run.retries + (fact.attempt > 1 and not fact.resumed)}


def _attempt_ended(book: Book, fact: AttemptEnded) -> dict[str, Any]:
    run = book.run
    changes: dict[str, Any] = {"active": run.active - 1}
    if fact.cost_usd is not None:
        changes["cost_usd"] = str(Decimal(run.cost_usd or "0") + Decimal(fact.cost_usd))
    if fact.tokens is not None:
        changes["tokens"] = (run.tokens or 0) + fact.tokens
    return changes


def _of_child(book: Book, fact: Fact) -> dict[str, Any]:
    return counted(book.run, book.step(fact.path), fact)


def _gate_opened(book: Book, fact: GateOpened) -> dict[str, Any]:
    state = book.step(fact.path)
    is_escalated = state is not None and state.status == StepStatus.WAITING
    return {} if is_escalated else {"gates": book.run.gates + 1}


_RUN_CHANGES: dict[type[Fact], Callable[[Book, Any], dict[str, Any]]] = {
    RunStarted: _started,
    RunForked: _forked,
    RunPaused: lambda book, fact: {"paused": True},
    RunResumed: lambda book, fact: {"paused": False},
    RunEnded: _run_ended,
    StepOpened: _step_opened,
    StepReopened: _step_reopened,
    MapResumed: lambda book, fact: {"ended": book.run.ended - fact.waiting},
    StepsOpened: lambda book, fact: {"steps": book.run.steps + len(fact.items)},
    AttemptQueued: _queued,
    AttemptEnded: _attempt_ended,
    GateOpened: _gate_opened,
    GateClosed: lambda book, fact: {"gates": book.run.gates - 1},
    StepEnded: lambda book, fact: {} if fact.path == ids.ROOT else {"ended": book.run.ended + 1},
    **dict.fromkeys(OF_CHILD, _of_child),
    SubtreeCancelled: lambda book, fact: {"ended": book.run.ended + fact.steps},
}
"""What each fact changes of the run; one that is not here changes only steps."""


def _shown(run: RunState, changes: Mapping[str, Any]) -> RunStatus:
    status: RunStatus = changes.get("status", run.status)
    if status in RUN_ENDED or status == RunStatus.PENDING:
        return status
    if changes.get("paused", run.paused):
        return RunStatus.PAUSED
    idle = changes.get("active", run.active) == 0 and changes.get("gates", run.gates) > 0
    return RunStatus.WAITING if idle else RunStatus.RUNNING


def _open_items(book: Book, workflow: Workflow, fact: StepsOpened) -> None:
    first = ids.item(fact.path, fact.first)
    kind = node_at(workflow, first).kind
    for index, item in enumerate(fact.items, start=fact.first):
        book.put(StepState(path=ids.item(fact.path, index), kind=kind, item=item))


def _fold_step(book: Book, workflow: Workflow, fact: Fact, at: float) -> StepState | None:
    match fact:
        case RunStarted():
            return StepState(path=ids.ROOT, kind=workflow.root.kind, status=StepStatus.RUNNING, opened_at=at)
        case RunForked():
            root = book.step(ids.ROOT)
            return root or StepState(path=ids.ROOT, kind=workflow.root.kind, status=StepStatus.RUNNING, opened_at=at)
        case RunPaused() | RunResumed() | RunEnded():
            return None
        case StepOpened():
            return _opened(book, workflow, fact, at)
        case _:
            state = book.step(fact.path)
            if state is None:
                raise IllegalMove(f"{fact.type} for step '{fact.path}', which does not exist")
            return _next(state, fact, at)


def _opened(book: Book, workflow: Workflow, fact: StepOpened, at: float) -> StepState:
    state = book.step(fact.path)
    if state is None:
        state = StepState(path=fact.path, kind=node_at(workflow, fact.path).kind)
    given: dict[str, Any] = {} if fact.item is None else {"item": fact.item}
    return _move(state, StepStatus.RUNNING, opened_at=at, feedback=fact.feedback, **given)


def _next(state: StepState, fact: Fact, at: float) -> StepState:
    match fact:
        case AttemptQueued():
            given = {} if fact.input is None else {"input": dict(fact.input), "refs": dict(fact.refs)}
            return _move(state, StepStatus.QUEUED, attempt=fact.attempt, agent=fact.agent,
                         attempt_status=AttemptStatus.QUEUED, **given)  # fmt: skip
        case PersonAsked():
            given = {} if fact.input is None else {"input": dict(fact.input), "refs": dict(fact.refs)}
            return _move(state, StepStatus.RUNNING, attempt=fact.attempt, agent=fact.agent,
                         attempt_status=AttemptStatus.SUSPENDED, started_at=at, **given)  # fmt: skip
        case AttemptStarted():
            return _move(state, StepStatus.RUNNING, attempt_status=AttemptStatus.RUNNING, started_at=fact.started_at)
        case AttemptEnded():
            return replace(state, attempt_status=fact.status)
        case GateOpened():
            return _move(state, StepStatus.WAITING)
        case StepReopened():
            return _reopened(state)
        case StepEnded():
            return _move(state, fact.status, output=fact.output, output_ref=fact.output_ref, failure=fact.failure,
                         reason=fact.reason, degraded=fact.degraded, ended_at=at)  # fmt: skip
        case _:
            return state


def _reopened(state: StepState) -> StepState:
    if state.status not in (StepStatus.FAILED, StepStatus.CANCELLED):
        raise IllegalMove(f"step '{state.path}' is {state.status} and can't be reopened")
    return replace(state, status=StepStatus.RUNNING, output=None, output_ref="", failure=None, reason="", degraded="",
                   ended_at=None)  # fmt: skip


def _move(state: StepState, status: StepStatus, **changes: Any) -> StepState:
    if status not in STEP_MOVES[state.status]:
        raise IllegalMove(f"step '{state.path}' is {state.status} and can't become {status}")
    return replace(state, status=status, **changes)


def _tell_parent(book: Book, workflow: Workflow, fact: StepOpened | StepReopened | StepEnded | HandoffJudged) -> None:
    above = ids.parent(fact.path)
    state = None if above is None else book.step(above)
    if state is not None:
        book.put(lacks.remembered(state, kind_of(workflow, state.path).fold(state, fact), fact))


def _tell_who_counts(book: Book, workflow: Workflow, fact: AttemptEnded | ChildEnded) -> None:
    for above in ids.ancestors(fact.path):
        kind = kind_of(workflow, above)
        state = book.step(above) if kind.counts(node_at(workflow, above)) else None
        if state is not None and not state.is_ended:
            book.put(lacks.remembered(state, kind.fold(state, fact), fact))
