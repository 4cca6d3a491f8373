"""Facts: what happens to a loop alone. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.status import StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundJudged:
    """A round has ended and was looked at; the next one, or the end of the loop, follows."""

    type: ClassVar[str] = "loop.judged"
    path: StepPath
    round: int
    """Its number, from 1."""
    status: StepStatus = StepStatus.SUCCEEDED
    """How the round ended."""
    digest: str = ""
    """Hash of what it came to; empty when that was nothing."""
    score: float | None = None
    best: bool = False
    """Whether no round before has a score as high."""
    better: bool = False
    """Whether the best score has gone up by as much as is asked for, since that was last so."""
    seconds: float = 0.0
    """How long it took."""
    done: bool = False
    """Whether the loop's condition holds, so that this was the last round."""
    more: bool = False
    """Whether the next round begins in an advance of its own."""
