"""A gate about what an agent made (H7): it goes to a person before it counts, unless a condition lets it act alone.

    gate: {title: Pay it?, show: {order: input.order},
           proposal: {of: payer, value: steps.pay.output, alone: output.amount < 100}}

What may be changed is all of it, and it has to fit the agent's contract; what comes out is as the agent returns it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core import people
from orchestrator.core.agents import AgentSpec
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.nodes.contract import Look
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape, of_schema
from orchestrator.core.tree import Tree

WHY, WHOLE = "why you are asked", "what it proposes"
"""Names of what a gate shows beside fields of contracts, which hardly have blanks in theirs."""
OUTPUT = "output"
"""What the condition calls what was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, by whom, and when nobody is asked."""

    agent: str
    value: str
    """Expression of what it made."""
    alone: str = ""
    """Condition over `output`; empty asks always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a gate shows of a proposal."""

    shown: dict[str, Json]
    edit: tuple[str, ...]
    edit_schema: dict[str, Json]


def read(tree: Tree | None, beside: Mapping[str, Tree], reader: Reader) -> Proposal | None:
    """Read a proposal; `beside` are the gate's other fields."""
    if tree is None:
        return None
    fields = reader.fields(tree, ("of", "value", "alone"), "'proposal'", required=("of", "value"))
    for name in ("edit", "edit_schema"):
        if name in beside:
            hint = "leave it out: all of a proposal may be changed, as its agent's contract allows"
            reader.wrong(beside[name], f"'{name}' does not go with 'proposal'", hint, at_name=True)
    return Proposal(agent=reader.text(fields.get("of")), value=reader.expression(fields.get("value")),
                    alone=reader.expression(fields.get("alone")))  # fmt: skip


def check(tree: Tree, types: Types) -> Shape:
    """Check that the agent exists and that the condition can hold, and return the shape of what is proposed."""
    fields = tree.value if isinstance(tree.value, dict) else {}
    spec = types.agent(fields["of"]) if "of" in fields else None
    shape = types.shape(fields["value"]) if "value" in fields else UNKNOWN
    if shape.is_unknown and spec is not None:
        shape = of_schema(spec.output_schema)
    types.naming({OUTPUT: shape}).condition(fields.get("alone"))
    return shape


def why_asked(proposal: Proposal, value: Json, look: Look) -> str:
    """Say why a person has to look at it; empty when the agent may act alone. A condition that fails asks."""
    if not proposal.alone:
        return f"{proposal.agent} only proposes here"
    try:
        return "" if look.test(proposal.alone, {OUTPUT: value}) else f"it is not so that {proposal.alone}"
    except ExpressionFault as fault:
        return f"nobody can tell whether {proposal.alone}: {fault}"


def asked(why: str, spec: AgentSpec | None, value: Json, context: Mapping[str, Json]) -> Asked:
    """Return what a gate shows: why, what else there is to see, and every field of what is proposed."""
    names = people.names_of(spec.output_schema if spec else {})
    is_named = isinstance(value, dict) and bool(names) and set(value) <= set(names)
    proposed: dict[str, Json] = dict(value) if is_named and isinstance(value, dict) else {WHOLE: value}
    edit, schema = fields_of(spec, proposed)
    return Asked(shown={WHY: why, **people.apart(dict(context), edit), **proposed}, edit=edit, edit_schema=schema)


def fields_of(spec: AgentSpec | None, shown: Mapping[str, Json]) -> tuple[tuple[str, ...], dict[str, Json]]:
    """Return what may be changed of what a gate shows, and its schema: each field, or all of it as one."""
    contract = spec.output_schema if spec else {}
    return people.alone(contract, WHOLE) if WHOLE in shown else people.fields_of(contract)


def approved(spec: AgentSpec | None, held: Mapping[str, Json]) -> Json:
    """Return what was approved, as the agent would have returned it."""
    names = people.names_of(spec.output_schema if spec else {})
    return held[WHOLE] if WHOLE in held else {name: held[name] for name in names if name in held}
