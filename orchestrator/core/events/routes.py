"""Facts: who was chosen to do a piece of work. Frozen; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChosen:
    """A route chose an agent, or found nobody."""

    type: ClassVar[str] = "route.chosen"
    path: StepPath
    agent: str = ""
    """Who has the work from now on; empty where nobody can."""
    why: str = ""
    candidates: Json = None
    """A list; of each what was known of it: `score`, `trust` with `low` and `high` (its 90 % interval), `tried` (how
    many outcomes that rests on), `usd`, `seconds` and `load`; or in `out` why it was left out."""
    failed: str = ""
    """The agent that had it before and failed; empty at first."""
    reason: str = ""
    """Why it failed."""
