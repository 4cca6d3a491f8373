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
ESCALATE = ("title", "approvers", "deadline")
TITLE = "Checks failed: what goes on?"
TEXT = of_schema({"type": "string"})
TEXTS = of_schema({"type": "array", "items": {"type": "string"}})
"""Shapes of `why` and of `failed`, which a person is shown."""


def read_person(tree: Tree | None, name: str, reader: StepReader) -> Node | None:
    """Read `true`, or how a person is asked, as a gate that shows the work and what does not hold."""
    if tree is None or tree.value is False:
        return None
    return ask(tree, {} if tree.value is True else reader.fields(tree, ESCALATE, f"'{name}'"), "output", reader)


def ask(tree: Tree, fields: Mapping[str, Tree], output: str, reader: StepReader) -> Node:
    """Return the gate at which a person decides, given the expression of what it is about."""
    shown: Made = {"output": output, "failed": "failed", "why": "why"}
    asked: dict[str, Made] = {"title": TITLE, "show": shown, "edit": ["output"], **fields}
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
