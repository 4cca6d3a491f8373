"""Kind `roster`: tells what is known of agents, as the run is bound to them: role, capabilities, what answers for each.

It calls nobody. What an expression sees is what steps came to, and an agent's settings are none of that: so what a rule
or an agent has to know of agents comes from a step, on record like anything else that is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded
from orchestrator.core.nodes.contract import Look, Usual
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape, of_object, of_schema
from orchestrator.core.signals import Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.words import type_of

_TEXT: Json = {"type": "string"}
_CARD: dict[str, Json] = {
    "type": "object",
    "required": ["agent", "role", "version", "model", "capabilities"],
    "properties": {"agent": _TEXT, "role": _TEXT, "version": {"type": "integer"}, "model": _TEXT,
                   "capabilities": {"type": "array", "items": _TEXT}},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(Node):
    """Tell of agents."""

    kind: ClassVar[str] = "roster"

    who: Mapping[str, str] = field(default_factory=dict)
    """Name in the output to the agent it stands for."""


class RosterKind(Usual):
    """See the module. It has no memory: it ends as it begins."""

    def parse(self, step: StepTree, reader: StepReader) -> Roster:
        """Read a list of agents, or names of one's own for agents."""
        if isinstance(step.own.value, dict):
            return Roster(who={name: reader.text(one) for name, one in step.own.value.items()}, **step.common)
        if not isinstance(step.own.value, list):
            said = type_of(step.own.value)
            reader.wrong(step.own, f"'roster' must be a list of agents, but is {said}", "write [a, b] or {name: a}")
            return Roster(**step.common)
        return Roster(who={name: name for name in reader.texts(step.own, "agents")}, **step.common)

    def check(self, node: Roster, types: Types) -> Shape:
        """Check that the agents exist."""
        for tree in types.written(node).own.inner():
            types.agent(tree)
        return of_object({name: of_schema(_CARD) for name in node.who})

    def agents(self, node: Roster) -> Sequence[str]:
        """Return whom it tells of, so that the run is bound to them."""
        return tuple(dict.fromkeys(node.who.values()))

    def start(self, node: Roster, look: Look) -> Sequence[Fact]:
        """Tell, and end."""
        output: Json = {name: _card(agent, look) for name, agent in node.who.items()}
        return [StepEnded(path=look.path, status=StepStatus.SUCCEEDED, output=output)]

    def on(self, node: Roster, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Tell once more when it is begun again."""
        return self.start(node, look) if isinstance(signal, Reopen | TakenOver) else []

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember nothing."""
        return state


def _card(name: str, look: Look) -> dict[str, Json]:
    spec = look.agent(name)
    if spec is None:
        return {"agent": name, "role": "", "version": 0, "model": "", "capabilities": []}
    return {"agent": spec.name, "role": spec.role, "version": spec.version, "model": spec.model,
            "capabilities": list(spec.capabilities)}  # fmt: skip
