"""Merge by an agent: written out as steps. Its parts are collected, the agent gets them as `results`, and a rule tells
what it made of them as every merged result is told. The agent is called like any: `with`, `retry`, `fallback`.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made
from orchestrator.core.tree import Tree

HOW = "agent"
_CALL = ("retry", "timeout", "fallback", "degrade")
_FIELDS = ("how", "agent", "with", *_CALL)


def is_meant(step: StepTree) -> bool:
    """Tell whether a step asks for an agent to put its results together."""
    how = _merge(step).get("how")
    return how is not None and how.value == HOW


def write(kind: str, step: StepTree, reader: StepReader) -> Made:
    """Return the steps that a parallel or map stands for whose results an agent puts together."""
    own: Mapping[str, Tree] = step.own.value if isinstance(step.own.value, dict) else {}
    fields = reader.fields(own["merge"], _FIELDS, "'merge'", required=("agent",))
    parts: Made = {"id": "Parts", kind: {name: inner for name, inner in own.items() if name != "merge"}}
    if "agent" not in fields:
        return {"sequence": [parts]}  # noted
    given: dict[str, Made] = {"results": "steps.Parts.output"}
    more = fields.get("with")
    if more is not None and isinstance(more.value, dict):
        if "results" in more.value:
            reader.wrong(more.value["results"], "'results' is what was collected", "choose another name", at_name=True)
        given = {**more.value, **given}
    elif more is not None:
        reader.expressions(more, "'with'")
    call = {name: fields[name] for name in _CALL if name in fields}
    told: Made = {
        "id": "Told",
        "agent": "rule.merged",
        "with": {"value": "steps.Merge.output", "results": "steps.Parts.output"},
    }
    return {"sequence": [parts, {"id": "Merge", "agent": fields["agent"], "with": given, **call}, told]}


def _merge(step: StepTree) -> Mapping[str, Tree]:
    own = step.own.value if isinstance(step.own.value, dict) else {}
    merge = own.get("merge")
    return merge.value if merge is not None and isinstance(merge.value, dict) else {}
