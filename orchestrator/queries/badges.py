"""The counts that stand in the navigation of every page, in one question that is put together once for each account."""

from __future__ import annotations

from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

from orchestrator.core.status import RUN_LIVE
from orchestrator.models import AgentVersion, User
from orchestrator.queries.gates import my_gates
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.scope import signed_in


def badges(viewer: object) -> dict[str, int]:
    """Count runs in flight, approvals the viewer may decide, and agents."""
    user = signed_in(viewer)
    statement, values = _question(user.pk, user.role, user.team_id)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        runs, approvals, agents = cursor.fetchone()
    return {"runs": runs, "approvals": approvals, "agents": agents}


@lru_cache(maxsize=1024)
def _question(pk: int, role: str, team_id: int | None) -> tuple[str, list[str | int]]:
    """Write the statement; all it depends on is named, as it is kept."""
    viewer = User(pk=pk, role=role, team_id=team_id)
    counted: tuple[QuerySet[Model], ...] = (
        visible_runs(viewer).filter(status__in=RUN_LIVE), my_gates(viewer),
        AgentVersion.objects.filter(is_current=True),
    )  # fmt: skip
    parts = [_counting(rows) for rows in counted]
    return f"SELECT {', '.join(text for text, _ in parts)}", [value for _, values in parts for value in values]


def _counting(rows: QuerySet[Model]) -> tuple[str, tuple[str | int, ...]]:
    try:
        text, values = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    return f"(SELECT COUNT(*) FROM ({text}) AS counted)", values  # noqa: S608 - made by Django
