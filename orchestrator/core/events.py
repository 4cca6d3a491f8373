"""The facts: everything that can happen to a run, as one frozen class each. Their fields are what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from orchestrator.core.ids import ROOT, StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import AttemptStatus, GateStatus, RunStatus, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run was asked for and accepted."""

    type: ClassVar[str] = "run.started"
    workflow: str
    version: str
    input: Json = None
    actor: str = ""
    actor_name: str = ""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOpened:
    """A step came into being and begins."""

    type: ClassVar[str] = "step.opened"
    path: StepPath
    feedback: str = ""
    """Why it is done again; empty the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsOpened:
    """Items `first` up to `first + len(items)` of a map came into being; they begin when there is room."""

    type: ClassVar[str] = "steps.opened"
    path: StepPath
    first: int
    items: tuple[Json, ...]


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
class StepReopened:
    """A step that failed or was given up is open again: it was retried, or something inside or beside it was."""

    type: ClassVar[str] = "step.reopened"
    path: StepPath
    was: StepStatus = StepStatus.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class MapResumed:
    """A reopened map goes on: items that had not begun wait again, and failed ones begin again when there is room."""

    type: ClassVar[str] = "map.resumed"
    path: StepPath
    waiting: int = 0
    """How many had not begun."""
    again: tuple[int, ...] = ()
    """Which failed ones begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSized:
    """The list a map goes over was read."""

    type: ClassVar[str] = "map.sized"
    path: StepPath
    n: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtreeCancelled:
    """Everything unfinished below `path` is given up; attempts and gates there, and its own, have ended just before."""

    type: ClassVar[str] = "subtree.cancelled"
    path: StepPath
    reason: str = ""
    steps: int = 0
    """How many steps went with it, so that no reader has to look."""


Fact: TypeAlias = (
    RunStarted
    | RunForked
    | RunPaused
    | RunResumed
    | RunEnded
    | StepOpened
    | StepsOpened
    | StepsReopened
    | StepRetried
    | StepSkipped
    | StepReopened
    | MapSized
    | MapResumed
    | AttemptQueued
    | AttemptStarted
    | AttemptEnded
    | AttemptStopped
    | StepEnded
    | TimerSet
    | GateOpened
    | GateDecided
    | GateClosed
    | SubtreeCancelled
)

FACTS: dict[str, type[Fact]] = {
    fact.type: fact
    for fact in (
        RunStarted, RunForked, RunPaused, RunResumed, RunEnded, StepOpened, StepsOpened, StepsReopened, StepRetried,
        StepSkipped, StepReopened, MapSized, MapResumed, AttemptQueued, AttemptStarted,
        AttemptEnded, AttemptStopped, StepEnded, TimerSet, GateOpened, GateDecided, GateClosed, SubtreeCancelled,
    )
}  # fmt: skip
"""Every fact by its type, for reading them back."""
