"""What the overview asks: where runs in flight stand, what happened last, and which agents to name first."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from orchestrator.core.status import RUN_ENDED, RUN_LIVE, AttemptStatus, GateStatus, StepStatus
from orchestrator.models import AgentVersion, Event, Gate, QueueEntry, Run, Step
from orchestrator.queries.runs import lacking, visible_runs
from orchestrator.queries.scope import signed_in

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
    queue = QueueEntry.objects.filter(run_id__in=ids).values("run_id").order_by()
    queue = queue.annotate(total=Count("id"), at=Count("worker"), low=Min("path"), high=Max("path"))
    work = {row["run_id"]: row for row in queue}
    at_work = Step.objects.filter(run_id__in=ids, kind="map", status=StepStatus.RUNNING)
    maps = {(step.run_id, step.path): step for step in at_work.only("run_id", "path", "memo")}
    lacks = lacking(runs)
    words = (_words(run, gates.get(run.id), work.get(run.id), maps) for run in runs)
    return tuple(Place(run=run, words=said, lacks=lacks.get(run.id, "")) for run, said in zip(runs, words, strict=True))


def _open_gates(run_ids: Sequence[str]) -> QuerySet[Gate]:
    rows = Gate.objects.filter(run_id__in=run_ids, status=GateStatus.OPEN).order_by("-id")
    return rows.only("id", "run_id", "title")


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
    rows = visible_runs(viewer).order_by("-id").only("id", "title", "workflow", "n")
    found = {run.id: run for run in [*rows.filter(status__in=RUN_LIVE)[:FLYING], *rows[:ENDED]]}
    if not found:
        return ()
    # By number within a run, because that is how events are kept; a scan by time would read them all.
    tails = (Q(run_id=run.id, n__gt=run.n - BACK) for run in found.values())
    events = Event.objects.filter(reduce(operator.or_, tails)).exclude(type__in=QUIET)
    told = [event for event in events.order_by("-at", "-n")[: 2 * TOLD] if not _is_told_later(event)]
    return tuple((found[event.run_id], event) for event in told[:TOLD])


def _is_told_later(event: Event) -> bool:
    """A try that came back well is told when its step succeeds, the end of the whole when the run ends."""
    if event.type == "step.ended" and not event.path:
        return True
    return event.type == "attempt.ended" and (event.data or {}).get("status") == AttemptStatus.SUCCEEDED


def queued(viewer: object) -> int:
    """Count the attempts that wait for a slot."""
    mine = Exists(visible_runs(viewer).filter(pk=OuterRef("run_id")))
    return QueueEntry.objects.filter(mine, worker__isnull=True).count()


def agents_named(viewer: object, tried: Mapping[str, int], most: int) -> tuple[int, tuple[AgentVersion, ...]]:
    """Count the agents, and return those to name: who has work in hand, then who had most of it, then by name."""
    signed_in(viewer)
    names = list(AgentVersion.objects.filter(is_current=True).order_by("name").values_list("name", flat=True))
    if len(names) <= most:
        chosen = names
    else:
        rows = QueueEntry.objects.filter(agent__in=names).values("agent").annotate(claimed=Count("worker")).order_by()
        busy = {row["agent"]: 1 + row["claimed"] for row in rows}
        order = sorted(names, key=lambda name: (-busy.get(name, 0), -tried.get(name, 0), name))
        chosen = sorted(order[:most])
    found = AgentVersion.objects.filter(is_current=True, name__in=chosen).order_by("name")
    return len(names), tuple(found)
