"""Facts: what happens to a run as a whole. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.ids import ROOT, StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run was asked for and accepted."""

    type: ClassVar[str] = "run.started"
    workflow: str
    version: str
    input: Json = None
    actor: str = ""
    actor_name: str = ""
    parent: str = ""
    """Id of the run that asked for it; empty when a person, a card or a program did."""
    parent_path: StepPath = ROOT
    depth: int = 0
    """How many runs stand above it."""
    path: StepPath = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class RunForked:
    """A run begins with what another one had come to. It holds all of that itself, so the other may go."""

    type: ClassVar[str] = "run.forked"
    workflow: str
    version: str
    of: str
    """Id of the other run."""
    at: int
    """Number of the other's event after which it was like this; 0 is before its first."""
    input: Json = None
    step: StepPath = ROOT
    """Which step is done anew from its beginning; the root means none in particular."""
    given: Mapping[str, Json] | None = None
    """What that step is given instead of what the workflow says."""
    feedback: str = ""
    """Why that step was done again in the other run."""
    item: Json = None
    """What that step stood for there, where what opened it had decided that."""
    agent: str = ""
    """Who did it there, where what opened it had decided that."""
    steps: Mapping[str, Json] = field(default_factory=dict)
    """The other's steps by path, as `core.snapshot` writes them."""
    steps_ref: str = ""
    """Content hash of the steps where they are kept as an artifact."""
    actor: str = ""
    actor_name: str = ""
    path: StepPath = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused:
    """Nothing more is handed out until the run is resumed."""

    type: ClassVar[str] = "run.paused"
    actor: str = ""
    actor_name: str = ""
    path: StepPath = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """A paused run goes on."""

    type: ClassVar[str] = "run.resumed"
    actor: str = ""
    actor_name: str = ""
    path: StepPath = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The run reached its end."""

    type: ClassVar[str] = "run.ended"
    status: RunStatus
    reason: str = ""
    path: StepPath = ROOT
