"""Breakers in the database: every change is made under the lock of the breaker's row, so all workers agree.

Those that are not closed are read once a second a process, so that a healthy agent costs neither a query nor a write.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.engine.ports import Claim, Hints, Tx
from orchestrator.reliability import breaker as logic
from orchestrator.reliability.breaker import Breaker, Counts, Rule, State
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of
from orchestrator.store.view import View

VIEW_SECONDS = 1.0
"""How old what a process knows of breakers may be."""
LOOKED = 50
"""Latest attempts that are counted."""
COLUMNS = "state, since, until, streak, passed, by_hand, why, probe_run"
LIVE_PROBES = (
    "EXISTS (SELECT 1 FROM orchestrator_queue q WHERE q.run_id = orchestrator_breakerprobe.run_id "
    "AND q.path = orchestrator_breakerprobe.path AND q.fence = orchestrator_breakerprobe.fence "
    "AND q.worker IS NOT NULL)"
)
Decide = Callable[[Breaker, float], Breaker]
log = logging.getLogger("signalbox.breakers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who changed a breaker by hand; nobody by default."""

    actor: str = ""
    name: str = ""


NOBODY = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a breaker said to an attempt."""

    breaker: Breaker
    passes: bool
    is_probe: bool = False


class Breakers:
    """See the module."""

    def __init__(self, store: DjangoStore, hints: Hints, dice: Callable[[], float], rule: Rule | None = None) -> None:
        """Begin knowing nothing; the first question reads."""
        self.rule = rule or Rule()
        self._store, self._hints, self._dice = store, hints, dice
        self._view: View[dict[str, Breaker]] = View(self._not_closed, VIEW_SECONDS, {}, log)
        self._ahead = 0.0

    def seen(self, key: str) -> Breaker | None:
        """Return a breaker as it was within the last second; None while it is closed."""
        return self._view.now().get(key)

    def now(self) -> float:
        """Return about the database's time without asking it, in seconds since 1970."""
        return time.monotonic() + self._ahead

    def ask(self, key: str, claim: Claim, *, has_probe: bool) -> Asked:
        """Let an attempt pass a breaker that seems not to be closed, as a probe where one is wanted.

        `has_probe`: a saved example probes this agent, so its work waits until that is over.
        """

        def work(tx: Tx) -> Asked:
            sql = sql_of(tx)
            before, probe_run = _locked(sql, key, tx.now())
            if has_probe and probe_run != claim.run_id and not _probes(sql, claim.run_id):
                return Asked(breaker=before, passes=before.state == State.CLOSED)
            after = logic.looked_at(before, tx.now())
            _write(sql, key, before, after, tx.now(), NOBODY)
            if after.state == State.CLOSED:
                return Asked(breaker=after, passes=True)
            passes = _is_probe(sql, key, claim) or logic.free_probes(after, _at_work(sql, key), self.rule) > 0
            if passes:
                sql.run(
                    "INSERT INTO orchestrator_breakerprobe (key, run_id, path, fence, at) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (key, fence) DO NOTHING",
                    [key, claim.run_id, claim.path, claim.fence, round(tx.now() * 1e6)],
                )
            return Asked(breaker=after, passes=passes, is_probe=passes)

        known = self._view.latest.get(key)
        asked = self._store.transact(work)
        self._changed(key, known or Breaker(), asked.breaker)
        return asked

    def probed_by(self, claim: Claim) -> list[str]:
        """Return which breakers an attempt is a probe of."""
        statement = "SELECT key FROM orchestrator_breakerprobe WHERE fence = ? ORDER BY key"
        return [row[0] for row in self._store.read(statement, [claim.fence])]

    def settle(self, key: str, claim: Claim, is_good: bool | None, why: str) -> None:
        """Note how a probe ended; None says nothing, and another one may take its place."""

        def work(tx: Tx) -> tuple[Breaker, Breaker]:
            sql = sql_of(tx)
            before, _ = _locked(sql, key, tx.now())
            statement = "DELETE FROM orchestrator_breakerprobe WHERE key = ? AND fence = ? RETURNING 1"
            if not sql.read(statement, [key, claim.fence]) or is_good is None:
                return before, before
            after = logic.probed(before, is_good, why, tx.now(), self._dice(), self.rule)
            _write(sql, key, before, after, tx.now(), NOBODY)
            return before, after

        before, after = self._store.transact(work)
        self._changed(key, before, after)
        if after.state == State.HALF_OPEN:
            self._wake(key, 1)

    def fail(self, key: str, agents: Sequence[str], kinds: Sequence[str], why: str) -> None:
        """Count a failure that is not recorded yet; only one that is too many writes anything."""
        now = self._store.now()
        counts = self._counts(key, agents, kinds, now)
        if logic.failed(Breaker(), counts, why, now, 0.0, self.rule).state != State.CLOSED:
            self.failed(key, counts, why)

    def failed(self, key: str, counts: Counts, why: str) -> None:
        """Open it if there are too many failures, the last for this reason."""
        self.change(key, lambda one, at: logic.failed(one, counts, why, at, self._dice(), self.rule))

    def pause(self, key: str, seconds: float, why: str) -> None:
        """Open it for as long as whoever is asked wants to be left alone."""
        self.change(key, lambda one, at: logic.paused(one, seconds, why, at))

    def change(self, key: str, decide: Decide, who: Who = NOBODY) -> Breaker:
        """Change a breaker as something decides that sees it as it is and the time, in seconds; return it."""

        def work(tx: Tx) -> tuple[Breaker, Breaker]:
            before, _ = _locked(sql_of(tx), key, tx.now())
            after = decide(before, tx.now())
            _write(sql_of(tx), key, before, after, tx.now(), who)
            return before, after

        before, after = self._store.transact(work)
        self._store.after_commit(lambda: self._changed(key, before, after))
        return after

    def probe(self, key: str, before_run: str, begin: Callable[[str], str]) -> bool:
        """Begin a run that probes it, if it is time and none does; in an open transaction. Tell whether one began.

        `before_run` is the run that probed it last, as the caller knows it; `begin` takes a word that no other has.
        """

        def work(tx: Tx) -> tuple[Breaker, Breaker] | None:
            sql = sql_of(tx)
            before, probe_run = _locked(sql, key, tx.now())
            after = logic.looked_at(before, tx.now())
            if probe_run != before_run or not logic.free_probes(after, _at_work(sql, key), self.rule):
                return None
            run_id = begin(f"{round(after.since * 1e6)}.{after.passed}")
            _write(sql, key, before, after, tx.now(), NOBODY)
            sql.run("UPDATE orchestrator_breaker SET probe_run = ? WHERE key = ?", [run_id, key])
            return before, after

        found = self._store.transact(work)
        if found is not None:
            self._store.after_commit(lambda: self._changed(key, *found))
        return found is not None

    def probe_failed(self, key: str, why: str) -> None:
        """Open it again, because a run that was to probe it came to nothing."""

        def decide(one: Breaker, now: float) -> Breaker:
            return logic.probed(logic.looked_at(one, now), False, why, now, self._dice(), self.rule)

        self.change(key, decide)

    def sweep(self) -> int:
        """Wake as many as may probe what has been open for long enough; return how many."""
        statement = f"SELECT key, {COLUMNS} FROM orchestrator_breaker WHERE state <> 'closed'"
        found = self._store.read(statement, [])
        woken = 0
        for key, *row in found:
            if row[7]:
                continue  # a run of an example probes it
            one = logic.looked_at(_breaker(row), self._store.now())
            statement = f"SELECT count(*) FROM orchestrator_breakerprobe WHERE key = ? AND {LIVE_PROBES}"
            at_work = self._store.read(statement, [key])[0][0] if one.state == State.HALF_OPEN else 0
            free = logic.free_probes(one, at_work, self.rule)
            woken += self._wake(key, free) if free else 0
        return woken

    def _not_closed(self) -> dict[str, Breaker]:
        statement = f"SELECT key, {COLUMNS} FROM orchestrator_breaker WHERE state <> 'closed'"
        found = self._store.read(statement, [])
        if found:
            self._ahead = self._store.now() - time.monotonic()
        return {key: _breaker(row) for key, *row in found}

    def _counts(self, key: str, agents: Sequence[str], kinds: Sequence[str], now: float) -> Counts:
        """Count what is recorded since the breaker was last closed, and the one that is not yet."""
        closed = self._store.read("SELECT since FROM orchestrator_breaker WHERE key = ?", [key])
        since = max(round((now - self.rule.row_seconds) * 1e6), closed[0][0] if closed else 0)
        marks = ", ".join("?" for _ in kinds)
        statement = (  # each agent's latest by its index
            "SELECT status, ended_at FROM orchestrator_attempt WHERE agent = ? AND ended_at > ? "
            f"AND (status = 'succeeded' OR failure IN ({marks})) ORDER BY ended_at DESC LIMIT {LOOKED}"
        )
        rows = [row for agent in agents for row in self._store.read(statement, [agent, since, *kinds])]
        good = [(status == "succeeded", at) for status, at in sorted(rows, key=lambda row: -row[1])]
        first_good = next((place for place, (is_good, _) in enumerate(good) if is_good), len(good))
        recent = [is_good for is_good, at in good if at > (now - self.rule.window_seconds) * 1e6]
        return Counts(calls=len(recent) + 1, failures=recent.count(False) + 1, row=first_good + 1)

    def _changed(self, key: str, before: Breaker, after: Breaker) -> None:
        """Know it at once here, tell who watches, and let go on who waited."""
        if after.state == State.CLOSED:
            self._view.latest.pop(key, None)
        else:
            self._view.latest[key] = after
        if (after.state, after.until, after.by_hand) == (before.state, before.until, before.by_hand):
            return
        log.warning("breaker %s is %s: %s", key, after.state.value, after.why)
        self._hints.tell({"agents": 0})
        if after.state == State.CLOSED:
            self._wake(key, None)

    def _wake(self, key: str, most: int | None) -> int:
        lanes = self._store.wake(waits_key(key), most)
        if lanes:
            self._hints.ring(lanes)
        return sum(lanes.values())


