"""Reads a workflow: every problem of shape, of names and of contracts, all at once, each on its line."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping

from orchestrator.core import shapes
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.route import Route
from orchestrator.core.nodes.workflow import WorkflowNode
from orchestrator.core.parse import Problems, Reader, plain_version, version_of
from orchestrator.core.parse_limits import read_budget
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.parse_steps import Blank, Common, Parser, StepReader, StepTree
from orchestrator.core.parse_tools import read_workflow_limits
from orchestrator.core.patterns.catalogue import PARSERS
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Schema
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of
from orchestrator.core.written_out import written_out

PARSED: Mapping[str, Parser] = ChainMap(PARSERS, KINDS)  # type: ignore[arg-type]  # ChainMap wants what it could write to
"""Everything a step can be written as; kinds are named first."""
_FIELDS = ("workflow", "role", "input", "steps", "output", "budget", "limits", "labels", "policy")


def read_workflow(
    tree: Tree, agents: Mapping[str, AgentSpec] | None, workflows: Mapping[str, Schema] | None = None
) -> Workflow | Problems:
    """Return the workflow a file describes, or everything that is wrong with it.

    Without `agents` (None) only its shape is read: a stored version was checked when it was applied, and must stay
    readable when checks become stricter. `workflows` are the input contracts of those that steps may run; without them
    that is not checked.
    """
    reader = StepReader(problems=list(tree.faults), kinds=PARSED)
    if tree.value is None and tree.faults:
        return reader.found()
    fields = reader.fields(tree, _FIELDS, "a workflow", required=("workflow", "steps"))
    name = reader.slug(fields.get("workflow"), "a workflow")
    root = _read_root(tree, fields, reader)
    frozen = written_out(tree, reader)
    workflow = Workflow(
        name=name,
        role=reader.text(fields.get("role")),
        version=version_of(tree) if frozen is None else plain_version([tree.plain(), frozen]),
        frozen=frozen,
        input_schema=read_schema(fields.get("input"), reader),
        root=root,
        agents=tuple(dict.fromkeys(_agents(root))),
        workflows=tuple(dict.fromkeys(_workflows(root))),
        capabilities=tuple(dict.fromkeys(_capabilities(root))),
        budget=read_budget(fields.get("budget"), reader),
        limits=read_workflow_limits(fields.get("limits"), reader),
        labels=_read_labels(fields.get("labels"), reader),
        proven=_read_policy(fields.get("policy"), reader),
        asks_proven=reader.asks_proven,
    )
    if agents is None:
        return reader.found() or workflow
    run_input = shapes.of_schema(workflow.input_schema)
    every = {**agents, **{name: rule.spec for name, rule in RULES.items()}}
    ruled = {name: rule.shape for name, rule in RULES.items() if rule.shape is not None}
    Types(
        reader=reader, kinds=KINDS, agents=every, workflows=workflows, names={"input": run_input}, given=run_input,
        ruled=ruled,
    ).check(root)  # fmt: skip
    return reader.found() or workflow


def _read_root(tree: Tree, fields: Mapping[str, Tree], reader: StepReader) -> Node:
    """Read the steps of the file as one sequence around them all."""
    if "steps" not in fields:
        return Blank(id="")  # noted already
    inner = {name: fields[name] for name in ("steps", "output") if name in fields}
    own = Tree(value=inner, path=tree.path, line=tree.line)
    common = Common(id="", when="", needs=None, optional=False, line=own.line)
    step = StepTree(tree=own, own=own, common=common)
    return reader.keep(KINDS["sequence"].parse(step, reader), step)


def _agents(node: Node) -> Iterator[str]:
    kind = KINDS.get(node.kind)
    if kind is None:
        return
    yield from (name for name in kind.agents(node) if name and name not in RULES)
    for inner in kind.children(node):
        yield from _agents(inner)


def _workflows(node: Node) -> Iterator[str]:
    if isinstance(node, WorkflowNode) and node.workflow:
        yield node.workflow
    kind = KINDS.get(node.kind)
    for inner in kind.children(node) if kind else ():
        yield from _workflows(inner)


def _capabilities(node: Node) -> Iterator[str]:
    if isinstance(node, Route) and node.asked.capability:
        yield node.asked.capability
    kind = KINDS.get(node.kind)
    for inner in kind.children(node) if kind else ():
        yield from _capabilities(inner)


def _read_policy(tree: Tree | None, reader: Reader) -> bool:
    fields = reader.fields(tree, ("proven",), "'policy'") if tree is not None else {}
    return reader.flag(fields.get("proven"))


def _read_labels(tree: Tree | None, reader: Reader) -> dict[str, str]:
    if tree is None:
        return {}
    if not isinstance(tree.value, dict):
        reader.wrong(
            tree, f"'labels' must be an object, but is {type_of(tree.value)}", "write name: text, a line for each"
        )
        return {}
    return {name: reader.text(inner) for name, inner in tree.value.items()}
