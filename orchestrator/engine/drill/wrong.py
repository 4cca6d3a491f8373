"""What goes wrong in a dry run."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.samples import TASTES, Taste


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What goes wrong in a dry run."""

    step: str
    fault: Fault
    lasts: bool = True
    """For as long as the same agent is asked for the same thing; otherwise only the first time."""
    taste: Taste = TASTES[1]
    """Of the answer that is given instead, where one is."""
    around: str = ""
    """The loop in which all others answer in this taste, too, so that no judge is ever content; empty for none."""
