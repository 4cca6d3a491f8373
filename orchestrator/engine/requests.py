"""What callers hand to the engine, and what they get back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Json


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that answers a request."""

    run_id: RunId
    is_new: bool
    """False when the same key had started it before."""