def waits_key(key: str) -> str:
    """Return what an attempt waits for that a breaker does not let through."""
    return f"breaker:{key}"


def _locked(sql: Sql, key: str, now: float) -> tuple[Breaker, str]:
    """Return a breaker with its row locked, and the run that probes it."""
    statement = (
        "INSERT INTO orchestrator_breaker (key, state, since, streak, passed, by_hand, why, probe_run, version) "
        "VALUES (?, 'closed', ?, 0, 0, ?, '', '', 0) "
        f"ON CONFLICT (key) DO UPDATE SET version = orchestrator_breaker.version + 1 RETURNING {COLUMNS}"
    )
    row = sql.read(statement, [key, 0, False])[0]
    return _breaker(row), row[7]


def _probes(sql: Sql, run_id: str) -> bool:
    """Tell whether a run probes another breaker than the one that is asked."""
    return bool(sql.read("SELECT 1 FROM orchestrator_breaker WHERE probe_run = ?", [run_id]))


def _write(sql: Sql, key: str, before: Breaker, after: Breaker, now: float, who: Who) -> None:
    if after == before:
        return
    until = None if after.until is None else round(after.until * 1e6)
    sql.run(
        "UPDATE orchestrator_breaker SET state = ?, since = ?, until = ?, streak = ?, passed = ?, by_hand = ?, "
        "why = ?, probe_run = CASE WHEN ? = 'half_open' THEN probe_run ELSE '' END WHERE key = ?",
        [after.state.value, round(after.since * 1e6), until, after.streak, after.passed, after.by_hand, after.why,
         after.state.value, key],
    )  # fmt: skip
    if after.state != State.HALF_OPEN or before.state != State.HALF_OPEN:
        sql.run("DELETE FROM orchestrator_breakerprobe WHERE key = ?", [key])
    if (after.state, after.until, after.by_hand) != (before.state, before.until, before.by_hand) or who.actor:
        sql.run(
            "INSERT INTO orchestrator_breakerchange (key, was, state, until, why, actor, actor_name, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [key, before.state.value, after.state.value, until, after.why, who.actor, who.name, round(now * 1e6)],
        )


def _is_probe(sql: Sql, key: str, claim: Claim) -> bool:
    return bool(sql.read("SELECT 1 FROM orchestrator_breakerprobe WHERE key = ? AND fence = ?", [key, claim.fence]))


def _at_work(sql: Sql, key: str) -> int:
    """Count the probes whose claims are still good; those of the dead go away."""
    sql.run(f"DELETE FROM orchestrator_breakerprobe WHERE key = ? AND NOT {LIVE_PROBES}", [key])
    return int(sql.read("SELECT count(*) FROM orchestrator_breakerprobe WHERE key = ?", [key])[0][0])


def _breaker(row: Sequence[Any]) -> Breaker:
    state, since, until, streak, passed, by_hand, why = row[:7]
    return Breaker(
        state=State(state), since=since / 1e6, until=None if until is None else until / 1e6, streak=streak,
        passed=passed, by_hand=bool(by_hand), why=why,
    )  # fmt: skip
