"""Kind `parallel`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence
from tests.core.nodes.reading import node, told

TWO = """\
parallel:
  branches:
    a: {agent: surveyor, with: {path: input.name}}
    b: {sequence: [{id: x, gate: {title: T}}], optional: true}"""


def test_a_branch_has_its_name_as_id() -> None:
    read = node(f"{TWO}\n  tolerate: 1\n  merge: structured")
    assert isinstance(read, Parallel)
    assert ([branch.id for branch in read.branches], read.tolerate) == (["a", "b"], 1)
    assert isinstance(read.branches[0], AgentNode)
    assert isinstance(read.branches[1], Sequence)
    assert read.branches[1].optional


def test_its_output_has_one_field_a_branch() -> None:
    assert told(TWO, output="steps.it.output.a.root") == []
    assert "'steps.it.output' has no field 'c'" in told(TWO, output="steps.it.output.c")[0][1]
    assert "'steps.it.output.a' has no field 'rot'" in told(TWO, output="steps.it.output.a.rot")[0][1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("parallel:\n  tolerate: 1", 1, "'parallel' needs 'branches'"),
        ("parallel:\n  branches: {}", 2, "there must be at least one branch"),
        ("parallel:\n  branches: [a]", 2, "must be an object, but is a list"),
        ("parallel:\n  branches:\n    a-b: {agent: surveyor, with: {path: input.name}}", 3, "'a-b' cannot be an id"),
        ("parallel:\n  branches:\n    a: {id: x, agent: surveyor}", 3, "'id' is not a field of a step"),
        ("parallel:\n  branches:\n    a: {needs: [x], agent: surveyor}", 3, "'needs' is not a field of a step"),
        ("parallel:\n  branches:\n    a: surveyor", 3, "a step must be an object, but is a text"),
        ("parallel:\n  branches:\n    a:\n      agnt: surveyor", 4, "'agnt' is not a field of a step"),
        (f"{TWO}\n  merge: vote", 5, "must be one of collect, structured"),
        (f"{TWO}\n  tolerate: x", 5, "must be a whole number"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
