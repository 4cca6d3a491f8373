"""Runs with all the runs their steps started, however deep: what a person means by `this run` when it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.core.outcome_cost import Asked
from orchestrator.core.status import RUN_LIVE, GateStatus
from orchestrator.models import Gate, Run

AT_ONCE = 500
"""Runs that one question names."""


def live_families(roots: Iterable[str]) -> dict[str, str]:
    """Return the ids of these runs and of all live runs below them, each with the one of these it belongs to."""
    found = {root: root for root in roots}
    level = list(found)
    while level:
        rows = Run.objects.filter(parent_id__in=level, status__in=RUN_LIVE).values_list("id", "parent_id")
        level = [run_id for run_id, _ in rows]
        found |= {run_id: found[parent] for run_id, parent in rows}
    return found


def families(roots: Iterable[str]) -> dict[str, str]:
    """Return the ids of these runs and of all runs below them, each with the one of these it belongs to."""
    found = {root: root for root in roots}
    level = list(found)
    while level:
        parts = [level[begin : begin + AT_ONCE] for begin in range(0, len(level), AT_ONCE)]
        below = [Run.objects.filter(parent_id__in=part).values_list("id", "parent_id") for part in parts]
        rows = [row for part in below for row in part]
        level = [run_id for run_id, _ in rows if run_id not in found]
        found |= {run_id: found[parent] for run_id, parent in rows if run_id not in found}
    return found


def open_gates_of(roots: Iterable[str]) -> dict[str, list[Gate]]:
    """List the open gates of these runs and of those below them by the run they hold up, the first one opened first."""
    families = live_families(roots)
    held: dict[str, list[Gate]] = {}
    for gate in Gate.objects.filter(run_id__in=families, status=GateStatus.OPEN).order_by("id"):
        held.setdefault(families[gate.run_id], []).append(gate)
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a run: whether it was asked for, or which run's step waits for it."""

    id: str
    status: str
    parent_id: str = ""
    card_id: int | None = None

    @property
    def asked(self) -> Asked:
        """Return it as what somebody asked for."""
        return Asked(run=self.id, status=self.status, card=self.card_id)


def asked_for(runs: Iterable[Found]) -> dict[str, Found]:
    """Return by id of each of these runs the one that somebody asked for; a question for each level below that."""
    known = {one.id: one for one in runs}
    own = list(known)
    while missing := sorted({one.parent_id for one in known.values() if one.parent_id} - {*known}):
        for begin in range(0, len(missing), AT_ONCE):
            found = Run.objects.filter(pk__in=missing[begin : begin + AT_ONCE])
            known |= {row[0]: Found(id=row[0], status=row[1], parent_id=row[2], card_id=row[3])
                      for row in found.values_list("id", "status", "parent_id", "card_id")}  # fmt: skip
        known |= {gone: Found(id=gone, status="") for gone in missing if gone not in known}
    return {one: _top(known, one) for one in own}


def _top(known: Mapping[str, Found], run_id: str) -> Found:
    one = known[run_id]
    while one.parent_id:
        one = known[one.parent_id]
    return one
