"""Every rule by its name: the one place that knows them all."""

from __future__ import annotations

from orchestrator.core.rules import keep, merged, plan
from orchestrator.core.rules.contract import Rule

RULES: dict[str, Rule] = {rule.name: rule for rule in (keep.KEEP, merged.MERGED, plan.PLAN)}
