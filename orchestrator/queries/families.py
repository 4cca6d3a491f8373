"""Runs with all the runs their steps started, however deep: what a person means by `this run` when it waits."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.status import RUN_LIVE, GateStatus
from orchestrator.models import Gate, Run


def live_families(roots: Iterable[str]) -> dict[str, str]:
    """Return the ids of these runs and of all live runs below them, each with the one of these it belongs to."""
    found = {root: root for root in roots}
    level = list(found)
    while level:
        rows = Run.objects.filter(parent_id__in=level, status__in=RUN_LIVE).values_list("id", "parent_id")
        level = [run_id for run_id, _ in rows]
        found |= {run_id: found[parent] for run_id, parent in rows}
    return found


def open_gates_of(roots: Iterable[str]) -> dict[str, list[Gate]]:
    """List the open gates of these runs and of those below them by the run they hold up, the first one opened first."""
    families = live_families(roots)
    held: dict[str, list[Gate]] = {}
    for gate in Gate.objects.filter(run_id__in=families, status=GateStatus.OPEN).order_by("id"):
        held.setdefault(families[gate.run_id], []).append(gate)
    return held
