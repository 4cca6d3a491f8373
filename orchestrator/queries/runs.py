"""Runs, their steps and events, as a viewer may see them. Changing a run is in `services.runs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from orchestrator.core import codec
from orchestrator.core.errors import RejectedMissing
from orchestrator.core.ids import ROOT
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.models import Artifact, Attempt, Event, Gate, QueueEntry, Run, Step
from orchestrator.queries.page import Page, cut, texts
from orchestrator.queries.run_filter import WAITS as WAITS
from orchestrator.queries.run_filter import RunFilter, matching
from orchestrator.queries.scope import in_team


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDetail:
    """One step with its tries."""

    step: Step
    attempts: tuple[Attempt, ...]
    """Those that are over, the first one first."""
    live: QueueEntry | None
    """The one that waits for a slot or is at work."""
    gate: Gate | None


def runs(viewer: object, wanted: RunFilter | None = None, cursor: str = "", limit: int = 50) -> Page[Run]:
    """List runs, newest first."""
    rows = matching(visible_runs(viewer), wanted or RunFilter()).order_by("-id")
    last = texts(cursor)
    return cut(rows.filter(id__lt=last) if last else rows, limit, lambda run: [run.id])


def visible_runs(viewer: object) -> QuerySet[Run]:
    """Return the runs a viewer may see, for counting and filtering further."""
    return Run.objects.filter(in_team(viewer))


def run_detail(viewer: object, run_id: str) -> Run:
    """Return one run; raises RejectedMissing where there is none the viewer may see."""
    found = visible_runs(viewer).filter(pk=run_id).first()
    if found is None:
        raise RejectedMissing(f"There is no run {run_id[:36]!r}.")
    return found


def run_steps(viewer: object, run_id: str, cursor: str = "", limit: int = 200, status: str = "") -> Page[Step]:
    """List a run's steps by path, the root left out."""
    run_detail(viewer, run_id)
    rows = Step.objects.filter(run_id=run_id).exclude(path="").order_by("path")
    if status:
        rows = rows.filter(status=status)
    last = texts(cursor)
    return cut(rows.filter(path__gt=last) if last is not None else rows, limit, lambda step: [step.path])


def step_counts(viewer: object, run_id: str) -> dict[str, int]:
    """Count a run's steps by status, the root left out."""
    run_detail(viewer, run_id)
    rows = Step.objects.filter(run_id=run_id).exclude(path="").values_list("status").annotate(number=Count("path"))
    return dict(rows.order_by("status"))


def child_steps(viewer: object, run_id: str, parent: str, limit: int = 500) -> tuple[Step, ...]:
    """List the steps right below one, as they opened; the root's path is empty."""
    run_detail(viewer, run_id)
    rows = Step.objects.filter(run_id=run_id, parent=parent).order_by(F("opened_at").asc(nulls_last=True), "path")
    return tuple(rows[:limit])


def step_detail(viewer: object, run_id: str, path: str) -> StepDetail:
    """Return one step with its tries and its gate; raises RejectedMissing."""
    run_detail(viewer, run_id)
    step = Step.objects.filter(run_id=run_id, path=path).first()
    if step is None:
        raise RejectedMissing(f"This run has no step {path[:200]!r}.")
    return StepDetail(
        step=step,
        attempts=tuple(Attempt.objects.filter(run_id=run_id, path=path).order_by("attempt")),
        live=QueueEntry.objects.filter(run_id=run_id, path=path).first(),
        gate=Gate.objects.filter(run_id=run_id, path=path).first(),
    )


def run_events(viewer: object, run_id: str, after: int = 0, limit: int = 200) -> Page[Event]:
    """List a run's events after number `after`, in order; the cursor is the last number."""
    run_detail(viewer, run_id)
    limit = max(1, min(limit, 1000))
    rows = list(Event.objects.filter(run_id=run_id, n__gt=max(after, 0)).order_by("n")[: limit + 1])
    return Page(items=tuple(rows[:limit]), next=str(rows[limit - 1].n) if len(rows) > limit else None)


def value_of(row: Run | Step) -> Json:
    """Return the output of a run or step, also where it is kept as an artifact."""
    if not row.output_ref:
        output: Json = row.output
        return output
    kept = Artifact.objects.filter(pk=row.output_ref).first()
    return None if kept is None else codec.loads(kept.content)


def lacking(runs: Sequence[Run]) -> dict[str, str]:
    """Say for each of these runs what its result lacks; those that are whole, or have not succeeded, are left out."""
    ids = [run.id for run in runs if run.status == RunStatus.SUCCEEDED]
    rows = Step.objects.filter(run_id__in=ids, path=ROOT).exclude(degraded="")
    return dict(rows.values_list("run_id", "degraded"))


def waiting_on(run: Run) -> str:
    """Say what an unfinished run waits for; empty for one that has ended."""
    return waits((run,))[run.id]


def waits(runs: Sequence[Run]) -> dict[str, str]:
    """Say for each of these runs what it waits for, one of WAITS; empty for those that have ended."""
    ids = [run.id for run in runs if run.status not in RUN_ENDED]
    queue = QueueEntry.objects.filter(run_id__in=ids).values("run_id").order_by()
    counts = queue.annotate(live=Count("id"), claimed=Count("worker")).values_list("run_id", "live", "claimed")
    queued = {run_id: (live, claimed) for run_id, live, claimed in counts}
    return {run.id: _wait(run, *queued.get(run.id, (0, 0))) for run in runs}


def _wait(run: Run, live: int, claimed: int) -> str:
    if run.status in RUN_ENDED:
        return ""
    if run.paused:
        return "resume"
    if run.gates and not live:
        return "gate"
    if claimed:
        return "agent"
    return "slot" if live else "timer"
