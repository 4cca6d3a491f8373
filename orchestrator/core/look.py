"""What a step may see: its own scope, the frozen world, and dice. Made by the driver for one step at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

from orchestrator.core import expressions, ids, lacks
from orchestrator.core.agents import AgentSpec
from orchestrator.core.book import Book
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.events import AttemptQueued
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.lookup import kind_of, node_at, span_of
from orchestrator.core.nodes.contract import WHOLE, Bound, Held, Kept, Named
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.reliability.trust import Measured

MOST_DEEP = 3
_OURS = ("merge", "review", "rule")
"""Runtimes of what is part of Signalbox."""
MOST_FACTS = 500
"""After so many in one advance, what can go on in another one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is frozen with a run, and chance."""

    agents: Mapping[str, AgentSpec]
    dice: Callable[[], float]
    workflows: Mapping[str, str] = field(default_factory=dict)
    """Versions of the workflows that its steps run."""
    proven: Mapping[str, bool] | None = None
    """Which agents had passed their saved examples when the run began; None where no expression asks."""
    most_deep: int = MOST_DEEP
    """How many runs may stand above one that a step asks for, itself counted."""
    measured: Callable[[tuple[str, ...]], Measured] = lambda names: Measured()
    """What was measured of agents; asked only where one is to be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """See the module."""

    book: Book
    workflow: Workflow
    world: World
    path: StepPath
    now: float = 0.0
    """Seconds since 1970."""

    @property
    def starter(self) -> str:
        """Return the account that started the run."""
        return self.book.run.actor

    def dice(self) -> float:
        """Return a number from 0 up to 1."""
        return self.world.dice()

    def agent(self, name: str) -> AgentSpec | None:
        """Return the version of an agent this run is bound to."""
        return self.world.agents.get(name)

    def span(self, node: Node) -> int:
        """Return how many steps stand one after another in a node, at most."""
        return span_of(node)

    def capable(self, capability: str) -> list[str]:
        """Return the agents this run is bound to that can do something, by name."""
        found = ((name, self.agent(name)) for name in sorted(self.world.agents))
        return [name for name, spec in found if spec is not None and capability in spec.capabilities]

    def measured(self, names: Collection[str]) -> Measured:
        """Return what is known of agents; what this advance gave them is in their load."""
        known = self.world.measured(tuple(names))
        given = Counter(one.fact.agent for one in self.book.recorded if isinstance(one.fact, AttemptQueued))
        more = {name: replace(one, load=one.load + given[name]) for name, one in known.records.items() if given[name]}
        return replace(known, records={**known.records, **more}) if more else known

    @property
    def depth(self) -> int:
        """Return how many runs stand above this one."""
        return self.book.run.depth

    @property
    def most_deep(self) -> int:
        """Return how many may."""
        return self.world.most_deep

    def new_run(self, number: int) -> RunId:
        """Return the id of the run this step asks for; the same for the same step and number at the same time."""
        digest = hashlib.sha256(f"{self.book.run.id}/{self.path}/{number}".encode()).digest()
        return ids.run_id(round(self.now * 1000), int.from_bytes(digest[:10], "big") & ((1 << 74) - 1))

    def workflow_version(self, name: str) -> str | None:
        """Return the version of a workflow this run is bound to."""
        return self.world.workflows.get(name)

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""
        return self.book.artifact(ref)

    def child(self, path: StepPath) -> StepState | None:
        """Return the state of one child of this step."""
        return self.book.step(path)

    @property
    def state(self) -> StepState:
        """Return the step itself as it is now."""
        state = self.book.step(self.path)
        assert state is not None  # who looks has been opened
        return state

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken the queued attempt of a step, though it has not said so yet."""
        return self.book.shelf.is_claimed(path)

    def fallen(self) -> list[StepState]:
        """Return the children of this step that had begun and failed or were given up."""
        return self.book.fallen(self.path)

    @property
    def is_full(self) -> bool:
        """Tell whether so much has happened in this advance that what can wait for the next one should."""
        return len(self.book.recorded) >= MOST_FACTS

    def value(self, expression: str, named: Named = MappingProxyType({})) -> Json:
        """Evaluate an expression, which may also use these names; raises ExpressionFault."""
        return expressions.compile(expression).evaluate(self._lookup(named))

    def test(self, expression: str, named: Named = MappingProxyType({})) -> bool:
        """Evaluate a condition, which may also use these names; raises ExpressionFault."""
        return expressions.compile(expression).test(self._lookup(named))

    def _lookup(self, named: Named) -> Callable[[tuple[str, ...]], Json]:
        return lambda anchor: self._loaded(named[anchor[0]]) if anchor[0] in named else self._anchor(anchor)

    def bind(self, named: Mapping[str, str]) -> Bound:
        """Evaluate named expressions, leaving whole artifacts as references."""
        values: dict[str, Json] = {}
        refs: dict[str, str] = {}
        for name, text in named.items():
            ref = self._whole_artifact(text)
            if ref:
                refs[name] = ref
            else:
                values[name] = self.value(text)
        return Bound(values=values, refs=refs)

    def default_input(self) -> Bound:
        """Return the item, the only predecessor's output, or the run's input: whatever is nearest."""
        path: StepPath | None = self.path
        while path:
            above = cast("StepPath", ids.parent(path))
            node = node_at(self.workflow, above)
            if path.endswith("]") and (item := self._item(node, path)) is not None:
                return item
            if isinstance(node, Sequence):
                index = [step.id for step in node.steps].index(ids.name_of(path))
                needs = node.needs_of(index)
                if needs:
                    return self._outputs(above, needs)
            path = above
        return _as_bound(self.book.run.input)

    def _item(self, node: Node, path: StepPath) -> Bound | None:
        """Return what a step stands for; None for one that stands for nothing, such as a round."""
        state = self.book.step(path)
        item = state.item if state else None
        if isinstance(node, Map | Supervise):
            return Bound(values={node.as_: item})
        return None if item is None else Bound(values={"item": item})

    def _outputs(self, above: StepPath, needs: tuple[str, ...]) -> Bound:
        if len(needs) == 1:
            state = self._sibling(above, needs[0])
            if state is not None and state.output_ref:
                return Bound(refs={WHOLE: state.output_ref})
            return _as_bound(state.output if state else None)
        return Bound(values={need: self._output(self._sibling(above, need)) for need in needs})

    def _whole_artifact(self, text: str) -> str:
        compiled = expressions.compile(text)
        path = compiled.path
        if path is not None and len(path) == 1:
            return self._kept(cast("str", path[0]))
        if path is None or len(path) != 3 or path[0] != "steps" or path[2] != "output":
            return ""
        state = self._find(cast("str", path[1]))
        return state.output_ref if state else ""

    def _anchor(self, anchor: tuple[str, ...]) -> Json:
        if anchor[0] == "steps":
            state = self._find(anchor[1])
            if state is None:
                raise LookupError(f"steps.{anchor[1]}")
            return {"output": self._output(state), "status": state.status.value, "degraded": lacks.lack(state)}
        if anchor == ("input",):
            return self.book.run.input
        if anchor == ("agents",):
            return {
                name: _card(spec) | self._proof(name)
                for name in self.world.agents
                if (spec := self.agent(name)) and spec.runtime not in _OURS
            }
        if anchor == ("feedback",):
            return self._feedback()
        return self._alias(anchor[0])

    def _proof(self, name: str) -> dict[str, Json]:
        """Say whether an agent is proven; one that the run was given later is not known to be."""
        return {} if self.world.proven is None else {"proven": self.world.proven.get(name, False)}

    def _output(self, state: StepState | None) -> Json:
        if state is None:
            return None
        return self.artifact(state.output_ref) if state.output_ref else state.output

    def _find(self, name: str) -> StepState | None:
        """Find a step by its id: the looking sequence's own, once there is one, then the nearest around it."""
        for above in (self.path, *ids.ancestors(self.path)):
            node = node_at(self.workflow, above)
            if isinstance(node, Sequence) and any(step.id == name for step in node.steps):
                state = self._sibling(above, name)
                if state is not None or above != self.path:
                    return state
        return None

    def _sibling(self, above: StepPath, name: str) -> StepState | None:
        state = self.book.step(above)
        gen = cast("Mapping[str, int]", state.memo.get("gen", {})) if state else {}
        return self.book.step(ids.child(above, name, gen.get(name, 1)))

    def _kept(self, name: str) -> str:
        try:
            found = None if name in ("input", "feedback") else self._named(name)
        except LookupError:
            return ""
        return found.ref if isinstance(found, Kept) and not found.path else ""

    def _alias(self, name: str) -> Json:
        return self._loaded(self._named(name))

    def _loaded(self, value: Held) -> Json:
        """Read what is kept elsewhere: the value itself, fields of an object, or items of a list."""
        if isinstance(value, tuple):
            return [self._loaded(one) for one in value]
        if isinstance(value, Mapping):
            return {name: self._loaded(one) if isinstance(one, Kept) else one for name, one in value.items()}
        if not isinstance(value, Kept):
            return value
        return _inside(self.artifact(value.ref), value.path)

    def _named(self, name: str) -> Held:
        """Ask what encloses the step, nearest first, for what goes by a name there."""
        inside = self.book.step(self.path)
        for above in ids.ancestors(self.path):
            state = self.book.step(above)
            if state is not None and inside is not None:
                kind = kind_of(self.workflow, above)
                names = kind.names(node_at(self.workflow, above), state, inside, self.book.step)
                if name in names:
                    return names[name]
            inside = state
        raise LookupError(name)

    def _feedback(self) -> str:
        for at in [self.path, *ids.ancestors(self.path)]:
            state = self.book.step(at)
            if state is not None and state.feedback:
                return state.feedback
        return ""


def _card(spec: AgentSpec) -> dict[str, Json]:
    """Return what a planner or a rule may know of an agent."""
    capabilities: Json = list(spec.capabilities)
    return {"role": spec.role, "capabilities": capabilities, "input": spec.input_schema, "output": spec.output_schema,
            "runtime": spec.runtime, "model": spec.model, "version": spec.version}  # fmt: skip


def _inside(value: Json, path: tuple[str | int, ...]) -> Json:
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return None
    return value


def _as_bound(value: Json) -> Bound:
    return Bound(values=value if isinstance(value, dict) else {"value": value})


def targets_of(workflow: Workflow, path: StepPath) -> tuple[str, ...]:
    """Return the steps a gate can send back to: what led to it, in the sequences around it, nearest first."""
    found: dict[str, None] = {}
    below = path
    for above in ids.ancestors(path):
        node = node_at(workflow, above)
        if isinstance(node, Sequence):
            led = node.all_needs_of(ids.name_of(below))
            found |= dict.fromkeys(step.id for step in reversed(node.steps) if step.id in led)
        below = above
    return tuple(found)
