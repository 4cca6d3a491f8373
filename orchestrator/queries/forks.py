"""Where a run was forked from, which runs were forked from it, and with which event a step of it began."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core import forking
from orchestrator.core.book import Recorded
from orchestrator.core.errors import RejectedConflict, RejectedMissing
from orchestrator.core.events import RunForked
from orchestrator.core.ids import StepPath
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, StepStatus
from orchestrator.models import Run, Step
from orchestrator.queries.past import past
from orchestrator.queries.runs import run_detail, visible_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The beginning of a step: in the run it is in, or in the one that it came from with a fork."""

    run: Run
    began: Recorded
    state: StepState
    """The step as it is in that run now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a fork takes over of a moment."""

    at: int
    """After which event."""
    steps: int
    """How many steps are over and keep their outputs."""
    anew: int
    """How many that were at work, or open for people, begin again."""


def kept_at(run: Run, at: int) -> Kept:
    """Count what a fork takes over of a run after an event; raises RejectedMissing where there is no such event."""
    if not 0 <= at <= run.n:
        raise RejectedMissing(f"This run has the events 1 to {run.n}.")
    states = [state for path, state in past(run, at).book(at).changed.items() if path]
    anew = [one for one in states if one.attempt_status in LIVE or one.status == StepStatus.WAITING]
    return Kept(at=at, steps=sum(one.is_ended for one in states), anew=sum(not one.is_ended for one in anew))


def forks_of(viewer: object, run_id: str, limit: int = 50) -> tuple[Run, ...]:
    """Return the runs that were forked from one, the oldest first."""
    return tuple(visible_runs(viewer).filter(forked_of=run_id).order_by("id")[:limit])


def kept_from(run: Run, step: Step) -> str:
    """Return the id of the run whose work a step's end is, where it ended before this run was forked; else nothing."""
    is_kept = run.forked_of and step.ended_at is not None and step.ended_at < run.created_at
    return run.forked_of if is_kept else ""


def origin(viewer: object, run: Run, path: str) -> Origin:
    """Return with which event a step began; raises RejectedMissing, RejectedConflict where it has not begun."""
    known = past(run, run.n)
    recorded = known.recorded[: run.n]
    state = known.book(run.n).changed.get(StepPath(path))
    if state is None or not path:
        raise RejectedMissing(f"This run has no step {path[:200]!r}.")
    began = forking.beginning(recorded, StepPath(path))
    if began is not None:
        if forking.is_reopening(recorded, began.n - 1):
            words = f"Step '{path[:200]}' began while other steps were reopened; fork after an event instead."
            raise RejectedConflict(words)
        return Origin(run=run, began=began, state=state)
    first = recorded[0].fact
    if state.opened_at is None or not isinstance(first, RunForked):
        raise RejectedConflict(f"Step '{path[:200]}' has not begun yet.")
    return origin(viewer, _parent(viewer, first.of, path), path)


def _parent(viewer: object, run_id: str, path: str) -> Run:
    try:
        return run_detail(viewer, run_id)
    except RejectedMissing as gone:
        words = f"Step '{path[:200]}' was kept from run {run_id}, which is not here any more."
        raise RejectedConflict(words) from gone
