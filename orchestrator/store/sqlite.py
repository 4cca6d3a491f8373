"""SQLite's dialect: one writer at a time, so a transaction that writes holds every run."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from orchestrator.store.sql import Query, Rows, Sql, quoted
from orchestrator.store.tables import Table

MOST_KEYS = 400
CLAIM = """
UPDATE orchestrator_queue SET worker = ?1, fence = lower(hex(randomblob(12))), claimed_at = ?2
WHERE id IN (
  SELECT id FROM orchestrator_queue WHERE worker IS NULL AND held = 0 AND lane = ?3 AND ready_at <= ?2
  ORDER BY priority DESC, ready_at, id LIMIT ?4
)
RETURNING id
"""
CLAIMED = """
SELECT q.run_id, q.path, q.attempt, q.agent, q.lane, q.timeout_seconds, q.fence, s.input, s.refs, r.agents,
  r.correlation_id, r.budgets, r.workflow, r.version
FROM orchestrator_queue q JOIN orchestrator_step s ON s.run_id = q.run_id AND s.path = q.path
JOIN orchestrator_run r ON r.id = q.run_id WHERE q.id = ?
"""


class SqliteSql(Sql):
    """See the module."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, statement: str, values: Sequence[Any]) -> Rows:
        """Return the rows of a query."""
        return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[Any]) -> None:
        """Carry out a statement."""
        self._connection.execute(statement, values)

    def many(self, statement: str, lines: Rows) -> None:
        """Carry out a statement for each line of values."""
        if lines:
            self._connection.executemany(statement, lines)

    def clock(self) -> float:
        """Return the host's time, in the microseconds that are kept: the database is a file on it."""
        return round(time.time(), 6)

    def asking_time(self) -> Query:
        """Return the query of the host's time, to the millisecond."""
        return "SELECT unixepoch('subsec')", []

    def insert(self, table: Table, lines: Rows, conflict: str = "") -> None:
        """Insert rows."""
        if lines:
            self.many(_insert(table, conflict), lines)

    def update(self, table: Table, lines: Rows) -> None:
        """Update rows by key."""
        self.many(_update(table), lines)

    def delete(self, table: Table, keys: Rows) -> None:
        """Delete rows by key."""
        where = " AND ".join(f'"{name}" = ?' for name in table.key)
        self.many(f"DELETE FROM {table.name} WHERE {where}", keys)

    def read_keys(self, table: Table, columns: str, keys: Rows) -> Rows:
        """Return the rows with these (run_id, path), a few hundred at a time."""
        found: list[Any] = []
        for start in range(0, len(keys), MOST_KEYS):
            found += self.read(*self.keyed(table, columns, keys[start : start + MOST_KEYS]))
        return found

    def keyed(self, table: Table, columns: str, keys: Rows) -> Query:
        """Return the query of rows with these (run_id, path)."""
        marks = ", ".join("(?, ?)" for _ in keys)
        values = [value for key in keys for value in key]
        return f"SELECT {columns} FROM {table.name} WHERE (run_id, path) IN (VALUES {marks})", values

    def read_in(self, statement: str, values: Sequence[Any], tail: str) -> Rows:
        """Return the rows of a query that ends with IN."""
        return self.read(*self.picking(statement, values, tail))

    def picking(self, statement: str, values: Sequence[Any], tail: str) -> Query:
        """Return a query that ends with IN."""
        return f"{statement} ({', '.join('?' for _ in values)}) {tail}", list(values)

    def lock_runs(self, run_ids: Sequence[str], columns: str, wait_seconds: float) -> Rows:
        """Return runs; the transaction holds them already."""
        return self.read(*self.locking(run_ids, columns)) if run_ids else []

    def locking(self, run_ids: Sequence[str], columns: str) -> Query:
        """Return the query of runs; the transaction holds them already."""
        return self.picking(f"SELECT {columns} FROM orchestrator_run WHERE id IN", run_ids, "ORDER BY id")

    def claim(self, lane: str, worker: str, count: int, now: int | None) -> Rows:
        """Claim attempts, then read what belongs to them."""
        taken = self.read(CLAIM, [worker, now, lane, count])
        return [row for fence in taken for row in self.read(CLAIMED, fence)]


@cache
def _insert(table: Table, conflict: str) -> str:
    columns = ", ".join(quoted(table.names))
    marks = ", ".join("?" for _ in table.names)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) {conflict}"


@cache
def _update(table: Table) -> str:
    numbered = {name: f'"{name}" = ?{number}' for number, name in enumerate(table.names, start=1)}
    sets = ", ".join(text for name, text in numbered.items() if name not in table.key)
    where = " AND ".join(numbered[name] for name in table.key)
    return f"UPDATE {table.name} SET {sets} WHERE {where}"
