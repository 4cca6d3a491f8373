"""What a check sees, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.trials import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth mending."""

    check: str
    """Name of the check, such as `long-role`."""
    noun: str
    """agent or workflow."""
    name: str
    what: str
    """What is the case, without a full stop."""
    why: str
    """Why it matters."""
    remedy: str
    where: str = ""
    """Field or step it is about; empty for the whole."""

    def __str__(self) -> str:
        """Say it in one line."""
        place = f", {self.where}" if self.where else ""
        return f"{self.noun} {self.name}{place}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """How long the branches of one step took, side by side and added up, in seconds; over its latest runs."""

    workflow: str
    step: str
    together: float
    apart: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the checks look at."""

    agents: Mapping[str, AgentSpec] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    worked: frozenset[str] = frozenset()
    """Agents that work outside of workflows, such as in columns of boards."""
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    medians: Mapping[str, float] = field(default_factory=dict)
    """Seconds half of an agent's latest successful attempts did not exceed; only where there are enough of them."""
    spans: tuple[Spans, ...] = ()
    routes: tuple[str, ...] = ()
    """Where alerts go."""
    can_alert: bool = False
    """Whether this version of Signalbox sends alerts at all."""


def nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield a node and all inside it, each with its path."""
    yield path, node
    kind = KINDS.get(node.kind)
    for inner in kind.children(node) if kind else ():
        yield from nodes(inner, f"{path}/{inner.id}" if path else inner.id)
