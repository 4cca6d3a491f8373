"""What can be put into a run's mailbox: the only way anything changes a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from orchestrator.core.ids import ROOT, StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.signals import Decision
from orchestrator.core.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAttempt:
    """A worker says how an attempt ended."""

    type: ClassVar[str] = "report"
    path: StepPath
    attempt: int
    fence: str
    ok: bool
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    detail: str = ""
    note: str = ""
    degraded: str = ""
    worker: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0
    cost_usd: str | None = None
    tokens: int | None = None
    requests: tuple[Mapping[str, Json], ...] = ()
    """What it asks for; then it is neither good nor bad."""
    shared: tuple[str, ...] = ()
    """What of its output was written to a board or sent to a peer while it worked: `write KEY`, `send NAME`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStart:
    """A worker says that an attempt has been at work for a while."""

    type: ClassVar[str] = "note_start"
    path: StepPath
    attempt: int
    fence: str
    worker: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAttempt:
    """The worker of an attempt is gone."""

    type: ClassVar[str] = "lose"
    path: StepPath
    attempt: int
    fence: str
    reason: str = ""
    alone: bool = True
    """Whether nothing else was lost with it; only then may it be what killed the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStop:
    """A given-up attempt has come to its end: its worker says so, or the sweep, when the worker is gone."""

    type: ClassVar[str] = "note_stop"
    path: StepPath
    attempt: int
    fence: str
    how: str
    """stopped, killed, finished or lost; see AttemptStopped."""
    seconds: float = 0.0
    """How long after it was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideGate:
    """A person decides at a gate."""

    type: ClassVar[str] = "decide"
    path: StepPath
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeStep:
    """A timer of a step went off."""

    type: ClassVar[str] = "wake"
    path: StepPath
    timer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """Carry on with a step that did not fit into one advance."""

    type: ClassVar[str] = "go_on"
    path: StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChild:
    """A child run says that it waits for people, or goes on."""

    type: ClassVar[str] = "child_moved"
    path: StepPath
    run: str
    status: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class EndChild:
    """A child run says how it ended, and what it has used up in all."""

    type: ClassVar[str] = "child_ended"
    path: StepPath
    run: str
    status: RunStatus
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    degraded: str = ""
    cost_usd: str | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryChild:
    """The step that waits for this run was retried: do over what failed in it, and say how it ended in any case."""

    type: ClassVar[str] = "retry_child"
    actor: str = ""
    actor_name: str = ""
    path: StepPath = ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRun:
    """Hand out nothing more."""

    type: ClassVar[str] = "pause"
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """Go on after a pause."""

    type: ClassVar[str] = "resume"
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun:
    """Give the run up."""

    type: ClassVar[str] = "cancel"
    actor: str = ""
    actor_name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryStep:
    """Try a step that failed again, and whatever was given up because of it; the root's path means all that failed."""

    type: ClassVar[str] = "retry"
    path: StepPath
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignStep:
    """Give a step that a person has to an agent; with no agent, take it over from one."""

    type: ClassVar[str] = "assign"
    path: StepPath
    agent: str = ""
    version: int = 0
    """Of the agent, for a run that is not bound to one yet."""
    actor: str = ""
    actor_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipStep:
    """Pass a step by: one at work is given up, one that failed no longer stands in the way."""

    type: ClassVar[str] = "skip"
    path: StepPath
    reason: str = ""
    actor: str = ""
    actor_name: str = ""


Message: TypeAlias = (
    ReportAttempt
    | NoteStart
    | NoteStop
    | LoseAttempt
    | DecideGate
    | WakeStep
    | GoOn
    | NoteChild
    | EndChild
    | RetryChild
    | PauseRun
    | ResumeRun
    | CancelRun
    | RetryStep
    | SkipStep
    | AssignStep
)

MESSAGES: dict[str, type[Message]] = {
    message.type: message
    for message in (
        ReportAttempt, NoteStart, NoteStop, LoseAttempt, DecideGate, WakeStep, GoOn, NoteChild, EndChild, RetryChild,
        PauseRun, ResumeRun, CancelRun,
        RetryStep, SkipStep, AssignStep,
    )
}  # fmt: skip
"""Every message by its type, for reading them back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a run answered to a message: an HTTP status and a sentence."""

    status: int = 200
    reason: str = ""
