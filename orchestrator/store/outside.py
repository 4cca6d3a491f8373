"""Claims whose work is done elsewhere: leased by the names of agents, kept alive by heartbeats, found again by a token.

The lease of such a claim is the time in its own row: it outlives every process of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.engine.ports import PARKED, REMOTE, Claim, Tx
from orchestrator.store import rows
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

LATE_SECONDS = 5
"""How long after its time an attempt is held, so that who does it can say itself that it took too long."""
_HELD = """
SELECT q.run_id, q.path, q.attempt, q.agent, q.lane, q.timeout_seconds, q.fence, s.input, s.refs, r.agents,
  r.correlation_id, q.claimed_at, q.worker, r.team_id, q.parked_until, r.budgets, r.workflow, r.version
FROM orchestrator_queue q JOIN orchestrator_step s ON s.run_id = q.run_id AND s.path = q.path
JOIN orchestrator_run r ON r.id = q.run_id WHERE
"""
_HOLDING = f"{_HELD} q.run_id = ? AND q.path = ?"
_OVERDUE = f"{_HELD} q.worker = ? AND q.parked_until < ? ORDER BY q.parked_until LIMIT ?"
_END = f"""CASE WHEN {{began}} + (timeout_seconds + {LATE_SECONDS}) * 1000000 < ?
THEN CAST({{began}} + (timeout_seconds + {LATE_SECONDS}) * 1000000 AS bigint) ELSE ? END"""
_LEASE = """
WITH free AS (
  SELECT q.id FROM orchestrator_queue q WHERE q.worker IS NULL AND NOT q.held AND q.lane = 'remote'
  AND q.ready_at <= ? AND q.agent IN ({agents})
  AND EXISTS (SELECT 1 FROM orchestrator_run r WHERE r.id = q.run_id AND (r.team_id IS NULL OR r.team_id = ?))
  ORDER BY q.priority DESC, q.ready_at, q.id LIMIT 1 {skip}
)
UPDATE orchestrator_queue SET worker = ?, fence = ?, claimed_at = ?, parked_until = {end}
WHERE id IN (SELECT id FROM free) RETURNING run_id, path
"""
_EXTEND = f"""
UPDATE orchestrator_queue SET parked_until = {_END.format(began="claimed_at")}
WHERE run_id = ? AND path = ? AND fence = ? RETURNING parked_until
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A live attempt, and who has it."""

    claim: Claim
    """Its fence is empty while nobody has it."""
    worker: str
    team_id: int | None
    until: float | None
    """When it is lost, where it was handed to somebody outside; in seconds since 1970."""


class Outside:
    """See the module."""

    def __init__(self, store: DjangoStore) -> None:
        self._store = store

    def holding(self, run_id: RunId, path: StepPath) -> Holding | None:
        """Return the live attempt of a step; None when there is none."""
        found = self._store._read(_HOLDING, [run_id, path])
        return _holding(found[0]) if found else None

    def overdue(self, limit: int = 100) -> list[Holding]:
        """Return attempts that were handed to a server which has not reported them in its time."""
        return [*map(_holding, self._store._read(_OVERDUE, [PARKED, round(self._store.now() * 1e6), limit]))]

    def lease(self, agents: Sequence[str], worker: str, seconds: float, team_id: int | None) -> Holding | None:
        """Claim one attempt of these agents that is done elsewhere; None when there is none now.

        The same worker again gets what it got before: each asks under a name of its own until it has an answer.
        """

        def write(tx: Tx) -> tuple[RunId, StepPath] | None:
            sql, now = sql_of(tx), round(tx.now() * 1e6)
            found = sql.read("SELECT run_id, path FROM orchestrator_queue WHERE worker = ?", [worker])
            if not found:
                until = now + round(seconds * 1e6)
                marks = ", ".join("?" for _ in agents)
                end = _END.format(began="CAST(? AS bigint)")
                statement = _LEASE.format(agents=marks, skip=sql.skip_locked, end=end)
                values = [now, *agents, team_id, worker, sql.token(), now, now, until, now, until]
                found = sql.read(statement, values)
            return (RunId(found[0][0]), StepPath(found[0][1])) if found else None

        where = self._store.transact(write)
        return self.holding(*where) if where else None

    def extend(self, run_id: RunId, path: StepPath, fence: str, seconds: float) -> bool:
        """Hold a claim for so much longer, up to the end of its time; tell whether it is still held."""

        def write(tx: Tx) -> bool:
            until = round((tx.now() + seconds) * 1e6)
            return bool(sql_of(tx).read(_EXTEND, [until, until, run_id, path, fence]))

        return self._store.transact(write)

    def waiting(self, agents: Sequence[str]) -> bool:
        """Tell whether an attempt of these agents could be leased now."""
        marks = ", ".join("?" for _ in agents)
        statement = (
            "SELECT 1 FROM orchestrator_queue WHERE worker IS NULL AND NOT held AND lane = 'remote' AND ready_at <= ? "
            f"AND agent IN ({marks}) LIMIT 1"
        )
        return bool(self._store._read(statement, [round(self._store.now() * 1e6), *agents]))


def named(worker: str, asking: str) -> str:
    """Return the name under which a claim is held by a worker elsewhere that asks for it."""
    return f"{REMOTE}{worker}:{asking}"


def _holding(row: Sequence[Any]) -> Holding:
    claim = Claim(
        run_id=RunId(row[0]), path=StepPath(row[1]), attempt=row[2], agent=row[3], lane=Lane(row[4]),
        timeout_seconds=row[5], fence=Fence(row[6] or ""), input=rows.json_value(row[7]),
        refs=rows.json_value(row[8]) or {}, agent_version=rows.json_value(row[9]).get(row[3], 0),
        correlation_id=row[10], claimed_at=(row[11] or 0) / 1e6, budgets=rows.json_value(row[15]) or {},
        workflow=row[16], version=row[17],
    )  # fmt: skip
    until = None if row[14] is None else row[14] / 1e6
    return Holding(claim=claim, worker=row[12] or "", team_id=row[13], until=until)
