"""PostgreSQL's dialect: writes are pipelined, locks are skipped and never waited for.

Rows go as one JSON text a table: the driver dumps that far faster than an array a column.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import psycopg

from orchestrator.core import codec
from orchestrator.store.sql import Query, Rows, Sql, Write, quoted
from orchestrator.store.tables import Table

POLL_SECONDS = 0.004
CLAIM = """
WITH free AS (
  SELECT id FROM orchestrator_queue WHERE worker IS NULL AND NOT held AND lane = ? AND ready_at <= ?
  ORDER BY priority DESC, ready_at, id LIMIT ? FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE orchestrator_queue q SET worker = ?, fence = replace(gen_random_uuid()::text, '-', ''), claimed_at = ?
  FROM free WHERE q.id = free.id
  RETURNING q.id, q.run_id, q.path, q.attempt, q.agent, q.lane, q.timeout_seconds, q.fence, q.priority
)
SELECT t.run_id, t.path, t.attempt, t.agent, t.lane, t.timeout_seconds, t.fence, s.input, s.refs, r.agents,
  r.correlation_id, r.budgets, r.workflow, r.version
FROM taken t JOIN orchestrator_step s ON s.run_id = t.run_id AND s.path = t.path
JOIN orchestrator_run r ON r.id = t.run_id ORDER BY t.priority DESC, t.id
"""


class PostgresSql(Sql):
    """See the module."""

    is_remote = True
    skip_locked = "FOR UPDATE OF q SKIP LOCKED"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def read(self, statement: str, values: Sequence[Any]) -> Rows:
        """Return the rows of a query."""
        return self._cursor().execute(_marks(statement), values).fetchall()

    def run(self, statement: str, values: Sequence[Any]) -> None:
        """Carry out a statement."""
        self._cursor().execute(_marks(statement), values)

    def many(self, statement: str, lines: Rows) -> None:
        """Carry out a statement for each line of values."""
        for line in lines:
            self.run(statement, line)

    def clock(self) -> float:
        """Return the server's time at this moment, not at the transaction's start."""
        return float(self.read(*self.asking_time())[0][0])

    def asking_time(self) -> Query:
        """Return the query of the server's time."""
        return "SELECT extract(epoch FROM clock_timestamp())::float8", []

    def read_all(self, queries: Sequence[Query]) -> list[Rows]:
        """Return the rows of several queries, sent together."""
        with self._connection.pipeline():
            cursors = [self._cursor().execute(_marks(statement), values) for statement, values in queries]
            return [cursor.fetchall() for cursor in cursors]

    def insert(self, table: Table, lines: Rows, conflict: str = "") -> None:
        """Insert rows in one statement."""
        if lines:
            self.run(_insert(table, conflict), [_text(table, lines)])

    def update(self, table: Table, lines: Rows) -> None:
        """Update rows by key in one statement."""
        if lines:
            self.run(_update(table), [_text(table, lines)])

    def put(self, writes: Sequence[Write]) -> None:
        """Insert into or update several tables in one statement: its parts do not see each other's rows."""
        full = [one for one in writes if one.lines]
        if full:
            shape = tuple((one.table, one.conflict, one.is_update) for one in full)
            self.run(_put(shape), [_text(one.table, one.lines) for one in full])

    def delete(self, table: Table, keys: Rows) -> None:
        """Delete rows by key in one statement."""
        if keys:
            self.run(_delete(table), [_text(table.only(), keys)])

    def read_keys(self, table: Table, columns: str, keys: Rows) -> Rows:
        """Return the rows with these (run_id, path)."""
        return self.read(*self.keyed(table, columns, keys)) if keys else []

    def keyed(self, table: Table, columns: str, keys: Rows) -> Query:
        """Return the query of rows with these (run_id, path)."""
        listed = ", ".join(f't."{name.strip()}"' for name in columns.split(","))
        wanted = "unnest(?::text[], ?::text[]) AS x(run_id, path)"
        statement = f"SELECT {listed} FROM {table.name} t JOIN {wanted} USING (run_id, path)"
        return statement, _columns(keys) if keys else [[], []]

    def read_in(self, statement: str, values: Sequence[Any], tail: str) -> Rows:
        """Return the rows of a query that ends with IN."""
        return self.read(*self.picking(statement, values, tail))

    def picking(self, statement: str, values: Sequence[Any], tail: str) -> Query:
        """Return a query that ends with IN."""
        return f"{statement.removesuffix(' IN')} = ANY(?) {tail}", [list(values)]

    def lock_runs(self, run_ids: Sequence[str], columns: str, wait_seconds: float) -> Rows:
        """Lock and return runs, asking again until the wait is over for those others hold."""
        until = time.monotonic() + wait_seconds
        found: list[Any] = []
        left = list(run_ids)
        while left:
            got = self.read(*self.locking(left, columns))
            found += got
            left = [run_id for run_id in left if all(row[0] != run_id for row in got)]
            if time.monotonic() >= until:
                break
            time.sleep(POLL_SECONDS)
        return found

    def locking(self, run_ids: Sequence[str], columns: str) -> Query:
        """Return the query that locks runs nobody holds."""
        where = "WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
        return f"SELECT {columns} FROM orchestrator_run {where}", [list(run_ids)]

    def claim(self, lane: str, worker: str, count: int, now: int | None) -> Rows:
        """Claim attempts, in one exchange."""
        return self.read(CLAIM, [lane, now, count, worker, now])

    def batch(self) -> AbstractContextManager[Any]:
        """Send statements without waiting for each."""
        return self._connection.pipeline()

    def _cursor(self) -> psycopg.Cursor[Any]:
        return psycopg.Cursor(self._connection)


def _marks(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


@cache
def _insert(table: Table, conflict: str) -> str:
    return f"INSERT INTO {table.name} ({', '.join(quoted(table.names))}) SELECT * FROM {_recordset(table)} {conflict}"


@cache
def _update(table: Table) -> str:
    sets = ", ".join(f'"{name}" = x."{name}"' for name in table.names if name not in table.key)
    return f"UPDATE {table.name} t SET {sets} FROM {_recordset(table)} WHERE {_same_key(table)}"


@cache
def _put(shape: tuple[tuple[Table, str, bool], ...]) -> str:
    parts = [_update(table) if is_update else _insert(table, conflict) for table, conflict, is_update in shape]
    *before, last = parts
    named = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(before))
    return f"WITH {named} {last}" if named else last


@cache
def _delete(table: Table) -> str:
    return f"DELETE FROM {table.name} t USING {_recordset(table.only())} WHERE {_same_key(table)}"


def _same_key(table: Table) -> str:
    return " AND ".join(f't."{name}" = x."{name}"' for name in table.key)


def _recordset(table: Table) -> str:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns)
    return f"json_to_recordset(?::json) AS x({columns})"


def _text(table: Table, lines: Rows) -> str:
    return codec.dumps([dict(zip(table.names, line, strict=True)) for line in lines])


def _columns(lines: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*lines, strict=True)]
