"""Rule `rule.keep`: hands on what it is given. Patterns use it to put named values together as one step's output."""

from __future__ import annotations

from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Rule
from orchestrator.core.shapes import of_object


def keep(given: Inputs) -> Json:
    """Return what was given, under the same names."""
    return dict(given)


KEEP = Rule(name="rule.keep", role="Hands on what it is given.", run=keep, output_schema={"type": "object"},
            shape=of_object)  # fmt: skip
