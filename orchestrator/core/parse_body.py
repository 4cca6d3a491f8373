"""Reads what a kind does again and again: any step, a list of steps, or an agent in the kind's own fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from orchestrator.core.definition import Node
from orchestrator.core.parse_steps import Blank, StepReader, StepTree
from orchestrator.core.tree import Tree
from orchestrator.core.words import nearest

OF_AGENT = ("with", "retry", "timeout", "fallback", "degrade")
"""What goes with an agent that stands in the kind's own fields."""
BODY = ("do", "agent", *OF_AGENT)


def read_body(step: StepTree, fields: Mapping[str, Tree], own: Collection[str], reader: StepReader) -> Node:
    """Read `do: {…}`, `do: [steps]`, or the short form in which the agent and its fields stand in the kind itself.

    `own` are the kind's other fields, to tell what a misspelt name may mean. With a list, `output` may say what it
    comes to.
    """
    kind = step.own.path.rpartition(".")[2]
    if "agent" in fields and "do" in fields:
        reader.wrong(fields["do"], f"a {kind} has 'agent' or 'do', not both", "remove one", at_name=True)
    if "do" in fields:
        for name in (name for name in OF_AGENT if name in fields):
            reader.wrong(fields[name], f"'{name}' does not go with 'do'", "put it into the step inside", at_name=True)
        body = _as_step(fields["do"], fields.get("output"), reader)
        return reader.step(body, name=step.common["id"], without=("id", "needs", "optional"))
    short = {name: fields[name] for name in ("agent", *OF_AGENT) if name in fields}
    if "agent" not in short:
        if not _misspelt(step.own, own):
            reader.wrong(step.own, f"'{kind}' needs 'agent' or 'do'", "say what is done each time")
        return Blank(id=step.common["id"])
    _no_output(fields.get("output"), reader)
    inner = Tree(value=short, path=step.own.path, line=step.own.line, name_line=step.own.name_line)
    return reader.step(inner, name=step.common["id"])


def _as_step(body: Tree, output: Tree | None, reader: StepReader) -> Tree:
    if not isinstance(body.value, list):
        _no_output(output, reader)
        return body
    steps = body if output is None else replace(body, value={"steps": body, "output": output})
    return replace(body, value={"sequence": steps})


def _no_output(output: Tree | None, reader: StepReader) -> None:
    if output is not None:
        hint = "leave it out: what the step gives is the output"
        reader.wrong(output, "'output' goes with a list of steps in 'do'", hint, at_name=True)


def _misspelt(own: Tree, known: Collection[str]) -> bool:
    """Tell whether a name that is not known may be meant as the missing one; it is noted already."""
    every = (*known, *BODY)
    unknown = [name for name in own.inner_names() if name not in every]
    return any(nearest(name, every) in ("do", "agent") for name in unknown)
