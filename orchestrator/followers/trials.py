"""Notes how trials of agents came out, once their runs are over; what is made of it is in `queries.trials`."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import QuerySet

from orchestrator import live
from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Run, Trial
from orchestrator.queries.runs import value_of
from orchestrator.queries.trials import verdict

TOPIC = "trials"


def settle() -> int:
    """Settle the trials whose runs have ended; return how many. Safe twice at once."""
    runs = list(Run.objects.filter(pk__in=_open().values("run_id"), status__in=[one.value for one in RUN_ENDED]))
    settled = sum(_settle(run) for run in runs)
    if settled:
        live.publish({TOPIC: 0})
    return settled


def _settle(run: Run) -> int:
    why = list(verdict(run, value_of(run)))
    # A trial that was begun since has another run, and its own end.
    return _open().filter(run_id=run.id).update(
        is_open=False, passed=not why, why=why, settled_at=datetime.now(UTC)
    )  # fmt: skip


def _open() -> QuerySet[Trial]:
    return Trial.objects.filter(is_open=True)
