"""What the overview asks: where runs in flight stand, and what happened last across them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from orchestrator.core.status import RUN_ENDED, AttemptStatus, GateStatus, StepStatus
from orchestrator.models import Event, Gate, QueueEntry, Run, Step
from orchestrator.queries.runs import visible_runs

FLYING = 8
"""Runs in flight that are listed."""
TOLD = 14
"""Events that are told."""
QUIET = ("step.opened", "steps.opened", "attempt.queued", "attempt.started", "timer.set", "subtree.cancelled")
"""Events that are not told on the overview: something that follows says it better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands, in a few words."""

    run: Run
    words: str


def in_flight(viewer: object) -> tuple[int, tuple[Place, ...]]:
    """Count the runs in flight and say where the newest of them stand."""
    rows = visible_runs(viewer).exclude(status__in=RUN_ENDED)
    return rows.count(), places(list(rows.order_by("-id").defer("input", "output", "agents")[:FLYING]))


def places(runs: Sequence[Run]) -> tuple[Place, ...]:
    """Say where each of these runs stands."""
    ids = [run.id for run in runs if run.status not in RUN_ENDED]
    gates = {gate.run_id: gate.title for gate in Gate.objects.filter(run_id__in=ids, status=GateStatus.OPEN)}
    queue = QueueEntry.objects.filter(run_id__in=ids).values("run_id").order_by()
    queue = queue.annotate(total=Count("id"), at=Count("worker"), low=Min("path"), high=Max("path"))
    work = {row["run_id"]: row for row in queue}
    at_work = Step.objects.filter(run_id__in=ids, kind="map", status=StepStatus.RUNNING)
    maps = {(step.run_id, step.path): step for step in at_work}
    return tuple(Place(run=run, words=_words(run, gates.get(run.id), work.get(run.id), maps)) for run in runs)


def _words(run: Run, gate: str | None, work: Mapping[str, object] | None, maps: dict[tuple[str, str], Step]) -> str:
    if run.status in RUN_ENDED:
        return run.reason or run.status
    if run.paused:
        return "paused"
    if gate is not None and not run.active:
        return f"waits at “{gate}”"
    if not work:
        return "between two steps"
    low, high, total = str(work["low"]), str(work["high"]), work["total"]
    over = low.partition("[")[0]
    found = maps.get((run.id, over))
    if found is not None and high.startswith(over):
        memo = found.memo or {}
        return f"{over} {int(memo.get('ok', 0)) + int(memo.get('failed', 0))} / {memo.get('n', '–')}"
    if total == 1:
        return low or "merging"
    return f"{total} steps at once" if work["at"] else f"{total} steps wait for a slot"


def latest_events(viewer: object) -> tuple[tuple[Run, Event], ...]:
    """Return what happened last in the newest runs and those in flight, the latest first."""
    rows = visible_runs(viewer).order_by("-id").defer("input", "output", "agents")
    found = {run.id: run for run in [*rows.exclude(status__in=RUN_ENDED)[:FLYING], *rows[:6]]}
    told: list[tuple[Run, Event]] = []
    for run in found.values():
        # By number within a run, because that is how events are kept; a scan by time would read them all.
        events = Event.objects.filter(run_id=run.id, n__gt=run.n - 60).exclude(type__in=QUIET)
        told.extend((run, event) for event in events.order_by("-n")[: 2 * TOLD] if not _is_told_later(event))
    told.sort(key=lambda pair: (pair[1].at, pair[1].n), reverse=True)
    return tuple(told[:TOLD])


def _is_told_later(event: Event) -> bool:
    """A try that came back well is told when its step succeeds, the end of the whole when the run ends."""
    if event.type == "step.ended" and not event.path:
        return True
    return event.type == "attempt.ended" and (event.data or {}).get("status") == AttemptStatus.SUCCEEDED


def queued(viewer: object) -> int:
    """Count the attempts that wait for a slot."""
    mine = visible_runs(viewer).exclude(status__in=RUN_ENDED).values("id")
    return QueueEntry.objects.filter(worker__isnull=True, run_id__in=mine).count()
