"""The laws of a run and of all that it starts."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.events import Fact
from orchestrator.core.ids import RunId
from orchestrator.engine.memory.world import MemoryWorld
from tests.engine.laws import Laws


class Family:
    """The laws of a run, and of every run that is started below it."""

    def __init__(self, world: MemoryWorld, before: Iterable[Fact] = ()) -> None:
        self.world, self.before = world, tuple(before)
        self.of: dict[RunId, Laws] = {}

    def check(self) -> None:
        """Check every run there is."""
        for run_id, row in list(self.world.store.tables.runs.items()):
            if run_id not in self.of:
                workflow = self.world.library.workflow(row.request.workflow, row.request.version)
                self.of[run_id] = Laws(self.world.store, workflow, run_id, () if self.of else self.before)
            self.of[run_id].check()
