"""Facts: what happens to a step that waits for a time. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegun:
    """A step waits; its timer follows."""

    type: ClassVar[str] = "wait.begun"
    path: StepPath
    until: float
    """Seconds since 1970."""
