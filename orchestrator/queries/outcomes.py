"""What an accepted outcome of a workflow costs (C6): its latest runs with all that they started, in few questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.conf import settings
from django.db import connection

from orchestrator.core.outcome_cost import Asked, Decided, OutcomeCost, Paid, outcome_cost
from orchestrator.queries.families import families
from orchestrator.queries.people_time import spent
from orchestrator.queries.runs import visible_runs

LATEST = 100
"""Runs of a workflow that are looked at."""
AT_ONCE = 500
BILLION = 1_000_000_000
"""Parts of a dollar that are summed up, so that nothing is rounded."""
_PAID = """SELECT run_id, CASE WHEN status IN ('succeeded', 'suspended') AND NOT sent_back THEN 1 ELSE 0 END AS held,
COUNT(cost_usd), SUM(CAST(ROUND(CAST(cost_usd AS NUMERIC) * {billion}) AS BIGINT)),
SUM(CASE WHEN cost_usd IS NULL AND tokens > 0 THEN 1 ELSE 0 END)
FROM orchestrator_attempt WHERE run_id IN ({marks}) GROUP BY 1, 2"""


def of_workflow(viewer: object, name: str) -> OutcomeCost:
    """Return what accepted outcomes of a workflow cost, over its latest 100 runs that the viewer may see."""
    rows = visible_runs(viewer).filter(workflow=name).order_by("-id").values_list("id", "status", "card_id")[:LATEST]
    asked = [Asked(run=run, status=status, card=card) for run, status, card in rows]
    top = families(one.run for one in asked)
    decided = [Decided(run=top[one.run_id], seconds=one.seconds, looked=one.looked) for one in spent(list(top))]
    return outcome_cost(asked, _paid(top), decided, settings.PERSON_HOUR)


def _paid(top: Mapping[str, str]) -> list[Paid]:
    runs, found = list(top), list[Paid]()
    for begin in range(0, len(runs), AT_ONCE):
        names: Sequence[str] = runs[begin : begin + AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(_PAID.format(billion=BILLION, marks=", ".join(["%s"] * len(names))), list(names))
            found += [
                Paid(
                    run=top[run],
                    held=bool(held),
                    usd=Decimal(usd) / BILLION if metered else None,
                    unpriced=int(count),
                )
                for run, held, metered, usd, count in cursor.fetchall()
            ]
    return found
