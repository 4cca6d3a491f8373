"""Whether a step can be done again, or be passed by, and in plain words why not. Doing it is in `decide`."""

from __future__ import annotations

from orchestrator.core import ids
from orchestrator.core.decide import Advance
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import kind_of, node_at
from orchestrator.core.messages import Verdict
from orchestrator.core.state import StepState
from orchestrator.core.status import RunStatus, StepStatus

_REOPENED = (StepStatus.FAILED, StepStatus.CANCELLED)


def refused(advance: Advance, path: StepPath, *, skip: bool = False) -> Verdict | None:
    """Say why a step can't be retried now, or skipped though it failed; None when it can."""
    state = advance.book.step(path)
    if state is None:
        return Verdict(status=404, reason=f"the run has no step '{path}', or has not come to it yet")
    reason = _of_run(advance) or _of_step(state, skip) or _of_those_around(advance, path)
    return Verdict(status=409, reason=reason) if reason else None


def why_not_skipped(advance: Advance, path: StepPath) -> Verdict | None:
    """Say why a step can't be passed by now; None when it can."""
    state = advance.book.step(path)
    if state is None or state.is_ended:
        return refused(advance, path, skip=True)
    if path == ids.ROOT:
        return Verdict(status=409, reason="the whole run can't be skipped; cancel it instead")
    if state.status == StepStatus.PENDING:
        return Verdict(status=409, reason=f"'{path}' has not begun yet; only what has begun or failed can be skipped")
    return None


def _of_run(advance: Advance) -> str:
    if advance.book.run.status == RunStatus.CANCELLED:
        return "the run was cancelled; start another one"
    return ""


def _of_step(state: StepState, skip: bool) -> str:
    name = f"'{state.path}'" if state.path else "the run"
    if not state.is_ended:
        return f"{name} is {state.status}; only what failed can be tried again"
    if state.status not in _REOPENED:
        return f"{name} {_ended(state)} already"
    if skip and state.path == ids.ROOT:
        return "the whole run can't be skipped"
    if skip and state.status == StepStatus.CANCELLED:
        return f"{name} was given up because something else failed; retry or skip that"
    return ""


def _of_those_around(advance: Advance, path: StepPath) -> str:
    """Ask every enclosing step that has to be reopened, and the first one that has not ended."""
    child = path
    for above in ids.ancestors(path):
        state = advance.book.step(above)
        if state is None:
            return f"'{above}' does not exist"
        if state.is_ended and state.status not in _REOPENED:
            return f"'{above or 'the run'}' {_ended(state)} without it"
        reason = kind_of(advance.workflow, above).why_not_again(node_at(advance.workflow, above), state, child)
        if reason:
            return f"'{child}' can't be done again: {reason}"
        if not state.is_ended:
            return ""
        child = above
    return ""


def _ended(state: StepState) -> str:
    return "was skipped" if state.status == StepStatus.SKIPPED else state.status.value
