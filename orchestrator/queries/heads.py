"""The numbers of what pages watch, in one statement: how a page that missed a hint notices."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from orchestrator.core.status import RUN_ENDED, GateStatus, RunStatus

PULSE = "pulse"
"""Name of a number that changes with every event of an unfinished run, with every run and with every gate."""
LIVE = tuple(sorted(status.value for status in set(RunStatus) - RUN_ENDED))

_EVENTS = "SELECT 'pulse.events', COALESCE(SUM(n), 0) + 1000003 * COUNT(*) FROM orchestrator_run WHERE status IN ({})"
_LATEST = "SELECT 'pulse.latest.' || COALESCE(MAX(id), ''), 1 FROM orchestrator_run"
_GATES = "SELECT 'pulse.gates', COALESCE(SUM(id), 0) + 1000003 * COUNT(*) FROM orchestrator_gate WHERE status = %s"
_RUNS = "SELECT 'run.' || id, n FROM orchestrator_run WHERE id IN ({})"
_BOARDS = "SELECT 'board.' || id, version FROM orchestrator_board WHERE id IN ({})"


def heads(run_ids: Sequence[str], board_ids: Sequence[int]) -> dict[str, int]:
    """Return topic to number for these runs (their last event) and boards (their version), and the pulse."""
    parts = [_EVENTS.format(_marks(LIVE)), _LATEST, _GATES]
    values: list[str | int] = [*LIVE, GateStatus.OPEN.value]
    for statement, ids in ((_RUNS, run_ids), (_BOARDS, board_ids)):
        if ids:
            parts.append(statement.format(_marks(ids)))
            values.extend(ids)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        rows = sorted((str(topic), int(n)) for topic, n in cursor.fetchall())
    found = {topic: n for topic, n in rows if not topic.startswith(PULSE)}
    return {**found, PULSE: hash(tuple(row for row in rows if row[0].startswith(PULSE)))}


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))
