"""Rule `rule.assembly`: an assembly has a verdict for each part of the request, and misses none (P3)."""

from __future__ import annotations

from typing import cast

from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Rule
from orchestrator.core.rules.outline import foreign
from orchestrator.core.words import suggestion

FIELDS = ("assembly", "verdicts")
VERDICTS = ("met", "partly", "missed")
_INPUT: dict[str, Json] = {
    "type": "object",
    "required": ["said", "parts"],
    "properties": {"parts": {"type": "array", "items": {"type": "string"}}},
}
_OUTPUT: dict[str, Json] = {
    "type": "object",
    "required": ["problems", "words", "verdicts"],
    "properties": {
        "problems": {"type": "array", "items": {"type": "string"}},
        "words": {"type": "string"},
        "answer": {},
        "verdicts": {"type": "array", "items": {"type": "object"}},
    },
}


def assembly(given: Inputs) -> Json:
    """Return the `answer` with its `verdicts`, and `problems`: what was left out, by its name."""
    said, parts = given["said"], cast("list[str]", given["parts"])
    problems = foreign(said, FIELDS, "assembly")
    written = said.get("verdicts") if isinstance(said, dict) else None
    verdicts = [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []
    named = {str(one.get("part")): one for one in verdicts}
    for part in parts:
        problems += _of_part(part, named.get(part))
    problems += [f"there is no part '{one}'; {suggestion(one, parts)}" for one in named if one not in parts]
    if not isinstance(said, dict) or said.get("assembly") in (None, "", {}, []):
        problems.append("the assembly is empty; put the results together")
    answer = said.get("assembly") if isinstance(said, dict) else None
    return {"problems": list[Json](problems), "words": "; ".join(problems), "answer": answer,
            "verdicts": list[Json](verdicts)}  # fmt: skip


def _of_part(part: str, verdict: dict[str, Json] | None) -> list[str]:
    if verdict is None:
        return [f"the assembly misses '{part}': it has no verdict"]
    if verdict.get("verdict") not in VERDICTS:
        return [f"the verdict on '{part}' must be one of {', '.join(VERDICTS)}"]
    why = f": {verdict['why']}" if verdict.get("why") else ""
    return [f"the assembly misses '{part}'{why}"] if verdict["verdict"] == "missed" else []


ASSEMBLY = Rule(name="rule.assembly", role="Checks that an assembly misses no part of the request.", run=assembly,
                input_schema=_INPUT, output_schema=_OUTPUT)  # fmt: skip
