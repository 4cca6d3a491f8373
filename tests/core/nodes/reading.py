"""One step in a workflow, for the tests of how kinds are read. Its lines count from 1, its id is `it`."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.parse import Problems
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.review import AGENTS, PACKAGE

INPUT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "yes": {"type": "boolean"},
        "packages": {"type": "array", "items": PACKAGE},
        "any": {},
    },
}


def read(text: str, output: str = "", agents: Mapping[str, AgentSpec] | None = AGENTS) -> Workflow | Problems:
    lines = text.splitlines()
    after = f"\noutput: {output}" if output else ""
    head = f"workflow: w\ninput: {INPUT}\nsteps:\n"
    step = "\n".join(f"  {'- ' if number == 0 else '  '}{line}" for number, line in enumerate(["id: it", *lines]))
    return read_workflow(read_text(f"{head}{step}{after}"), agents)


def node(text: str) -> Node:
    """Return the node of a step whose contracts do not matter."""
    found = read(text, agents=None)
    assert isinstance(found, Workflow), [str(problem) for problem in found]
    assert isinstance(found.root, Sequence)
    return found.root.steps[0]


def told(text: str, output: str = "") -> list[tuple[int, str, str]]:
    """Return line, message and hint of each problem."""
    found = read(text, output)
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]
