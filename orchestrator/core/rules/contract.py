"""What a rule is: an agent that is part of Signalbox and needs no model, only its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.shapes import Shape

Inputs = Mapping[str, Json]
"""What a rule is given, by name, already checked against its contract."""


class Refused(Exception):
    """What a rule is given can't be used; the message says what and what to do. `output` is kept as evidence."""

    def __init__(self, reason: str, kind: Failure = Failure.REFUSED, output: Json = None) -> None:
        """Name what is wrong."""
        super().__init__(reason)
        self.kind, self.output = kind, output


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a rule returns when it stands by less than was asked for: it counts, and is marked degraded (R12)."""

    output: Json
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """See the module. Its name begins with `rule.`, which no agent of a user can be called."""

    name: str
    role: str
    """What it does, in one sentence."""
    run: Callable[[Inputs], Json | Lacking]
    """Pure: same input, same output; raises Refused."""
    input_schema: dict[str, Json] = field(default_factory=dict)
    output_schema: dict[str, Json] = field(default_factory=dict)
    shape: Callable[[Mapping[str, Shape]], Shape] | None = None
    """What is known of its output beforehand by what it is given; None takes `output_schema`."""

    @property
    def spec(self) -> AgentSpec:
        """Return it as the engine knows agents."""
        return AgentSpec(name=self.name, role=self.role, runtime="rule", version=0, lane=Lane.QUICK,
                         input_schema=self.input_schema, output_schema=self.output_schema)  # fmt: skip
