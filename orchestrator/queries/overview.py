"""What the overview asks: where runs in flight stand, what happened last, and which agents to name first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from orchestrator.core.lists import OVER_LISTS
from orchestrator.core.status import RUN_ENDED, RUN_LIVE, AttemptStatus, GateStatus, StepStatus
from orchestrator.models import Event, Gate, Run, Step
from orchestrator.queries.figures import UNASKED, Figures
from orchestrator.queries.queue import InHand, Load, work_in
from orchestrator.queries.runs import lacking, visible_runs

FLYING = 8
"""Runs in flight that are listed."""
ENDED = 6
"""Latest runs whose events are told, too."""
TOLD = 14
"""Events that are told."""
BACK = 40
"""Latest events of a run among which those to be told are looked for."""
QUIET = (
    "step.opened",
    "steps.opened",
    "attempt.queued",
    "attempt.started",
    "timer.set",
    "subtree.cancelled",
    "step.reopened",
    "map.resumed",
    "attempt.stopped",
)
"""Events that are not told on the overview: something that follows says it better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands, in a few words."""

    run: Run
    words: str
    lacks: str = ""
    """What the result of one that succeeded lacks."""


def in_flight(viewer: object) -> tuple[int, tuple[Place, ...]]:
    """Count the runs in flight and say where the newest of them stand."""
    rows = visible_runs(viewer).filter(status__in=RUN_LIVE)
    return rows.count(), places(list(rows.order_by("-id").defer("input", "output", "agents")[:FLYING]))


def places(runs: Sequence[Run]) -> tuple[Place, ...]:
    """Say where each of these runs stands."""
    ids = [run.id for run in runs if run.status not in RUN_ENDED]
    gates = {gate.run_id: gate.title for gate in _open_gates(ids)}
    work = work_in(ids)
    at_work = Step.objects.filter(run_id__in=ids, kind__in=OVER_LISTS, status=StepStatus.RUNNING)
    maps = {(step.run_id, step.path): step for step in at_work.only("run_id", "path", "memo")}
    lacks = lacking(runs)
    words = (_words(run, gates.get(run.id), work.get(run.id), maps) for run in runs)
    return tuple(Place(run=run, words=said, lacks=lacks.get(run.id, "")) for run, said in zip(runs, words, strict=True))


def _open_gates(run_ids: Sequence[str]) -> QuerySet[Gate]:
    rows = Gate.objects.filter(run_id__in=run_ids, status=GateStatus.OPEN).order_by("-id")
    return rows.only("id", "run_id", "title")


def _words(run: Run, gate: str | None, work: InHand | None, maps: dict[tuple[str, str], Step]) -> str:
    if run.status in RUN_ENDED:
        return run.reason or run.status
    if run.paused:
        return "paused"
    if gate is not None and not run.active:
        return f"waits at “{gate}”"
    if not work:
        return "between two steps"
    low, over = work.low, work.low.partition("[")[0]
    found = maps.get((run.id, over))
    if found is not None and work.high.startswith(over):
        memo = found.memo or {}
        return f"{over} {int(memo.get('ok', 0)) + int(memo.get('failed', 0))} / {memo.get('n', '–')}"
    if work.total == 1:
        return low or "merging"
    return f"{work.total} steps at once" if work.working else f"{work.total} steps wait for a slot"


def latest_events(viewer: object, flying: Sequence[Place]) -> tuple[tuple[Run, Event], ...]:
    """Return what happened last in the newest runs and those in flight, the latest first."""
    newest = visible_runs(viewer).order_by("-id").only("id", "title", "workflow", "n")[:ENDED]
    found = {run.id: run for run in [*(place.run for place in flying), *newest]}
    if not found:
        return ()
    # By number within a run, because that is how events are kept; a scan by time would read them all.
    tails = " OR ".join(["(run_id = %s AND n > %s)"] * len(found))
    values = [value for run in found.values() for value in (run.id, run.n - BACK)]
    events = Event.objects.filter(RawSQL(tails, values, output_field=BooleanField())).exclude(type__in=QUIET)  # noqa: S611 - marks only
    told = [event for event in events.order_by("-at", "-n")[: 2 * TOLD] if not _is_told_later(event)]
    return tuple((found[event.run_id], event) for event in told[:TOLD])


def _is_told_later(event: Event) -> bool:
    """A try that came back well is told when its step succeeds, the end of the whole when the run ends."""
    if event.type == "step.ended" and not event.path:
        return True
    return event.type == "attempt.ended" and (event.data or {}).get("status") == AttemptStatus.SUCCEEDED


def agents_named(hour: Figures, queue: Mapping[str, Load], most: int) -> tuple[str, ...]:
    """Return the agents to name: who has work in hand, then who had most of it, then by name; in order of names."""
    order = sorted(hour.names, key=lambda name: (
        -1 - queue[name].claimed if name in queue else 0, -hour.by_agent.get(name, UNASKED).tried, name,
    ))  # fmt: skip
    return tuple(sorted(order[:most]))
