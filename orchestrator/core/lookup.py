"""Which node a step path stands for, and which kind that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.core.asking import APPROVE, ASK, CALL
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.contract import Kind
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.sequence import Sequence as Steps
from orchestrator.core.nodes.workflow import WorkflowNode
from orchestrator.core.people import FORM
from orchestrator.core.spans import ahead

ASKED: dict[str, Node] = {
    CALL: WorkflowNode(id=CALL),
    ASK: Gate(id=ASK, title=""),
    APPROVE: Gate(id=APPROVE, title="", on_reject="continue"),  # what a no means is for the agent to say
    FORM: Gate(id=FORM, title=""),
}
"""Steps that an agent's step may open while it is at work; what they are about is their item."""
MOST_KNOWN = 20_000


class UnknownStep(LookupError):
    """A path that no node of the workflow stands for."""


def node_at(workflow: Workflow, path: StepPath) -> Node:
    """Return the node a step is an occurrence of; raises UnknownStep."""
    node = workflow.known.get(path)
    if node is None:
        node = _find(workflow.root, path)
        if len(workflow.known) < MOST_KNOWN:
            workflow.known[path] = node
    return node


def _find(node: Node, path: StepPath) -> Node:
    for name, _, indices in segments(path):
        node = _named(node, name, path)
        for _ in indices:
            node = _children(node)[0]
    return node


def kind_of(workflow: Workflow, path: StepPath) -> Kind[Any]:
    """Return the kind of a step's node."""
    return KINDS[node_at(workflow, path).kind]


def span_of(node: Node) -> int:
    """Return how many steps stand one after another in a node, at most: what it repeats counts once."""
    lengths = {inner.id: span_of(inner) for inner in _children(node)}
    if isinstance(node, Steps) and lengths:
        return max(ahead(lengths, node.needs_by_id()).values())
    return max(lengths.values(), default=1)


def _named(node: Node, name: str, path: StepPath) -> Node:
    for inner in _children(node):
        if inner.id == name:
            return inner
    if node.kind == "agent" and name in ASKED:
        return ASKED[name]
    raise UnknownStep(f"the workflow has no step '{path}': '{node.id or 'the workflow'}' has no '{name}' inside")


def _children(node: Node) -> Sequence[Node]:
    return KINDS[node.kind].children(node)
