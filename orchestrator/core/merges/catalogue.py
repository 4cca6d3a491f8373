"""Every merge strategy by its word: the one place that knows them all."""

from __future__ import annotations

from orchestrator.core.merges import best, confidence, fields, majority
from orchestrator.core.merges.contract import Strategy

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy for strategy in (majority.Majority(), confidence.Confidence(), best.Best(), fields.Fields())
}
