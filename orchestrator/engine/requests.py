"""What callers hand to the engine, and what they get back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from orchestrator.core.definition import Workflow
from orchestrator.core.events import RunForked
from orchestrator.core.ids import ROOT, RunId, StepPath
from orchestrator.core.outcomes import Json

Budgets: TypeAlias = Mapping[str, Mapping[str, Json]]
"""Run id to the most that a run, with all that its steps run, may use of `usd`, `tokens`, `calls` and `minutes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The versions a run is bound to, itself and all that its steps run."""

    agents: Mapping[str, int] = field(default_factory=dict)
    workflows: Mapping[str, str] = field(default_factory=dict)
    budgets: Budgets = field(default_factory=dict)
    """What its calls count towards."""
    proven: Mapping[str, bool] | None = None
    """Which agents had passed their saved examples when it began; None where nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """That a run begins with what another one had come to."""

    fact: RunForked
    bound: Bindings
    """What the other one is bound to, and this one with it."""
    asked: str
    """What was asked for, in a form that is the same when the same is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A run that is asked for; the caller has checked permission and that the input fits the workflow."""

    workflow: str
    version: str
    input: Json
    actor: str
    """The account's id as text."""
    actor_name: str = ""
    key: str | None = None
    title: str = ""
    labels: Mapping[str, Json] = field(default_factory=dict)
    priority: int = 0
    team_id: int | None = None
    card_id: int | None = None
    correlation_id: str = ""
    """Empty: the run's own id."""
    fork: Fork | None = None
    bound: Bindings | None = None
    """What the run that asked for this one is bound to, and this one with it."""
    definition: Workflow | None = None
    """Its workflow, where no file holds it."""
    source: Json = None
    """The same as it is kept."""
    parent: str = ""
    """Id of the run whose step waits for this one."""
    parent_path: StepPath = ROOT
    depth: int = 0
    """How many runs stand above it."""

    @property
    def asked(self) -> tuple[str, Json, str]:
        """Return what the same key may ask for again."""
        return self.workflow, self.input, self.fork.asked if self.fork else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that answers a request."""

    run_id: RunId
    is_new: bool
    """False when the same key had started it before."""
