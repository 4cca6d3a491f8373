"""Facts: what a review found. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewJudged:
    """A result was checked, and this is what follows."""

    type: ClassVar[str] = "review.judged"
    path: StepPath
    verdict: str
    """pass, redo (it is sent back) or ask (a person decides)."""
    failed: tuple[str, ...] = ()
    """Names of the checks that did not hold: schema, score, similar, or a rule's own."""
    why: str = ""
    round: int = 1
    """Which time this is, counted from 1."""
    score: float | None = None
    likeness: float | None = None
    """How alike it is to the accepted result it is most alike to, 0 to 1; None where there was none to compare with."""
    compared: int = 0
    """How many accepted results of similar input it was compared with."""
