"""How long people were at decisions: from when each first looked at the request, or else from when it was opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.models import Gate, GateDecision, GateLook

AT_ONCE = 500
"""Runs that one question names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A person's time for one gate."""

    run_id: str
    path: str
    seconds: float
    looked: bool
    """Counted from when they first looked; else from when the gate was opened, with all that it waited."""


def spent(run_ids: Sequence[str]) -> list[Spent]:
    """Return what people spent on gates of these runs: one row for each person and gate, by their last decision."""
    found: list[Spent] = []
    for begin in range(0, len(run_ids), AT_ONCE):
        found += _spent(run_ids[begin : begin + AT_ONCE])
    return found


def _spent(run_ids: Sequence[str]) -> list[Spent]:
    rows = GateDecision.objects.filter(run_id__in=run_ids).order_by("n").values_list("run_id", "path", "actor", "at")
    last = {(run, path, actor): at for run, path, actor, at in rows}
    if not last:
        return []
    gates = Gate.objects.filter(run_id__in={run for run, _, _ in last})
    opened = {(run, path): at for run, path, at in gates.values_list("run_id", "path", "opened_at")}
    looks = GateLook.objects.filter(run_id__in={run for run, _, _ in last})
    seen = {(run, path, actor): at for run, path, actor, at in looks.values_list("run_id", "path", "actor", "at")}
    return [
        Spent(run_id=key[0], path=key[1], looked=key in seen,
              seconds=max(0.0, (at - seen.get(key, opened[key[:2]])).total_seconds()))
        for key, at in last.items()
        if key[:2] in opened
    ]  # fmt: skip
