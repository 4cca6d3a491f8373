"""Every pattern by its name: the one place that knows them all."""

from __future__ import annotations

from orchestrator.core.patterns import debate, explore, ladder, orchestrate, plan, refine
from orchestrator.core.patterns.contract import Pattern, PatternParser

_ALL: tuple[Pattern, ...] = (
    debate.Debate(),
    explore.Explore(),
    ladder.Ladder(),
    orchestrate.Orchestrate(),
    plan.Plan(),
    refine.Refine(),
)
PATTERNS: dict[str, Pattern] = {pattern.name: pattern for pattern in _ALL}
PARSERS = {name: PatternParser(pattern) for name, pattern in PATTERNS.items()}
"""What reads them, for a reader of steps."""
