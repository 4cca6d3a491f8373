"""The numbers of what pages watch, in one statement: how a page that missed a hint notices. And the number of now."""

from __future__ import annotations

import time
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
_STATE = """
SELECT pg_snapshot_xmax(state)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(state))
FROM pg_current_snapshot() AS state
"""
RUNNING = 1024
"""More transactions than ever run at once."""

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


def moment() -> int:
    """Return a number of the database's state: whoever asks later, anywhere, gets the same or a higher one.

    What is read after it shows at least that state, so of two snapshots the one with the lower number has nothing to
    say that the other lacks, but for what will be told again.
    """
    if connection.vendor == "sqlite":
        # One file on one machine: its steady clock orders all processes, and no step of the wall clock disturbs it.
        return time.monotonic_ns() // 1000
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        ceiling, running = cursor.fetchone()
    # A later state has a higher ceiling of transaction numbers, or the same and fewer that still run below it.
    return int(ceiling) * RUNNING + RUNNING - 1 - min(int(running), RUNNING - 1)
