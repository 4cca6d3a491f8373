"""The latest attempts of one agent, across runs."""

from __future__ import annotations

from orchestrator.models import Attempt, Run
from orchestrator.queries.runs import visible_runs


def latest_tries(viewer: object, agent: str, limit: int = 20) -> tuple[tuple[Attempt, str], ...]:
    """Return an agent's latest attempts that are over, each with the title of its run."""
    mine = visible_runs(viewer).values("id")
    found = list(Attempt.objects.filter(agent=agent, run_id__in=mine).order_by("-ended_at")[:limit])
    runs = Run.objects.filter(pk__in={one.run_id for one in found}).only("id", "title", "workflow")
    titles = {run.id: run.title or run.workflow for run in runs}
    return tuple((one, titles.get(one.run_id, "")) for one in found)
