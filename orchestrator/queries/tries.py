"""The latest attempts of one agent, across runs, and what attempts produced."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce

from django.db.models import Q, TextField
from django.db.models.functions import Cast, Length, Substr

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.models import Attempt, Run, Step
from orchestrator.queries.runs import visible_runs

MOST_CHARACTERS = 4_000
"""Of an output that is only told in short."""


def latest_tries(viewer: object, agent: str, limit: int = 20) -> tuple[tuple[Attempt, str], ...]:
    """Return an agent's latest attempts that are over, each with the title of its run."""
    mine = visible_runs(viewer).values("id")
    found = list(Attempt.objects.filter(agent=agent, run_id__in=mine).order_by("-ended_at")[:limit])
    runs = Run.objects.filter(pk__in={one.run_id for one in found}).only("id", "title", "workflow")
    titles = {run.id: run.title or run.workflow for run in runs}
    return tuple((one, titles.get(one.run_id, "")) for one in found)


def outputs_of(tries: Sequence[Attempt]) -> dict[int, Json]:
    """Return what these attempts produced, as far as it is still their steps' output; of what is long only its size."""
    if not tries:
        return {}
    steps = reduce(operator.or_, (Q(run_id=one.run_id, path=one.path) for one in tries))
    begun = Substr(Cast("output", TextField()), 1, MOST_CHARACTERS)
    size = Length(Cast("output", TextField()))
    rows = Step.objects.filter(steps).annotate(begun=begun, size=size).values_list("run_id", "path", "begun", "size")
    found = {(run_id, path): _readable(text, size) for run_id, path, text, size in rows}
    return {one.pk: found.get((one.run_id, one.path)) for one in tries}


def _readable(text: str | None, size: int | None) -> Json:
    if not text:
        return None
    return codec.loads(text) if size is not None and size <= MOST_CHARACTERS else f"an output of {size:,} characters"
