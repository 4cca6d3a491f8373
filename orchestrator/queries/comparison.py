"""Two runs side by side: what they were given, what came of them, and how each of their steps went."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from django.db.models import F, TextField
from django.db.models.functions import MD5, Cast, Coalesce

from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.models import Run, Step
from orchestrator.queries.runs import run_detail, value_of

MOST = 300
"""Steps of each run that are compared, by their paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """How one step went in one run."""

    status: str
    agent: str
    attempt: int
    seconds: float | None
    reason: str
    mark: str
    """Hash of its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One step in both runs; None where a run has no such step."""

    path: str
    left: Went | None
    right: Went | None

    @property
    def difference(self) -> str:
        """Say in a word what differs; empty for what went alike."""
        if self.left is None or self.right is None:
            return "only in one"
        if self.left.status != self.right.status:
            return "status"
        return "output" if self.left.mark != self.right.mark else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs, the first one named first."""

    left: Run
    right: Run
    outputs: tuple[Json, Json]
    steps: tuple[Pair, ...]
    is_cut: bool
    """Whether there are more steps than were compared."""


def compared(viewer: object, run_ids: list[str]) -> Comparison:
    """Compare two runs that the viewer may see; raises RejectedError unless there are two."""
    if len(run_ids) != 2 or any(one == other for one, other in pairwise(run_ids)):
        hint = "tick two runs in the list, or write ?run=…&run=… with two ids"
        problem = Problem(path="run", message=f"{len(set(run_ids))} of 2 runs are named", hint=hint)
        raise RejectedError("Two runs are compared.", [problem])
    left, right = (run_detail(viewer, run_id) for run_id in run_ids)
    steps = [_steps(run) for run in (left, right)]
    paths = sorted(steps[0].keys() | steps[1].keys())
    return Comparison(
        left=left, right=right, outputs=(value_of(left), value_of(right)),
        steps=tuple(Pair(path=path, left=steps[0].get(path), right=steps[1].get(path)) for path in paths[:MOST]),
        is_cut=any(len(one) > MOST for one in steps) or len(paths) > MOST,
    )  # fmt: skip


def _steps(run: Run) -> dict[str, Went]:
    text = Coalesce(Cast("output", TextField()), F("output_ref"), output_field=TextField())
    rows = Step.objects.filter(run_id=run.id).exclude(path="").order_by("path").annotate(mark=MD5(text))
    found = rows.values_list("path", "status", "agent", "attempt", "started_at", "ended_at", "reason", "mark")
    return {
        path: Went(status=status, agent=agent, attempt=attempt, reason=reason, mark=mark or "",
                   seconds=(ended - started).total_seconds() if started and ended else None)
        for path, status, agent, attempt, started, ended, reason, mark in found[: MOST + 1]
    }  # fmt: skip
