"""Who decides in a dry run: nobody is asked, a rule says yes at every gate people are known to come to."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core import schema
from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.samples import Taste, sample
from orchestrator.core.events import GateOpened
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import DecideGate
from orchestrator.core.outcomes import Json
from orchestrator.core.signals import Decision
from orchestrator.core.status import GateStatus
from orchestrator.engine.drill.places import place_of
from orchestrator.engine.drill.wrong import Wrong
from orchestrator.engine.memory.world import MemoryWorld

At = tuple[RunId, StepPath]


class Person:
    """See the module. `gates` are those people come to; None means all."""

    def __init__(self, world: MemoryWorld, taste: Taste, wrong: Wrong | None, gates: frozenset[str] | None) -> None:
        self._world, self._taste, self._wrong, self._gates = world, taste, wrong, gates
        self.met: dict[str, None] = {}
        self.hits = 0
        self._actors = 0
        self._stood: set[At] = set()

    def decide(self) -> bool:
        """Say yes at one gate; tell whether there was one to say it at."""
        for at, place in self._open():
            if self._is_missed(place):
                self.hits += at not in self._stood
                self._stood.add(at)
            elif self._comes(place) and at not in self._stood:
                self._say_yes(at)
                return True
        return False

    def waiting(self) -> str:
        """Return the gate at which the run stands; empty when at none."""
        return next((place for _, place in self._open()), "")

    def is_awaited(self) -> bool:
        """Tell whether the run stands at a gate to which nobody was to come."""
        return any(not self._comes(place) and not self._is_missed(place) for _, place in self._open())

    def _comes(self, place: str) -> bool:
        return self._gates is None or place in self._gates

    def _is_missed(self, place: str) -> bool:
        wrong = self._wrong
        return wrong is not None and wrong.fault == Fault.TIMEOUT and place == wrong.step

    def _open(self) -> list[tuple[At, str]]:
        gates = self._world.store.tables.gates.items()
        found = [(at, place_of(self._world, *at)) for at, gate in gates if gate.status == GateStatus.OPEN]
        for _, place in found:
            self.met.setdefault(place)
        return found

    def _say_yes(self, at: At) -> None:
        """Approve as another person each time; what may be filled in is filled in where it has to be."""
        self._actors += 1
        opened = self._world.store.tables.gates[at].opened.fact
        assert isinstance(opened, GateOpened)
        decision = Decision(verdict="approve", actor=f"person {self._actors}", actor_name="a rule of the drill",
                            edits=self._edits(opened))  # fmt: skip
        said = self._world.engine.call(at[0], DecideGate(path=at[1], decision=decision))
        if said.status != 200:
            self._stood.add(at)

    def _edits(self, opened: GateOpened) -> Mapping[str, Json]:
        wanted, shown = dict(opened.edit_schema), {name: opened.shown.get(name) for name in opened.edit}
        if not wanted or not schema.problems(wanted, shown):
            return {}
        made = sample(wanted, self._taste)
        return {name: made[name] for name in opened.edit if name in made} if isinstance(made, dict) else {}
