"""The state of a run and of its steps, as values. Only `fold` makes new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.core.ids import ROOT, RunId, StepPath
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RUN_ENDED, STEP_ENDED, AttemptStatus, RunStatus, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run without its steps: of one size, however wide the run is."""

    id: RunId
    workflow: str = ""
    version: str = ""
    n: int = 0
    """Number of its last event."""
    status: RunStatus = RunStatus.PENDING
    input: Json = None
    actor: str = ""
    paused: bool = False
    active: int = 0
    """Attempts queued or running."""
    gates: int = 0
    """Open gates."""
    steps: int = 0
    """Steps that exist, the root left out."""
    ended: int = 0
    """Steps that are over, the root left out."""
    retries: int = 0
    cost_usd: str | None = None
    tokens: int | None = None
    reason: str = ""
    parent: str = ""
    """Id of the run one of whose steps waits for this one; empty for one that somebody asked for."""
    parent_path: StepPath = ROOT
    """That step."""
    depth: int = 0
    """How many runs stand above it."""

    @property
    def is_ended(self) -> bool:
        """Tell whether nothing more can happen."""
        return self.status in RUN_ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """A step: its status and what its kind needs to remember; never the states of its children."""

    path: StepPath
    kind: str
    status: StepStatus = StepStatus.PENDING
    agent: str = ""
    attempt: int = 0
    """Number of the last attempt."""
    attempt_status: AttemptStatus | None = None
    item: Json = None
    """The map's item it stands for."""
    input: Json = None
    refs: Mapping[str, str] = field(default_factory=dict)
    output: Json = None
    output_ref: str = ""
    failure: Failure | None = None
    reason: str = ""
    degraded: str = ""
    feedback: str = ""
    memo: Mapping[str, Json] = field(default_factory=dict)
    """The kind's own memory, plain JSON."""
    opened_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def is_ended(self) -> bool:
        """Tell whether the step is over."""
        return self.status in STEP_ENDED
