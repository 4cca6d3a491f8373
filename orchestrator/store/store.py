"""The store on Django's connections: transactions, leases, and what is due."""

from __future__ import annotations

import random
import socket
import sqlite3
import time
from collections import Counter
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
from orchestrator.core.outcomes import Json, Waits
from orchestrator.engine.comparing import Accepted
from orchestrator.engine.ports import PARKED, Claim, Lost, Mail, Tx
from orchestrator.store import reviews
from orchestrator.store.postgres import PostgresSql
from orchestrator.store.shelf import RunShelf
from orchestrator.store.sql import Sql
from orchestrator.store.sqlite import SqliteSql
from orchestrator.store.tx import SqlTx

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


class DjangoStore:
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

    def beat(self, worker: str, lease_seconds: float, slots: int = 0) -> None:
        """Extend a worker's lease, making its row when there is none."""

        def write(tx: Tx) -> None:
            now, sql = round(tx.now() * 1e6), sql_of(tx)
            until = now + round(lease_seconds * 1e6)
            sql.run(
                "INSERT INTO orchestrator_worker (id, host, pid, slots, started_at, lease_until) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until",
                [worker, socket.gethostname(), self._pid, slots, now, until],
            )

        self.transact(write)

    def retire(self, worker: str) -> None:
        """Give a worker's claims back and forget it: it ends in good order."""

        def write(tx: Tx) -> None:
            sql_of(tx).run(
                "UPDATE orchestrator_queue SET worker = NULL, fence = NULL, claimed_at = NULL WHERE worker = ?",
                [worker],
            )
            sql_of(tx).run("DELETE FROM orchestrator_worker WHERE id = ?", [worker])

        self.transact(write)

    def release(self, worker: str, fences: Sequence[str]) -> None:
        """Give some of a worker's claims back."""

        def write(tx: Tx) -> None:
            for fence in fences:
                sql_of(tx).run(
                    "UPDATE orchestrator_queue SET worker = NULL, fence = NULL, claimed_at = NULL "
                    "WHERE worker = ? AND fence = ?",
                    [worker, fence],
                )

        self.transact(write)

    def put_back(self, claim: Claim, waits: Waits) -> None:
        """Give a claim back until what it waits for is there; without effect when it was taken away."""

        def write(tx: Tx) -> None:
            sql_of(tx).run(
                "UPDATE orchestrator_queue SET worker = NULL, fence = NULL, claimed_at = NULL, ready_at = ?, "
                "waits_for = ?, waits_why = ? WHERE run_id = ? AND path = ? AND fence = ?",
                [round((tx.now() + waits.seconds) * 1e6), waits.key, waits.reason, claim.run_id, claim.path,
                 claim.fence],
            )  # fmt: skip

        self.transact(write)

    def park(self, claim: Claim, seconds: float) -> None:
        """Let somebody else report a claim, under the same fence, within some time."""

        def write(tx: Tx) -> None:
            until = round((tx.now() + seconds) * 1e6)
            statement = "UPDATE orchestrator_queue SET worker = ?, parked_until = ? WHERE run_id = ? AND path = ?"
            sql_of(tx).run(f"{statement} AND fence = ?", [PARKED, until, claim.run_id, claim.path, claim.fence])

        self.transact(write)

    def wake(self, key: str, most: int | None = None) -> dict[Lane, int]:
        """Make due what waits for something, the longest first; return how many of each lane."""
        statement = (
            "UPDATE orchestrator_queue SET ready_at = ?, waits_for = '', waits_why = '' WHERE id IN "
            "(SELECT id FROM orchestrator_queue WHERE waits_for = ? AND worker IS NULL ORDER BY id LIMIT ?) "
            "RETURNING lane"
        )
        limit = most if most is not None else 1_000_000
        found = self.transact(lambda tx: sql_of(tx).read(statement, [round(tx.now() * 1e6), key, limit]))
        return {Lane(lane): count for lane, count in Counter(row[0] for row in found).items()}

    def held(self, worker: str) -> set[str]:
        """Return the fences a worker still holds."""
        return {row[0] for row in self._read("SELECT fence FROM orchestrator_queue WHERE worker = ?", [worker])}

    def lost(self, limit: int = 200) -> list[Lost]:
        """Return attempts whose worker's lease has run out."""
        return self._orphans("queue", limit)

    def _orphans(self, table: str, limit: int) -> list[Lost]:
        over, values = "(w.id IS NULL OR w.lease_until < ?)", [self._now()]
        if table == "queue":  # what is parked has no worker, but a time of its own
            over = f"CASE WHEN q.parked_until IS NULL THEN {over} ELSE q.parked_until < ? END"
            values *= 2
        found = self._read(
            f"SELECT q.run_id, q.path, q.attempt, q.fence, q.worker FROM orchestrator_{table} q "
            "LEFT JOIN orchestrator_worker w ON w.id = q.worker "
            f"WHERE q.worker IS NOT NULL AND {over} LIMIT ?",
            [*values, limit],
        )
        return [
            Lost(run_id=RunId(row[0]), path=StepPath(row[1]), attempt=row[2], fence=row[3], worker=row[4])
            for row in found
        ]

    def lost_stops(self, limit: int = 200) -> list[Lost]:
        """Return given-up attempts whose worker is gone before it could say how they ended."""
        return self._orphans("stopping", limit)

    def expire_all(self) -> int:
        """End every worker's lease at once; return how many there were."""
        return len(self.transact(lambda tx: sql_of(tx).read("DELETE FROM orchestrator_worker RETURNING id", [])))

    def forget_dead_workers(self) -> None:
        """Remove workers whose lease ran out and that hold nothing any more."""
        if self._read("SELECT 1 FROM orchestrator_worker WHERE lease_until < ? LIMIT 1", [self._now()]):
            statement = (
                "DELETE FROM orchestrator_worker WHERE lease_until < ? AND NOT EXISTS "
                "(SELECT 1 FROM orchestrator_queue q WHERE q.worker = orchestrator_worker.id)"
            )
            self.transact(lambda tx: sql_of(tx).run(statement, [self._now()]))

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


def sql_of(tx: Tx) -> Sql:
    """Return the dialect of a transaction of this store."""
    assert isinstance(tx, SqlTx)
    return tx.sql


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
