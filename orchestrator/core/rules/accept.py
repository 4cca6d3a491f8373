"""Rule `rule.accept`: lets pass what a rule before it found good, and fails in its words where it did not (P3, P6)."""

from __future__ import annotations

from typing import cast

from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Refused, Rule

_INPUT: dict[str, Json] = {
    "type": "object",
    "required": ["checked", "what"],
    "properties": {"checked": {"type": "object"}, "what": {"type": "string"}},
}


def accept(given: Inputs) -> Json:
    """Return what was checked; raises Refused with every problem that is left."""
    checked = cast("dict[str, Json]", given["checked"])
    if checked.get("problems"):
        raise Refused(f"{given['what']} is still wrong: {checked.get('words')}", output=checked)
    return checked


ACCEPT = Rule(name="rule.accept", role="Lets pass what is good.", run=accept, input_schema=_INPUT,
              output_schema={"type": "object"})  # fmt: skip
