"""Where a book reads the steps of one run, as they were before the advance."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core import codec
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.store import rows
from orchestrator.store.sql import Sql


class RunShelf:
    """See the module. Reads each step once."""

    def __init__(self, sql: Sql, run_id: RunId) -> None:
        self._sql, self._run_id = sql, run_id
        self._read: dict[StepPath, StepState | None] = {}

    def expect(self, path: StepPath) -> None:
        """Say that a step is about to be read; it counts as missing until it is kept."""
        self._read.setdefault(path, None)

    def keep(self, state: StepState) -> None:
        """Put a step that was read together with others."""
        self._read[state.path] = state

    def step(self, path: StepPath) -> StepState | None:
        """Return a step, or None when there is none yet."""
        if path not in self._read:
            found = self._sql.read(
                f"SELECT {rows.STEP_COLUMNS} FROM orchestrator_step WHERE run_id = ? AND path = ?", [self._run_id, path]
            )
            self._read[path] = rows.step_state(found[0]) if found else None
        return self._read[path]

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        """Return the unfinished steps strictly below a path."""
        found = self._sql.open_under(self._run_id, path, rows.STEP_COLUMNS)
        return [rows.step_state(row) for row in found]

    def fallen(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that had begun and failed or were given up."""
        found = self._sql.fallen(self._run_id, path, rows.STEP_COLUMNS)
        return [rows.step_state(row) for row in found]

    def halted(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that were given up before they had begun."""
        found = self._sql.halted(self._run_id, path, rows.STEP_COLUMNS)
        return [rows.step_state(row) for row in found]

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken the queued attempt of a step."""
        statement = "SELECT fence FROM orchestrator_queue WHERE run_id = ? AND path = ?"
        return any(row[0] for row in self._sql.read(statement, [self._run_id, path]))

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""
        return codec.loads(self._sql.read("SELECT content FROM orchestrator_artifact WHERE hash = ?", [ref])[0][0])
