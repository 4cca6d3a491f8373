"""What one advance needs, read in one exchange with a database that is a round trip away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core import ids
from orchestrator.core.ids import RunId, StepPath
from orchestrator.store import rows, tables
from orchestrator.store.sql import Sql

Key = tuple[RunId, StepPath]
MAIL = ("SELECT id, run_id, key, body FROM orchestrator_message WHERE problem = '' AND run_id IN",)
"""The query of mailboxes, to be given run ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Rows that were read together, after the runs were locked."""

    now: float
    runs: Sequence[Sequence[Any]]
    mail: Sequence[Sequence[Any]]
    steps: Sequence[Sequence[Any]]
    fences: Sequence[Sequence[Any]]
    step_keys: frozenset[Key]
    """Which steps and fences were asked for."""


def read_ahead(sql: Sql, run_ids: Sequence[RunId], keys: Sequence[Key]) -> Ahead:
    """Lock what is free of these runs and read their mail, steps and fences."""
    asked = [
        sql.locking(run_ids, rows.RUN_COLUMNS),
        sql.picking(*MAIL, run_ids, "ORDER BY id"),
        sql.keyed(tables.STEP, rows.STEP_COLUMNS, keys),
        sql.keyed(tables.QUEUE, "run_id, path, fence", keys),
        sql.asking_time(),
    ]
    runs, mail, steps, fences, now = sql.read_all(asked)
    return Ahead(now=float(now[0][0]), runs=runs, mail=mail, steps=steps, fences=fences, step_keys=frozenset(keys))


def with_ancestors(wanted: Iterable[Key]) -> set[Key]:
    """Return steps with all that enclose them."""
    return {(run_id, at) for run_id, path in wanted for at in (path, *ids.ancestors(path))}
