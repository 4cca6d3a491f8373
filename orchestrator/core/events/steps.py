"""Facts: what happens to steps of any kind. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOpened:
    """A step came into being and begins."""

    type: ClassVar[str] = "step.opened"
    path: StepPath
    feedback: str = ""
    """Why it is done again; empty the first time."""
    item: Json = None
    """What it stands for, where what opened it decides that: a subtask, a question, a message."""
    agent: str = ""
    """Who does it, where what opened it decides that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsReopened:
    """A person sent work back: these children of a sequence are done again, as their next generation."""

    type: ClassVar[str] = "steps.reopened"
    path: StepPath
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried:
    """A person wants a step that failed tried again; what has to be reopened for it follows."""

    type: ClassVar[str] = "step.retried"
    path: StepPath
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """A person wants a step passed by; its end follows."""

    type: ClassVar[str] = "step.skipped"
    path: StepPath
    reason: str = ""
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAssigned:
    """A person took over what an agent's step does, or gave it to an agent; whoever had it has it no more."""

    type: ClassVar[str] = "step.assigned"
    path: StepPath
    agent: str = ""
    """Who has it from now on; empty means whoever answers the form that follows."""
    version: int = 0
    """Of the agent; the run is bound to it from now on."""
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReopened:
    """A step that failed or was given up is open again: it was retried, or something inside or beside it was."""

    type: ClassVar[str] = "step.reopened"
    path: StepPath
    was: StepStatus = StepStatus.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """A step is over."""

    type: ClassVar[str] = "step.ended"
    path: StepPath
    status: StepStatus
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    degraded: str = ""
    """Why the result is less than asked for; empty when it is whole."""
    lack: str = ""
    """What this takes from what encloses it, in words; empty when nothing."""
    sent_back_to: str = ""
    feedback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSet:
    """A step is to be woken after `delay_seconds`."""

    type: ClassVar[str] = "timer.set"
    path: StepPath
    timer: str
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtreeCancelled:
    """Everything unfinished below `path` is given up; attempts and gates there, and its own, have ended just before."""

    type: ClassVar[str] = "subtree.cancelled"
    path: StepPath
    reason: str = ""
    steps: int = 0
    """How many steps went with it, so that no reader has to look."""
