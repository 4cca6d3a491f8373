"""Reads a run's events back as facts, with what was put aside of them."""

from __future__ import annotations

from typing import Any

from orchestrator.core import records
from orchestrator.core.book import Recorded
from orchestrator.core.events import Fact
from orchestrator.core.ids import RunId
from orchestrator.core.snapshot import restored
from orchestrator.engine.ports import Tx
from orchestrator.store import rows
from orchestrator.store.tx import sql_of


def recorded_of(tx: Tx, run_id: RunId) -> list[Recorded]:
    """Return every event of a run, in order."""
    found = sql_of(tx).read("SELECT n, type, data, at FROM orchestrator_event WHERE run_id = ? ORDER BY n", [run_id])
    return [Recorded(n=row[0], fact=_fact(tx, run_id, row), at=row[3] / 1e6) for row in found]


def _fact(tx: Tx, run_id: RunId, row: Any) -> Fact:
    return restored(records.read_fact(row[1], rows.json_value(row[2])), tx.shelf(run_id).artifact)
