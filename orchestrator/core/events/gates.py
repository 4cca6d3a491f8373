"""Facts: what happens where a run waits for people. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.status import GateStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOpened:
    """The run waits here for a person."""

    type: ClassVar[str] = "gate.opened"
    path: StepPath
    title: str
    shown: Mapping[str, Json]
    """The values a person sees; what is approved is bound to their digest."""
    digest: str
    edit: tuple[str, ...] = ()
    """Names a person may change."""
    edit_schema: Mapping[str, Json] = field(default_factory=dict)
    role: str = "operator"
    """Least role that may decide."""
    group: str = ""
    quorum: int = 1
    not_starter: bool = False
    deadline_seconds: float | None = None
    deadline_then: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecided:
    """A person decided; the gate may need more of them."""

    type: ClassVar[str] = "gate.decided"
    path: StepPath
    verdict: str
    actor: str
    actor_name: str = ""
    edits: Mapping[str, Json] = field(default_factory=dict)
    comment: str = ""
    digest: str = ""
    """Of what the gate holds after this decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateClosed:
    """Nobody can decide here any more."""

    type: ClassVar[str] = "gate.closed"
    path: StepPath
    status: GateStatus
    reason: str = ""
