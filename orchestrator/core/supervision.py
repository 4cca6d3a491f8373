"""What kinds that check work have in common: how a person is asked in the end, and whether agents may stand in."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core import contracts
from orchestrator.core.definition import Node
from orchestrator.core.parse_steps import StepReader
from orchestrator.core.patterns.contract import Made, made
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape, of_schema
from orchestrator.core.tree import Tree

PERSON = "Person"
"""Id of the gate at which work ends that nothing else could mend."""
_ESCALATE = ("title", "approvers", "deadline")
_SHOWN: dict[str, Made] = {"output": "output", "failed": "failed", "why": "why"}


def read_person(tree: Tree | None, name: str, reader: StepReader) -> Node | None:
    """Read `true`, or how a person is asked, as a gate that shows the work and what does not hold."""
    if tree is None or tree.value is False:
        return None
    fields = {} if tree.value is True else reader.fields(tree, _ESCALATE, f"'{name}'")
    asked: dict[str, Made] = {"title": "Checks failed: what goes on?", "show": _SHOWN, "edit": ["output"], **fields}
    return reader.step(made({"gate": asked}, tree), name=PERSON)


def check_equal(fields: Mapping[str, Tree], shape: Shape, types: Types) -> None:
    """Check that whoever may stand in takes what the first one takes, and returns what it returns."""
    agents, written = fields.get("agents"), fields.get("with")
    given = written.value if written is not None and isinstance(written.value, dict) else None
    for tree in list(agents.inner())[1:] if agents is not None else []:
        spec = types.agent(tree)
        if spec is None:
            continue
        if written is None or given is not None:
            types.hand_over(given, spec.input_schema, spec.name, tree)
        for misfit in contracts.misfits(of_schema(spec.output_schema), shape):
            place = f"{'.'.join(misfit.path)}: " if misfit.path else ""
            message = f"{spec.name} does not return what the first one does: {place}{misfit.message}"
            types.reader.wrong(tree, message, "agents that stand in for each other have equal contracts")
