"""Facts: what happens to one try at a step. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import AttemptStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptQueued:
    """A try at a step waits for a slot."""

    type: ClassVar[str] = "attempt.queued"
    path: StepPath
    attempt: int
    agent: str
    why: str = ""
    delay_seconds: float = 0.0
    """How long it is held back, as a retry's backoff."""
    timeout_seconds: float = 60.0
    input: Mapping[str, Json] | None = None
    """What the agent is given; None when it is the same as at the attempt before."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Names of the input whose value is an artifact, with its content hash."""
    resumed: bool = False
    """Whether it goes on with answers to what the attempt before asked for; then it is no retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted:
    """A worker began it, at `started_at`, seconds since 1970."""

    type: ClassVar[str] = "attempt.started"
    path: StepPath
    attempt: int
    worker: str = ""
    started_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded:
    """It came back, or was given up."""

    type: ClassVar[str] = "attempt.ended"
    path: StepPath
    attempt: int
    status: AttemptStatus
    agent: str = ""
    worker: str = ""
    started_at: float | None = None
    """When a worker began it, seconds since 1970; None when none did."""
    failure: Failure | None = None
    alone: bool = True
    """Of a lost one: whether nothing else was lost with it."""
    reason: str = ""
    detail: str = ""
    """Evidence, such as the end of standard error."""
    note: str = ""
    """What to show beside it, such as the command line that was run."""
    seconds: float | None = None
    cost_usd: str | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStopped:
    """An attempt that was given up while it was at work has come to its end; its run may be over by then."""

    type: ClassVar[str] = "attempt.stopped"
    path: StepPath
    attempt: int
    how: str
    """stopped (by itself), killed, finished (before it was asked), lost (with its worker), left (can't be killed)."""
    seconds: float = 0.0
    """How long after it was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAsked:
    """A person does what an attempt would have done; nothing waits for a slot. The form follows, a step below."""

    type: ClassVar[str] = "person.asked"
    path: StepPath
    attempt: int
    agent: str
    """Whose contract the answer has to fit."""
    why: str = ""
    input: Mapping[str, Json] | None = None
    """What the step is given; None when it is the same as at the attempt before."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Names of the input whose value is an artifact, with its content hash."""
