"""Claims whose work is done elsewhere: what a token names, as the queue has it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.engine.ports import Claim
from orchestrator.store import rows
from orchestrator.store.store import DjangoStore

_COLUMNS = """
SELECT q.run_id, q.path, q.attempt, q.agent, q.lane, q.timeout_seconds, q.fence, s.input, s.refs, r.agents,
  r.correlation_id, q.claimed_at, q.worker, r.team_id, q.parked_until
FROM orchestrator_queue q JOIN orchestrator_step s ON s.run_id = q.run_id AND s.path = q.path
JOIN orchestrator_run r ON r.id = q.run_id WHERE q.run_id = ? AND q.path = ?
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
        found = self._store._read(_COLUMNS, [run_id, path])
        return _holding(found[0]) if found else None


def _holding(row: Sequence[Any]) -> Holding:
    claim = Claim(
        run_id=RunId(row[0]), path=StepPath(row[1]), attempt=row[2], agent=row[3], lane=Lane(row[4]),
        timeout_seconds=row[5], fence=Fence(row[6] or ""), input=rows.json_value(row[7]),
        refs=rows.json_value(row[8]) or {}, agent_version=rows.json_value(row[9]).get(row[3], 0),
        correlation_id=row[10], claimed_at=(row[11] or 0) / 1e6,
    )  # fmt: skip
    until = None if row[14] is None else row[14] / 1e6
    return Holding(claim=claim, worker=row[12] or "", team_id=row[13], until=until)
