"""What a run may still take, from runs of the same workflow version that succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.models import Run
from orchestrator.queries.runs import visible_runs

SAMPLE = 30
"""Latest runs the forecast is taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """An estimate. None is unknown."""

    runs: int
    """How many it is taken from."""
    seconds: float
    """How long half of them took at most."""
    ends_at: datetime
    """When this one ends if it takes as long."""
    cost_usd: Decimal | None
    """Of a whole run."""


def forecast(viewer: object, run: Run) -> Forecast | None:
    """Estimate how a run goes on; None for one that has ended, or where there is no history."""
    if run.status in RUN_ENDED:
        return None
    rows = visible_runs(viewer).filter(workflow=run.workflow, version=run.version, status=RunStatus.SUCCEEDED)
    # Never from runs that came later: what is shown of a past moment stays what it was.
    found = list(rows.filter(id__lt=run.id).order_by("-id").values_list("created_at", "ended_at", "cost_usd")[:SAMPLE])
    spans = [(ended - created).total_seconds() for created, ended, _ in found if ended is not None]
    if not spans:
        return None
    costs = [Decimal(cost) for _, _, cost in found if cost is not None]
    whole = median(spans)
    return Forecast(
        runs=len(spans), seconds=whole, ends_at=run.created_at + timedelta(seconds=whole),
        cost_usd=median(costs) if costs else None,
    )  # fmt: skip
