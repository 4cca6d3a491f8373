"""Paused agents in the database, and the door that keeps new work from them; what is at work goes on to its end.

Who is paused is read once a second a process, so that an agent that is not paused costs neither a query nor a write.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Failed, Failure, Outcome, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Hints, Tx
from orchestrator.store.standing_in import StandingIn
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of
from orchestrator.store.view import View

VIEW_SECONDS = 0.5
"""How old what a process knows of pauses may be."""
LOOK_SECONDS = 600.0
"""When an attempt that waits looks by itself; resuming its agent wakes it at once, and so does the sweep."""
PREFIX = "paused:"
log = logging.getLogger("signalbox.pauses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """That an agent is paused: by whom, and why."""

    by: str
    why: str

    def said(self, agent: str) -> str:
        """Say it in one sentence."""
        return f"agent {agent} is paused by {self.by}{f': {self.why}' if self.why else ''}"


def paused_key(agent: str) -> str:
    """Return what an attempt waits for whose agent is paused."""
    return PREFIX + agent


class Pauses:
    """See the module."""

    def __init__(self, store: DjangoStore, hints: Hints) -> None:
        """Begin knowing nothing; the first question reads."""
        self._store, self._hints = store, hints
        self._view: View[frozenset[str]] = View(self._paused, VIEW_SECONDS, frozenset(), log)

    def seems(self, agent: str) -> bool:
        """Tell whether an agent was paused within the last moment."""
        return agent in self._view.now()

    def _paused(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._store.read("SELECT agent FROM orchestrator_agentpause", []))

    def now(self, agent: str) -> Pause | None:
        """Return the pause of an agent as it is; None where it is not paused."""
        found = self._store.read("SELECT actor_name, why FROM orchestrator_agentpause WHERE agent = ?", [agent])
        return Pause(by=found[0][0], why=found[0][1]) if found else None

    def pause(self, agent: str, actor: str, name: str, why: str) -> None:
        """Keep new work from an agent; of one that is paused already only who did it and why changes."""

        def write(tx: Tx) -> None:
            sql_of(tx).run(
                "INSERT INTO orchestrator_agentpause (agent, why, actor, actor_name, at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (agent) DO UPDATE SET why = excluded.why, actor = excluded.actor, "
                "actor_name = excluded.actor_name",
                [agent, why, actor, name, round(tx.now() * 1e6)],
            )

        self._store.transact(write)
        self._store.after_commit(lambda: self._changed(f"agent {agent} is paused"))

    def resume(self, agent: str) -> bool:
        """Let work go to an agent again, what waited for it at once; tell whether it was paused."""
        statement = "DELETE FROM orchestrator_agentpause WHERE agent = ? RETURNING 1"
        if not self._store.transact(lambda tx: sql_of(tx).read(statement, [agent])):
            return False
        self._store.after_commit(lambda: self._resumed(agent))
        return True

    def sweep(self) -> int:
        """Wake what waits for an agent that is not paused: it was put back just after, by somebody who knew it late."""
        found = self._store.read(
            "SELECT DISTINCT waits_for FROM orchestrator_queue WHERE waits_for <> '' AND worker IS NULL "
            "AND substr(waits_for, 1, 7) = ? "
            "AND NOT EXISTS (SELECT 1 FROM orchestrator_agentpause p WHERE p.agent = substr(waits_for, 8))",
            [PREFIX],
        )
        return sum(self._wake(row[0]) for row in found)

    def _resumed(self, agent: str) -> None:
        self._changed(f"agent {agent} is resumed")
        self._wake(paused_key(agent))
        self._hints.follow()  # it pulls cards again

    def _changed(self, words: str) -> None:
        """Look anew here with the next attempt, and tell who watches."""
        self._view.forget()
        log.info(words)
        self._hints.tell({"agents": 0})

    def _wake(self, key: str) -> int:
        """Make due what waits, in its old place; how long it waited here is no reason to give it up at another door."""
        statement = (
            "UPDATE orchestrator_queue SET ready_at = coalesce(waits_since, ?), waits_since = NULL, waits_for = '', "
            "waits_why = '' WHERE waits_for = ? AND worker IS NULL RETURNING lane"
        )
        found = self._store.transact(lambda tx: sql_of(tx).read(statement, [round(tx.now() * 1e6), key]))
        lanes = {Lane(lane): count for lane, count in Counter(row[0] for row in found).items()}
        if lanes:
            self._hints.ring(lanes)
        return sum(lanes.values())


class PauseDoor:
    """Work for a paused agent goes to the next agent of its step, or waits in no slot until somebody resumes it.

    A degraded result is no substitute here: a pause is somebody's wish, and ends. Whoever has got an answer to what it
    asked was at work before, and goes on; so do trials, by which a paused agent is tried before it is resumed.
    """

    def __init__(self, pauses: Pauses, stands_in: StandingIn) -> None:
        self._pauses, self._stands_in = pauses, stands_in

    def admit(self, entry: Entry) -> Outcome | None:
        """Let it pass; or send it on, or have it wait."""
        claim = entry.claim
        if not self._pauses.seems(claim.agent) or entry.is_resumed:
            return None
        pause = self._pauses.now(claim.agent)
        if pause is None or self._stands_in.is_trial(claim):
            return None
        reason = pause.said(claim.agent)
        if self._stands_in.has_next(claim):
            return Failed(kind=Failure.TRIPPED, reason=reason)
        return Waits(key=paused_key(claim.agent), seconds=LOOK_SECONDS, reason=reason)

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Nothing was taken."""
