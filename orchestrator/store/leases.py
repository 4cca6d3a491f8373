"""Who holds what: leases of workers, their claims, and claims that wait or are parked."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Waits
from orchestrator.engine.ports import PARKED, REMOTE, UNREPORTED, Claim, Lost, Tx
from orchestrator.store.tx import sql_of

T = TypeVar("T")
AWAY_SECONDS = 30.0
"""What those who work elsewhere have to come back in, after we were away; and to say that given-up work has ended."""


class Leases(ABC):
    """A part of the store, which gives it its transactions."""

    _pid: int

    @abstractmethod
    def transact(self, work: Callable[[Tx], T]) -> T:
        """Do work in one transaction."""

    @abstractmethod
    def _now(self) -> int: ...

    @abstractmethod
    def _read(self, statement: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]: ...

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
        self.transact(lambda tx: put_back(tx, claim, waits))

    def park(self, claim: Claim, seconds: float) -> None:
        """Let somebody else report a claim, under the same fence, within some time."""

        def write(tx: Tx) -> None:
            until = round((tx.now() + seconds) * 1e6)
            statement = "UPDATE orchestrator_queue SET worker = ?, parked_until = ? WHERE run_id = ? AND path = ?"
            sql_of(tx).run(f"{statement} AND fence = ?", [PARKED, until, claim.run_id, claim.path, claim.fence])

        self.transact(write)

    def wake(self, key: str, most: int | None = None) -> dict[Lane, int]:
        """Make due what waits for something, the longest first and those on hold last; return how many of each lane."""
        statement = (
            "UPDATE orchestrator_queue SET ready_at = coalesce(waits_since, ?), waits_for = '', waits_why = '' "
            "WHERE id IN (SELECT id FROM orchestrator_queue WHERE waits_for = ? AND worker IS NULL ORDER BY held, id "
            "LIMIT ?) RETURNING lane"
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
        over, values, parked = "(w.id IS NULL OR w.lease_until < ?)", [self._now()], "NULL"
        if table == "queue":  # what is parked has no worker, but a time of its own
            over = f"CASE WHEN q.parked_until IS NULL THEN {over} ELSE q.parked_until < ? END"
            values, parked = values * 2, "q.parked_until"
        else:  # who works elsewhere has no lease of a worker, and a while to say that it has ended
            over = f"CASE WHEN q.worker LIKE '{REMOTE}%' THEN q.asked_at < ? ELSE {over} END"
            values = [values[0] - round(AWAY_SECONDS * 1e6), *values]
        found = self._read(
            f"SELECT q.run_id, q.path, q.attempt, q.fence, q.worker, {parked} FROM orchestrator_{table} q "
            "LEFT JOIN orchestrator_worker w ON w.id = q.worker "
            f"WHERE q.worker IS NOT NULL AND {over} LIMIT ?",
            [*values, limit],
        )
        return [
            Lost(
                run_id=RunId(row[0]),
                path=StepPath(row[1]),
                attempt=row[2],
                fence=row[3],
                worker=row[4],
                reason="" if row[5] is None else UNREPORTED,
            )
            for row in found
        ]

    def lost_stops(self, limit: int = 200) -> list[Lost]:
        """Return given-up attempts whose worker is gone before it could say how they ended."""
        return self._orphans("stopping", limit)

    def expire_all(self) -> int:
        """End every worker's lease at once; return how many there were.

        Who does work elsewhere could not reach us meanwhile, and gets a while to do so.
        """

        def write(tx: Tx) -> int:
            until = round((tx.now() + AWAY_SECONDS) * 1e6)
            later = "UPDATE orchestrator_queue SET parked_until = ? WHERE worker IS NOT NULL AND parked_until < ?"
            sql_of(tx).run(later, [until, until])
            return len(sql_of(tx).read("DELETE FROM orchestrator_worker RETURNING id", []))

        return self.transact(write)

    def forget_dead_workers(self) -> None:
        """Remove workers whose lease ran out and that hold nothing any more."""
        if self._read("SELECT 1 FROM orchestrator_worker WHERE lease_until < ? LIMIT 1", [self._now()]):
            statement = (
                "DELETE FROM orchestrator_worker WHERE lease_until < ? AND NOT EXISTS "
                "(SELECT 1 FROM orchestrator_queue q WHERE q.worker = orchestrator_worker.id)"
            )
            self.transact(lambda tx: sql_of(tx).run(statement, [self._now()]))


def put_back(tx: Tx, claim: Claim, waits: Waits) -> None:
    """Give a claim back within a transaction, as `Leases.put_back` does."""
    sql_of(tx).run(
        "UPDATE orchestrator_queue SET worker = NULL, fence = NULL, claimed_at = NULL, ready_at = ?, "
        "waits_for = ?, waits_why = ?, waits_since = coalesce(waits_since, ?) "
        "WHERE run_id = ? AND path = ? AND fence = ?",
        [round((tx.now() + waits.seconds) * 1e6), waits.key, waits.reason, round(tx.now() * 1e6), claim.run_id,
         claim.path, claim.fence],
    )  # fmt: skip
