"""Reads what reviews have accepted in earlier runs of a workflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.engine.comparing import Accepted
from orchestrator.store.rows import json_value

_LATEST = """SELECT r.id FROM orchestrator_run r JOIN orchestrator_run own ON own.id = ? AND r.workflow = own.workflow
    AND coalesce(r.team_id, 0) = coalesce(own.team_id, 0)
    WHERE r.status = 'succeeded' AND r.id < own.id ORDER BY r.id DESC LIMIT ?"""


def accepted(
    read: Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]], run_id: str, paths: Sequence[str], limit: int
) -> list[Accepted]:
    """Return what reviews at these paths let out in the latest succeeded runs before this one."""
    marks = ", ".join("?" * len(paths))
    found = read(
        f"SELECT run_id, input, output FROM orchestrator_step WHERE run_id IN ({_LATEST}) AND path IN ({marks}) "
        "AND kind = 'review' AND status = 'succeeded' AND output_ref = ''",
        [run_id, limit, *paths],
    )
    values = [(row[0], json_value(row[1]), json_value(row[2])) for row in found]
    return [
        Accepted(run_id=run, given=input.get("given"), output=output)
        for run, input, output in values
        if isinstance(input, dict)
    ]
