"""What a run of a card starts with: the card's own input, or what its column's `with` makes of the card."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core import expressions
from orchestrator.core.errors import RejectedError
from orchestrator.core.expressions import Anchor, ExpressionFault
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, listed
from orchestrator.core.schema import Schema
from orchestrator.models import Card, Column, WorkflowVersion
from orchestrator.services.runs import input_schema


def input_of(card: Card, column: Column, workflow: WorkflowVersion) -> Json:
    """Return the input of a card's run, with the workflow's defaults where nothing is said; raises RejectedError."""
    given = card.input if column.inputs is None else made(card, column.inputs)
    return {**defaults(input_schema(workflow)), **given} if isinstance(given, dict) else given


def made(card: Card, inputs: Mapping[str, str]) -> dict[str, Json]:
    """Evaluate the expressions of a column over a card; raises RejectedError with all that cannot be found."""
    fields, values, faults = as_json(card), dict[str, Json](), list[Problem]()

    def look_up(anchor: Anchor) -> Json:
        if anchor != ("card",):
            raise LookupError(".".join(anchor))
        return fields

    for name, text in inputs.items():
        try:
            values[name] = expressions.compile(text).evaluate(look_up)
        except ExpressionFault as fault:
            hint = fault.hint or f"the column takes it from {text}"
            faults.append(Problem(path=f"input.{name}", message=fault.reason, hint=hint))
    if faults:
        raise RejectedError(f"The card does not say what its column needs: {listed(tuple(faults))}.", faults)
    return values


def as_json(card: Card) -> dict[str, Json]:
    """Return what expressions may use of a card."""
    labels: list[Json] = [*card.labels]
    return {"id": card.pk, "title": card.title, "description": card.description, "input": card.input,
            "priority": card.priority, "labels": labels, "guidance": card.guidance}  # fmt: skip


def defaults(wanted: Schema) -> dict[str, Json]:
    """Return the defaults a schema gives its fields."""
    properties = wanted.get("properties")
    fields = properties.items() if isinstance(properties, dict) else ()
    return {name: field["default"] for name, field in fields if isinstance(field, dict) and "default" in field}


def wanted(column: Column, workflow: WorkflowVersion) -> Schema:
    """Return the schema of what a card has to say for a column: of a run's inputs, those that are taken as they are.

    Empty where that cannot be told; without fields where the column asks nothing of the card's input.
    """
    schema = input_schema(workflow)
    if column.inputs is None:
        return schema
    fields = schema.get("properties")
    known = fields if isinstance(fields, dict) else {}
    own = {text.removeprefix("card.input."): known.get(name, {}) for name, text in column.inputs.items()
           if text.startswith("card.input.") and text.removeprefix("card.input.").isidentifier()}  # fmt: skip
    return {"type": "object", "properties": own} if own or not _reads_input(column.inputs) else {}


def _reads_input(inputs: Mapping[str, str]) -> bool:
    used = [name for text in inputs.values() for name in expressions.compile(text).references]
    return any(name[:2] in (("card",), ("card", "input")) for name in used)
