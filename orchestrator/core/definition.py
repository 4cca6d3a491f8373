"""A workflow as a tree of nodes: what every node has, and what is around them. A kind's own fields are in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.outcomes import Failure, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node has. Its occurrence in a run is a step."""

    kind: ClassVar[str]
    """The kind's name in the catalogue."""

    id: str
    """Unique among its siblings; the last part of its step's path."""
    when: str = ""
    """A condition; the step is skipped when it is false."""
    needs: tuple[str, ...] | None = None
    """Siblings that end before it starts; None means the one written before it."""
    optional: bool = False
    """Whether its failure is contained here instead of failing what encloses it."""
    pattern: str = ""
    """Name of the pattern it was written as; empty when it was written as what it is."""
    line: int | None = field(default=None, compare=False)
    """Where it stands in its file, counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often, and how soon, a failed attempt is tried again."""

    attempts: int = 3
    """Tries in all, the first one included."""
    backoff_seconds: float = 1.0
    """Wait before the second try; it doubles each time."""
    max_backoff_seconds: float = 60.0
    on: frozenset[Failure] = frozenset({Failure.TIMEOUT, Failure.CRASH, Failure.UNAVAILABLE})
    """Kinds tried again; `schema` and `malformed` are tried again once besides, and `lost` is not the agent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One version of a workflow."""

    name: str
    role: str = ""
    version: str = ""
    """Hash of its content."""
    input_schema: Mapping[str, Json] = field(default_factory=dict)
    root: Node
    """A sequence: the steps of the file."""
    agents: tuple[str, ...] = ()
    """Names of the agents it uses, for drawing and freezing."""
    workflows: tuple[str, ...] = ()
    """Names of the workflows that its steps run."""
    capabilities: tuple[str, ...] = ()
    """What agents must be able to do that its steps choose from; a run is bound to all that can."""
    budget: Mapping[str, Json] = field(default_factory=dict)
    """The most a run may use: `usd`, `tokens`, `minutes`."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """How many attempts of all its runs may be at work at once (`concurrency`), or begin (`calls` in `seconds`)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What its runs are marked with."""
    proven: bool = False
    """Whether only agents that have passed their saved examples may work for it."""
    asks_proven: bool = False
    """Whether its expressions ask which agents have passed their saved examples."""
    frozen: Json = None
    """Its content with patterns written out, as it is kept; None where there are none."""
    known: dict[str, Node] = field(default_factory=dict, compare=False, repr=False)
    """Nodes by step path, as they were looked up; see `core.lookup`."""
