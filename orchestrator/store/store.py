"""The store on Django's connections: transactions, leases, and what is due."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.db import OperationalError, connections, transaction

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.book import Shelf
from orchestrator.core.errors import BrokenError, TransientError
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import WakeStep
from orchestrator.core.outcomes import Json
from orchestrator.engine.comparing import Accepted
from orchestrator.engine.ports import Mail, Tx
from orchestrator.store import reviews, rows
from orchestrator.store.leases import Leases
from orchestrator.store.postgres import PostgresSql
from orchestrator.store.shelf import RunShelf
from orchestrator.store.sql import Sql
from orchestrator.store.sqlite import SqliteSql
from orchestrator.store.tx import SqlTx, sql_of

T = TypeVar("T")
_chance = random.SystemRandom()
BUSY_SECONDS = 20.0
TRIES = 6
PREPARE_AFTER = 3
"""A statement is prepared once it was sent so often; Django's own default is never."""
_MEET = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.InFailedSqlTransaction,  # one of these was taken for a message's own fault
)


_AWAY = (psycopg.OperationalError, OperationalError)
"""The connection broke, or (Django's word) none could be made."""


@contextmanager
def reading(alias: str = "default") -> Iterator[None]:
    """Let a broken connection go and raise TransientError; in a transaction leave both to who opened it."""
    try:
        yield
    except _AWAY as error:
        if connections[alias].in_atomic_block:
            raise
        connections[alias].close()
        raise TransientError(f"the database is away: {error}") from error


