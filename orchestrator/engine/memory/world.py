"""What stands around an in-memory store: a clock set by hand, a library, hints that are only counted; and the whole."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.definition import Workflow
from orchestrator.core.outcomes import Json
from orchestrator.engine.actor import Actor
from orchestrator.engine.driver import Driver
from orchestrator.engine.engine import Engine
from orchestrator.engine.memory.store import MemoryStore
from orchestrator.reliability.trust import Measured


@dataclass(slots=True)
class Clock:
    """Time that passes only when told to."""

    seconds: float = 1_700_000_000.0

    def __call__(self) -> float:
        """Return the time in seconds since 1970."""
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


@dataclass(frozen=True, slots=True)
class MemoryLibrary:
    """Definitions in dictionaries."""

    workflows: dict[tuple[str, str], Workflow] = field(default_factory=dict)
    agents: dict[tuple[str, int], AgentSpec] = field(default_factory=dict)
    passed: set[tuple[str, int]] = field(default_factory=set)
    """Versions of agents that have passed their saved examples."""

    def add(self, workflow: Workflow) -> None:
        """Keep a version of a workflow."""
        self.workflows[workflow.name, workflow.version] = workflow

    def add_agent(self, spec: AgentSpec) -> None:
        """Keep a version of an agent."""
        self.agents[spec.name, spec.version] = spec

    def workflow(self, name: str, version: str) -> Workflow:
        """Return a version of a workflow."""
        return self.workflows[name, version]

    def agent(self, name: str, version: int) -> AgentSpec:
        """Return a version of an agent."""
        return self.agents[name, version]

    def current(self, names: Sequence[str]) -> dict[str, int]:
        """Return the highest versions of agents."""
        found: dict[str, int] = {}
        for name, version in self.agents:
            if name in names:
                found[name] = max(version, found.get(name, 0))
        return found

    def capable(self, capability: str) -> list[str]:
        """Return the agents that can do something."""
        return sorted({spec.name for spec in self.agents.values() if capability in spec.capabilities})

    def measured(self, agents: Mapping[str, Sequence[str]]) -> Measured:
        """Return that nothing was measured."""
        return Measured()

    def current_workflow(self, name: str) -> str | None:
        """Return the version of a workflow that was added last."""
        return next((version for other, version in reversed(self.workflows) if other == name), None)

    def proven(self, agents: Mapping[str, int]) -> dict[str, bool]:
        """Tell which of these versions have passed."""
        return {name: (name, version) in self.passed for name, version in agents.items()}

    def define(self, workflow: Workflow, source: Json) -> None:
        """Keep a workflow that no file holds."""
        self.workflows.setdefault((workflow.name, workflow.version), workflow)


@dataclass(slots=True)
class CountedHints:
    """Hints that reach nobody, kept to be looked at."""

    rung: dict[Lane, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    follows: int = 0

    def ring(self, lanes: Mapping[Lane, int]) -> None:
        """Say that so many attempts of each lane wait for a slot."""
        for lane, count in lanes.items():
            self.rung[lane] = self.rung.get(lane, 0) + count

    def tell(self, topics: Mapping[str, int]) -> None:
        """Say that something that people watch has changed."""
        self.told.update(topics)

    def follow(self) -> None:
        """Say that runs with cards have moved on."""
        self.follows += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryWorld:
    """An engine with everything it stands on."""

    clock: Clock = field(default_factory=Clock)
    library: MemoryLibrary = field(default_factory=MemoryLibrary)
    hints: CountedHints = field(default_factory=CountedHints)
    store: MemoryStore
    engine: Engine

    @classmethod
    def make(
        cls,
        dice: Callable[[], float],
        fail: Callable[[str], None] = lambda point: None,
        bits: Callable[[int], int] = secrets.randbits,
    ) -> MemoryWorld:
        """Put an engine together; `fail` is called at the driver's named points, `bits` makes the ids of runs."""
        clock, library, hints = Clock(), MemoryLibrary(), CountedHints()
        store = MemoryStore(clock)
        actor = Actor(library=library, dice=dice)
        driver = Driver(store=store, actor=actor, hints=hints, results=store, fail=fail)
        engine = Engine(store=store, driver=driver, clock=clock, bits=bits)
        return cls(clock=clock, library=library, hints=hints, store=store, engine=engine)
