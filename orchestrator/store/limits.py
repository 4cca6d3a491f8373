"""Limits in the database: taken under the lock of their rows, given back by leaving or by dying (C4).

What counts as at work is what is in the queue under a good fence, so there is no counter to be repaired after a crash.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from orchestrator.core.agents import Lane
from orchestrator.core.dependencies import agent_key, keys_of, workflow_key
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Outcome, Parked, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim, Hints, Tx
from orchestrator.reliability import limits as logic
from orchestrator.reliability.limits import Limit
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

ALL = "all"
"""Key of the limit over all agents."""
PREFIX = "limit:"
LIVE = (
    "EXISTS (SELECT 1 FROM orchestrator_queue q WHERE q.run_id = orchestrator_limituse.run_id "
    "AND q.path = orchestrator_limituse.path AND q.fence = orchestrator_limituse.fence AND q.worker IS NOT NULL)"
)
SLEEPERS = "waits_for = ? AND worker IS NULL AND NOT held AND ready_at > ?"
AWAKE = "waits_for = ? AND NOT held AND (worker IS NOT NULL OR ready_at <= ?)"
log = logging.getLogger("signalbox.limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The queue row of the attempt that asks."""

    id: int
    priority: int
    lane: str
    waited: bool


class LimitDoor:
    """See the module. `configured` are the operator's limits by key; an agent's own are in its contract.

    `of_workflow` gives what the workflow of a claim says in its file.
    """

    def __init__(
        self, store: DjangoStore, hints: Hints, configured: Mapping[str, Limit],
        of_workflow: Callable[[Claim], Mapping[str, float]] = lambda claim: {},
    ) -> None:  # fmt: skip
        """Begin with nothing taken."""
        self._store, self._hints, self._configured, self._of_workflow = store, hints, configured, of_workflow
        self._taken: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def admit(self, entry: Entry) -> Outcome | None:
        """Take all that limits this agent, or nothing and wait: whoever has waited longer goes first."""
        wanted = self._wanted(entry)
        if not wanted:
            return None
        waits = self._store.transact(lambda tx: _take(tx, entry, wanted))
        if waits is None and not entry.is_elsewhere:
            with self._lock:
                self._taken[entry.claim.fence] = tuple(sorted(wanted))
        return waits

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Give back what was taken and wake who waits longest; a parked attempt is still at work, elsewhere."""
        with self._lock:
            keys = self._taken.pop(entry.claim.fence, ())
        if entry.is_elsewhere:
            keys = tuple(sorted(self._wanted(entry)))
        if not keys or isinstance(outcome, Parked):
            return
        try:
            self._ring(self._store.transact(lambda tx: _give_back(tx, entry.claim, keys)))
        except TransientError as error:
            log.warning("a limit is given back with its claim: %s", error, extra=entry.claim.names)

    def sweep(self) -> int:
        """Wake who waits though there is room, because a worker died or a time has passed; return how many."""
        statement = "SELECT DISTINCT waits_for FROM orchestrator_queue WHERE waits_for <> '' AND worker IS NULL"
        found = [row[0] for row in self._store.read(statement, []) if row[0].startswith(PREFIX)]
        keys = sorted(key.removeprefix(PREFIX) for key in found)
        return self._ring([lane for key in keys for lane in self._store.transact(partial(_wake, key=key))])

    def _wanted(self, entry: Entry) -> dict[str, Limit]:
        spec, claim = entry.spec, entry.claim
        workflows = self._of_workflow(claim)
        if not (spec.limits or self._configured or workflows):
            return {}
        agent, workflow = agent_key(spec.name), workflow_key(claim.workflow)
        found = {key: self._configured.get(key, Limit()) for key in (*keys_of(spec), workflow, ALL)}
        for key, own in ((agent, spec.limits), (workflow, workflows)):
            found[key] = logic.stricter(found[key], logic.limit_of(own))
        return {key: limit for key, limit in found.items() if not limit.is_none}

    def _ring(self, lanes: Sequence[str]) -> int:
        if lanes:
            self._hints.ring({Lane(lane): count for lane, count in Counter(lanes).items()})
        return len(lanes)


def _take(tx: Tx, entry: Entry, wanted: Mapping[str, Limit]) -> Waits | None:
    sql, claim = sql_of(tx), entry.claim
    for key in sorted(wanted):
        _lock(sql, key, wanted[key])
    if entry.is_elsewhere and _has(sql, sorted(wanted)[0], claim):
        return None  # it was let in, but never heard of it
    now = tx.now()
    own = _own(sql, claim)
    if own is None:
        return Waits(key="", seconds=1.0, reason="its claim was taken away")
    for key in sorted(wanted):
        limit = wanted[key]
        _forget(sql, key, limit, now)
        at_work, begun = _used(sql, key, limit, now)
        seconds = logic.wait(limit, at_work, begun, _ahead(sql, key, own), now)
        if seconds is not None:
            return Waits(key=PREFIX + key, seconds=seconds, reason=logic.said(key, limit, at_work))
    for key in wanted:
        sql.run(
            "INSERT INTO orchestrator_limituse (key, run_id, path, fence, at) VALUES (?, ?, ?, ?, ?)",
            [key, claim.run_id, claim.path, claim.fence, round(now * 1e6)],
        )
    if own.waited:
        sql.run("UPDATE orchestrator_queue SET waits_for = '', waits_why = '' WHERE id = ?", [own.id])
    return None


def _give_back(tx: Tx, claim: Claim, keys: Sequence[str]) -> list[str]:
    sql = sql_of(tx)
    for key in keys:
        sql.run("UPDATE orchestrator_limit SET version = version + 1 WHERE key = ?", [key])
    for key in keys:
        statement = "UPDATE orchestrator_limituse SET fence = '' WHERE key = ? AND fence = ?"
        sql.run(statement, [key, claim.fence])
    return [lane for key in keys for lane in _wake(tx, key)]


def _wake(tx: Tx, key: str) -> list[str]:
    """Make due as many of those that sleep as there is room for, the longest first; return their lanes.

    They keep what they wait for until they are let in, so that nobody who comes later takes their place.
    """
    sql, now = sql_of(tx), tx.now()
    found = sql.read(
        "UPDATE orchestrator_limit SET version = version + 1 WHERE key = ? RETURNING concurrency, calls, seconds", [key]
    )
    limit = Limit(concurrency=found[0][0], calls=found[0][1], seconds=found[0][2]) if found else Limit()
    room = logic.free(limit, *_used(sql, key, limit, now))
    moment, waits_for = round(now * 1e6), PREFIX + key
    awake = sql.read(f"SELECT count(*) FROM orchestrator_queue WHERE {AWAKE}", [waits_for, moment])[0][0]
    count = 1_000_000 if room is None else room - awake
    if count <= 0:
        return []
    woken = sql.read(
        "UPDATE orchestrator_queue SET ready_at = coalesce(waits_since, ?), waits_why = '' WHERE id IN "
        f"(SELECT id FROM orchestrator_queue WHERE {SLEEPERS} ORDER BY priority DESC, id LIMIT ?) RETURNING lane",
        [moment, waits_for, moment, count],
    )
    return [row[0] for row in woken]


def _lock(sql: Sql, key: str, limit: Limit) -> None:
    sql.run(
        "INSERT INTO orchestrator_limit (key, concurrency, calls, seconds, version) VALUES (?, ?, ?, ?, 0) "
        "ON CONFLICT (key) DO UPDATE SET version = orchestrator_limit.version + 1, "
        "concurrency = excluded.concurrency, calls = excluded.calls, seconds = excluded.seconds",
        [key, limit.concurrency, limit.calls, limit.seconds],
    )


def _has(sql: Sql, key: str, claim: Claim) -> bool:
    return bool(sql.read("SELECT 1 FROM orchestrator_limituse WHERE key = ? AND fence = ?", [key, claim.fence]))


def _own(sql: Sql, claim: Claim) -> Own | None:
    statement = (
        "SELECT id, priority, lane, waits_for FROM orchestrator_queue WHERE run_id = ? AND path = ? AND fence = ?"
    )
    found = sql.read(statement, [claim.run_id, claim.path, claim.fence])
    return Own(id=found[0][0], priority=found[0][1], lane=found[0][2], waited=found[0][3] != "") if found else None


def _ahead(sql: Sql, key: str, own: Own) -> int:
    """Count those of the same lane that have waited longer for it: other lanes' slots may all be taken."""
    statement = (
        "SELECT count(*) FROM orchestrator_queue WHERE waits_for = ? AND NOT held AND lane = ? AND id <> ? "
        "AND (priority > ? OR (priority = ? AND id < ?))"
    )
    values = [PREFIX + key, own.lane, own.id, own.priority, own.priority, own.id]
    return int(sql.read(statement, values)[0][0])


def _used(sql: Sql, key: str, limit: Limit, now: float) -> tuple[int, list[float]]:
    """Return how many are at work, and when those began that count for the rate, oldest first."""
    at_work = 0
    if limit.concurrency is not None:
        at_work = sql.read(f"SELECT count(*) FROM orchestrator_limituse WHERE key = ? AND {LIVE}", [key])[0][0]
    if limit.calls is None:
        return at_work, []
    since = round((now - limit.seconds) * 1e6)
    found = sql.read("SELECT at FROM orchestrator_limituse WHERE key = ? AND at > ? ORDER BY at", [key, since])
    return at_work, [row[0] / 1e6 for row in found]


def _forget(sql: Sql, key: str, limit: Limit, now: float) -> None:
    """Remove what neither is at work nor counts for the rate any more."""
    since = round((now - limit.seconds) * 1e6)
    sql.run(f"DELETE FROM orchestrator_limituse WHERE key = ? AND at <= ? AND NOT {LIVE}", [key, since])
