"""Rule `rule.merged`: what an agent made of the results of branches or items, told as every merged result is."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core import shapes
from orchestrator.core.merges import result
from orchestrator.core.merges.contract import Contribution
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Rule
from orchestrator.core.shapes import UNKNOWN, Shape


def merged(given: Inputs) -> Json:
    """Return `value` with who gave what; a result that is null counts as absent."""
    return result.result("agent", {"value": given["value"]}, contributions(given["results"]))


def contributions(results: Json) -> list[Contribution]:
    """Return collected results one by one: by branch, or by index."""
    if isinstance(results, Mapping):
        named = [(name, value) for name, value in results.items()]
    else:
        named = [(f"[{index}]", value) for index, value in enumerate(results if isinstance(results, list) else ())]
    return [Contribution(who=who, value=value, is_absent=value is None) for who, value in named]


def _shape(given: Mapping[str, Shape]) -> Shape:
    results = given.get("results", UNKNOWN)
    shares = list(results.fields.values()) if results.fields is not None else [shapes.element(results)]
    return result.shape({"value": given.get("value", UNKNOWN)}, shares)


MERGED = Rule(
    name="rule.merged",
    role="Tells what was made of the results of branches or items, and who gave what.",
    run=merged,
    input_schema={"type": "object", "required": ["value", "results"]},
    output_schema={"type": "object"},
    shape=_shape,
)
