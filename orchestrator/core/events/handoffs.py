"""Facts: what a supervisor finds of work that is handed over. Frozen; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffJudged:
    """Work came back, was checked, and this is what follows. What encloses it is told, too."""

    type: ClassVar[str] = "handoff.judged"
    path: StepPath
    child: StepPath
    """The work that was checked."""
    agent: str
    """Who did it; empty where nobody has it, and the pool around it is asked for somebody."""
    verdict: str
    """pass, retry, reroute, degrade, escalate or fail."""
    failed: tuple[str, ...] = ()
    """Names of the checks that did not hold; of work that never came, why it did not."""
    why: str = ""
    seconds: float | None = None
    """How long work that holds took; None for any other. Tries that were lost with their worker are left out."""
    tried: tuple[str, ...] = ()
    """Agents that have had this work and are not asked again."""
