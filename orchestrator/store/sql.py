"""What the store asks of a database connection; one subclass a dialect. Statements are written with `?` for values."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

from orchestrator.store.tables import Table

Rows = Sequence[Sequence[Any]]


Query = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Rows for one table: all its columns in order."""

    table: Table
    lines: Rows
    conflict: str = ""
    is_update: bool = False


class Sql(ABC):
    """See the module."""

    is_remote = False
    """Whether asking several things at once saves round trips."""

    @abstractmethod
    def read(self, statement: str, values: Sequence[Any]) -> Rows:
        """Return the rows of a query."""

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any]) -> None:
        """Carry out a statement. Not every dialect knows at once how many rows it touched: ask by RETURNING."""

    skip_locked = ""
    """Ends a query for rows that are to be taken, where others may be taking some too."""

    @abstractmethod
    def many(self, statement: str, lines: Rows) -> None:
        """Carry out a statement for each line of values."""

    @abstractmethod
    def clock(self) -> float:
        """Return the database's time, in seconds since 1970."""

    @abstractmethod
    def insert(self, table: Table, lines: Rows, conflict: str = "") -> None:
        """Insert rows, all columns of the table in order."""

    @abstractmethod
    def update(self, table: Table, lines: Rows) -> None:
        """Update rows by the table's key, all its columns in order."""

    def put(self, writes: Sequence[Write]) -> None:
        """Insert into or update several tables, none of them twice, in any order."""
        for one in writes:
            if one.is_update:
                self.update(one.table, one.lines)
            else:
                self.insert(one.table, one.lines, one.conflict)

    @abstractmethod
    def delete(self, table: Table, keys: Rows) -> None:
        """Delete rows by the table's key."""

    @abstractmethod
    def read_keys(self, table: Table, columns: str, keys: Rows) -> Rows:
        """Return the rows with these (run_id, path)."""

    @abstractmethod
    def read_in(self, statement: str, values: Sequence[Any], tail: str) -> Rows:
        """Return the rows of a query that ends with IN."""

    @abstractmethod
    def lock_runs(self, run_ids: Sequence[str], columns: str, wait_seconds: float) -> Rows:
        """Lock and return runs, leaving out those others hold."""

    @abstractmethod
    def claim(self, lane: str, worker: str, count: int, now: int | None) -> Rows:
        """Claim attempts.

        Return run_id, path, attempt, agent, lane, timeout_seconds, fence; the step's input and refs; the run's agents,
        correlation_id, budgets, workflow and its version.
        """

    def read_all(self, queries: Sequence[Query]) -> list[Rows]:
        """Return the rows of several queries."""
        return [self.read(statement, values) for statement, values in queries]

    @abstractmethod
    def asking_time(self) -> Query:
        """Return the query of the database's time."""

    @abstractmethod
    def keyed(self, table: Table, columns: str, keys: Rows) -> Query:
        """Return the query of rows with these (run_id, path)."""

    @abstractmethod
    def picking(self, statement: str, values: Sequence[Any], tail: str) -> Query:
        """Return a query that ends with IN."""

    @abstractmethod
    def locking(self, run_ids: Sequence[str], columns: str) -> Query:
        """Return the query that locks runs nobody holds."""

    def insert_new(self, table: Table, line: Sequence[Any], unique: str) -> bool:
        """Insert one row unless another has the same value of `unique`; tell whether it was inserted."""
        columns = ", ".join(quoted(table.names))
        marks = ", ".join("?" for _ in table.names)
        statement = (
            f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) ON CONFLICT ({unique}) DO NOTHING RETURNING 1"
        )
        return bool(self.read(statement, line))

    def replacing(self, table: Table) -> str:
        """Return the clause that makes an insert replace the row with the same key."""
        return _replacing(table)

    def open_under(self, run_id: str, path: str, columns: str) -> Rows:
        """Return the unfinished steps strictly below a path."""
        where, values = _below(path)
        statement = f"SELECT {columns} FROM orchestrator_step WHERE run_id = ? AND ended_at IS NULL AND {where}"
        return self.read(statement, [run_id, *values])

    def fallen(self, run_id: str, path: str, columns: str) -> Rows:
        """Return the steps directly below a path that had begun and failed or were given up."""
        return self.read(
            f"SELECT {columns} FROM orchestrator_step WHERE run_id = ? AND parent = ? "
            "AND status IN ('failed', 'cancelled') AND opened_at IS NOT NULL",
            [run_id, path],
        )

    def halted(self, run_id: str, path: str, columns: str) -> Rows:
        """Return the steps directly below a path that were given up before they had begun."""
        statement = f"SELECT {columns} FROM orchestrator_step WHERE run_id = ? AND parent = ?"
        return self.read(f"{statement} AND status = 'cancelled' AND opened_at IS NULL", [run_id, path])

    def restore_items(self, run_id: str, path: str) -> None:
        """Let the given-up items of a map that had not begun wait again."""
        self.run(
            "UPDATE orchestrator_step SET status = 'pending', ended_at = NULL "
            "WHERE run_id = ? AND parent = ? AND status = 'cancelled' AND opened_at IS NULL",
            [run_id, path],
        )

    def cancel_under(self, run_id: str, path: str, at: int | None) -> None:
        """Give up the unfinished steps strictly below a path, with their timers."""
        where, values = _below(path)
        self.run(
            f"UPDATE orchestrator_step SET status = 'cancelled', ended_at = ? "
            f"WHERE run_id = ? AND ended_at IS NULL AND {where}",
            [at, run_id, *values],
        )
        self.run(f"DELETE FROM orchestrator_timer WHERE run_id = ? AND {where}", [run_id, *values])

    def batch(self) -> AbstractContextManager[Any]:
        """Send statements without waiting for each, where the dialect can."""
        return nullcontext()

    def token(self) -> str:
        """Return a fresh random token."""
        return secrets.token_hex(12)


def quoted(names: Sequence[str]) -> list[str]:
    """Quote column names; `group` is a word of SQL."""
    return [f'"{name}"' for name in names]


def _below(path: str) -> tuple[str, list[Any]]:
    if path == "":
        return "path <> ''", []
    return "substr(path, 1, ?) IN (?, ?)", [len(path) + 1, f"{path}/", f"{path}["]


@cache
def _replacing(table: Table) -> str:
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in table.names if name not in table.key)
    return f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sets}"
