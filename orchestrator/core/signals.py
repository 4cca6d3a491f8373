"""What a node can be told: a closed set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RunStatus, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """A person wants an earlier step done again."""

    to: str
    """Id of the step, in the nearest enclosing sequence that has it; empty means the one before the gate."""
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A child ended."""

    child: StepPath
    status: StepStatus
    failure: Failure | None = None
    reason: str = ""
    sent_back: SentBack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Work inside a child that is supervised came back and was checked; the child may have ended with it or not."""

    child: StepPath
    agent: str
    verdict: str
    failed: tuple[str, ...] = ()
    """Names of the checks that did not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An attempt of this step came back."""

    attempt: int
    ok: bool
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    degraded: str = ""
    requests: tuple[Mapping[str, Json], ...] = ()
    """What it asked for instead of ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer of this step went off."""

    timer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A person decided on this gate."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person answered at a gate."""

    verdict: str
    """approve, reject, send_back or answer."""
    actor: str
    """Who: the account's id as text."""
    actor_name: str = ""
    edits: Mapping[str, Json] = field(default_factory=dict)
    comment: str = ""
    digest: str = ""
    """Of what they saw; empty when they did not say."""
    to: str = ""
    """Which step to send back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDone:
    """The run that this step waits for came to its end."""

    run: str
    status: RunStatus
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    degraded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """Go on with what did not fit into the last advance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """The step comes from another run, unfinished: whatever was on its way to it there will never come here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Go on after a failure.

    To a step that was just reopened: begin what is to be done again. To one at work: reopen a child that failed.
    """

    child: StepPath | None = None
    """What is wanted inside; None when the step itself is, or only what was given up with it."""
    revived: bool = True
    """Whether the step itself was just reopened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Somebody else does the step from now on."""

    agent: str
    """Empty: a person, by hand."""
    why: str


Signal: TypeAlias = Assigned | Ended | Judged | Reported | Due | Decided | ChildDone | More | TakenOver | Reopen