class DjangoStore(Leases):
    """See the module. Each thread uses its own connection."""

    def __init__(self, alias: str = "default", worker_pid: int = 0) -> None:
        self._alias = alias
        self._pid = worker_pid

    def transact(self, work: Callable[[Tx], T]) -> T:
        """Do work in one transaction, or in the one that is open on this thread."""
        connection = connections[self._alias]
        if connection.in_atomic_block:
            connection.ensure_connection()
            return work(SqlTx(_sql(connection)))
        for tried in range(TRIES):
            try:
                with _transaction(connection) as sql:
                    return work(SqlTx(sql))
            except _MEET:
                time.sleep(_chance.uniform(0.001, 0.01) * 2**tried)
            except _AWAY as error:
                connection.close()
                raise TransientError(f"the database is away: {error}") from error
        raise TransientError("writers kept meeting at the same run; send the same again")

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call once the open transaction of this thread is committed; at once when there is none."""
        # What fails after the commit is logged: the commit stands, and the sweep does what was left undone.
        transaction.on_commit(call, using=self._alias, robust=True)

    def close(self) -> None:
        """Close this thread's connection."""
        connections[self._alias].close()

    @contextmanager
    def looking(self, run_id: RunId) -> Iterator[Shelf]:
        """Read steps of a run as they are from moment to moment, locking nothing."""
        with reading(self._alias):
            yield RunShelf(_sql(self._connected()), run_id)

    def artifact(self, ref: str) -> Json:
        """Return a large value."""
        found = self._read("SELECT content FROM orchestrator_artifact WHERE hash = ?", [ref])
        if not found:
            raise BrokenError(f"the large value {ref} is missing from the database")
        return codec.loads(found[0][0])

    def result_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the outputs of a step's succeeded children as JSON texts, by path."""
        found = self._read(
            "SELECT s.path, coalesce(a.content, s.output) FROM orchestrator_step s "
            "LEFT JOIN orchestrator_artifact a ON s.output_ref <> '' AND a.hash = s.output_ref "
            "WHERE s.run_id = ? AND s.parent = ? AND s.status = 'succeeded'",
            [run_id, parent],
        )
        return {row[0]: row[1] or "null" for row in found}

    def accepted(self, run_id: str, paths: Sequence[str], limit: int) -> list[Accepted]:
        """Return what reviews at these paths let out in the latest succeeded runs of the same workflow and team."""
        return reviews.accepted(self._read, run_id, paths, limit)

    def item_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the items of a map as JSON texts, by path."""
        statement = "SELECT path, item FROM orchestrator_step WHERE run_id = ? AND parent = ?"
        return {row[0]: row[1] or "null" for row in self._read(statement, [run_id, parent])}

    def bound(self, run_id: RunId) -> dict[str, int]:
        """Return the versions of agents that a run is bound to."""
        found = self._read("SELECT agents FROM orchestrator_run WHERE id = ?", [run_id])
        return dict(rows.json_value(found[0][0]) or {}) if found else {}

    def exists(self, run_id: RunId) -> bool:
        """Tell whether there is such a run."""
        return bool(self._read("SELECT 1 FROM orchestrator_run WHERE id = ?", [run_id]))

    def asked_for(self, run_id: RunId) -> tuple[str, Json, str]:
        """Return what a run was started with, as `StartRequest.asked` does."""
        statement = "SELECT workflow, input, forked_as FROM orchestrator_run WHERE id = ?"
        workflow, given, forked_as = self._read(statement, [run_id])[0]
        return workflow, codec.loads(given) if given else None, forked_as

    def waiting_mail(self, limit: int = 100) -> list[RunId]:
        """Return runs whose mailbox has something to consider."""
        found = self._read("SELECT DISTINCT run_id FROM orchestrator_message WHERE problem = '' LIMIT ?", [limit])
        return [RunId(row[0]) for row in found]

    def waiting_mail_of(self, run_ids: Sequence[RunId]) -> list[RunId]:
        """Return those of some runs whose mailbox has something to consider."""
        if not run_ids:
            return []
        statement = "SELECT DISTINCT run_id FROM orchestrator_message WHERE problem = '' AND run_id IN"
        return [RunId(row[0]) for row in self._ask(lambda sql: sql.read_in(statement, run_ids, ""))]

    def read_in(self, statement: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Return the rows of a query that ends with IN, outside a transaction."""
        return self._ask(lambda sql: sql.read_in(statement, values, ""))

    def due_timers(self, limit: int = 500) -> list[Mail]:
        """Return the wake-ups that are due; each goes away when its step has considered it."""
        found = self._read(
            "SELECT id, run_id, path, name FROM orchestrator_timer WHERE due_at <= ? ORDER BY due_at LIMIT ?",
            [self._now(), limit],
        )
        return [
            Mail(id=row[0], run_id=RunId(row[1]), message=WakeStep(path=StepPath(row[2]), timer=row[3]))
            for row in found
        ]

    def drop_timers(self, tx: Tx, ids: Sequence[int]) -> set[int]:
        """Remove timers in a transaction; return those that were still there."""
        statement = "DELETE FROM orchestrator_timer WHERE id = ? RETURNING id"
        return {row[0] for one in ids for row in sql_of(tx).read(statement, [one])}

    def ready(self) -> dict[Lane, int]:
        """Return how many attempts of each lane could be claimed now."""
        found = self._read(
            "SELECT lane, count(*) FROM orchestrator_queue "
            "WHERE worker IS NULL AND NOT held AND ready_at <= ? GROUP BY lane",
            [self._now()],
        )
        return {Lane(row[0]): row[1] for row in found}

    def next_moment(self) -> float | None:
        """Return when the next timer or held-back attempt is due."""
        found = self._read(
            "SELECT min(at) FROM (SELECT min(due_at) AS at FROM orchestrator_timer UNION ALL "
            "SELECT min(ready_at) FROM orchestrator_queue "
            "WHERE worker IS NULL AND NOT held AND ready_at > ?) AS moments",
            [self._now()],
        )
        return None if found[0][0] is None else found[0][0] / 1e6

    def now(self) -> float:
        """Return the database's time, in seconds since 1970."""
        return self._ask(lambda sql: sql.clock())

    def read(self, statement: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Return the rows of a query, outside a transaction; raises TransientError."""
        return self._read(statement, values)

    def _now(self) -> int:
        return round(self.now() * 1e6)

    def _read(self, statement: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        return self._ask(lambda sql: sql.read(statement, values))

    def _ask(self, ask: Callable[[Sql], T]) -> T:
        """Ask outside a transaction; a connection that has broken is let go."""
        with reading(self._alias):
            return ask(_sql(self._connected()))

    def _connected(self) -> Any:
        connection = connections[self._alias]
        try:
            connection.ensure_connection()
        except Exception as error:
            raise TransientError(f"the database is away: {error}") from error
        return connection


def _sql(connection: Any) -> Sql:
    raw = connection.connection
    return SqliteSql(raw) if connection.vendor == "sqlite" else PostgresSql(raw)


@contextmanager
def _transaction(connection: Any) -> Iterator[Sql]:
    connection.ensure_connection()
    raw = connection.connection
    if connection.vendor != "sqlite":
        raw.prepare_threshold = PREPARE_AFTER
        with raw.pipeline(), raw.transaction():
            yield PostgresSql(raw)
        return
    _begin(raw)
    try:
        yield SqliteSql(raw)
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:  # some failures, such as a full disk, have rolled it back already
            raw.execute("ROLLBACK")
        raise


def _begin(raw: sqlite3.Connection) -> None:
    """Take the write lock with short, uneven waits: SQLite's own waiting is unfair and sleeps long."""
    until = time.monotonic() + BUSY_SECONDS
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise TransientError(f"the database is busy: {error}") from error
                time.sleep(_chance.uniform(0.001, 0.003))
    finally:
        raw.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
