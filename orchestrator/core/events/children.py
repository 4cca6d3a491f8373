"""Facts: what happens between a run and the runs its steps start. One frozen class each; their fields are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRequested:
    """A step asks for a run of its own; it is made in the same transaction."""

    type: ClassVar[str] = "child.requested"
    path: StepPath
    run: str
    """Id of the child run."""
    workflow: str
    version: str
    input: Json = None
    depth: int = 1
    """How many runs stand above the child."""
    definition: Json = None
    """Its workflow, where no file holds it: a plan, or a call of one agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRetried:
    """A child run that failed is to go on, because the step that waits for it was retried."""

    type: ClassVar[str] = "child.retried"
    path: StepPath
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildMoved:
    """A child run has come to wait for people, was paused, or went on."""

    type: ClassVar[str] = "child.moved"
    path: StepPath
    run: str
    status: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnded:
    """A child run came to its end; what it used up counts here too."""

    type: ClassVar[str] = "child.ended"
    path: StepPath
    run: str
    status: RunStatus
    reason: str = ""
    cost_usd: str | None = None
    """What it and its own children used up since it last said so."""
    tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDropped:
    """Nobody waits for a child run any more; it is cancelled."""

    type: ClassVar[str] = "child.dropped"
    path: StepPath
    run: str
    reason: str = ""
