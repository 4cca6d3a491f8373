"""Every rule by its name: the one place that knows them all."""

from __future__ import annotations

from orchestrator.core.rules import accept, assembly, critique, debate, keep, merged, outline, plan
from orchestrator.core.rules.contract import Rule

_ALL = (
    keep.KEEP, merged.MERGED, plan.PLAN, accept.ACCEPT, outline.OUTLINE, assembly.ASSEMBLY,
    debate.HEARD, debate.TALLY, debate.VERDICT,
    critique.CANDIDATES, critique.CRITIQUE, critique.SELECTED, critique.SYNTHESISED,
)  # fmt: skip
RULES: dict[str, Rule] = {rule.name: rule for rule in _ALL}
