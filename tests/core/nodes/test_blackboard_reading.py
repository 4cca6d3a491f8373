"""Kind `blackboard`: how it is read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.blackboards.definition import FIRST, Blackboard
from orchestrator.core.definition import Workflow
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.nodes.reading import node
from tests.core.review import NUMBER, TEXT, TEXTS, schema, spec

NOTES: Any = {"type": ["object", "null"]}
AGENTS: Mapping[str, AgentSpec] = {
    one.name: one
    for one in (
        spec("reader", schema(["facts"], facts=TEXTS), schema(["risk"], risk=NUMBER, why=TEXT)),
        spec("noter", schema([], facts=TEXTS, notes=NOTES), schema(["risk"], risk=NUMBER, notes={"type": "object"})),
        spec("forgetter", schema(["notes"], notes={"type": "object"}), schema(["risk"], risk=NUMBER, notes=TEXT)),
        spec("writer", schema([], closed=False), {"type": "null"}),
        spec("anything", {}, {}),
    )
}
HEAD = (
    "workflow: w\ninput: {type: object, properties: {facts: {type: array, items: {type: string}}, n: {type: number}}}\n"
)
BOARD = """\
blackboard:
  keys:
    facts: {type: array, items: {type: string}}
    risk: {type: integer}
    advice: {type: string}
  start: {facts: input.facts}
  agents:
    legal: {agent: reader, reads: [facts], writes: [risk]}
    adviser: {agent: anything, reads: [risk], writes: [advice], when: board.risk > 3}
"""


def told(text: str, output: str = "") -> list[tuple[int, str, str]]:
    """Return line, message and hint of each problem; the first line of the step is 1."""
    step = "\n".join(
        f"  {'- ' if number == 0 else '  '}{line}" for number, line in enumerate(["id: it", *text.splitlines()])
    )
    found = read_workflow(read_text(f"{HEAD}steps:\n{step}" + (f"\noutput: {output}" if output else "")), AGENTS)
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]


def test_everything_is_read() -> None:
    read = node(
        BOARD + "  until: versions.advice > 0\n  contributions: 9\n  minutes: 30\n  tries: 2\n  otherwise: board.risk\n"
        "  output: board.advice"
    )
    assert isinstance(read, Blackboard)
    assert (read.until, read.contributions, read.minutes, read.tries) == ("versions.advice > 0", 9, 30, 2)
    assert (read.otherwise, read.output) == ("board.risk", "board.advice")
    first, legal, adviser = read.contributors
    assert (first.name, first.writes, adviser.when) == (FIRST, ("facts",), "board.risk > 3")
    assert (legal.name, legal.reads, legal.writes, legal.limit) == ("legal", ("facts",), ("risk",), None)
    assert isinstance(legal.node, AgentNode)
    assert legal.node.with_ == {"facts": "board.facts"}


def test_the_usual_limits() -> None:
    read = node(BOARD)
    assert isinstance(read, Blackboard)
    assert (read.until, read.contributions, read.minutes, read.tries, read.otherwise) == ("", 100, None, 5, "")


def test_its_output_is_the_board_or_what_it_says() -> None:
    assert told(BOARD, output="steps.it.output.risk") == []
    assert "has no field 'nope'" in told(BOARD, output="steps.it.output.nope")[0][1]
    assert told(f"{BOARD}  output: '{{\"x\": board.risk}}'") == []
    assert "has no field 'nope'" in told(f"{BOARD}  output: board.nope")[0][1]


def test_what_writes_through_its_context_returns_nothing() -> None:
    assert told(BOARD.replace("agent: anything", "agent: writer")) == []


def test_notes_are_given_back_to_who_can_take_them() -> None:
    assert told(BOARD.replace("agent: reader", "agent: noter, scratch: notes")) == []
    found = told(BOARD.replace("agent: reader, reads: [facts]", "agent: forgetter, scratch: notes"))
    assert [message for _, message, _ in found] == [
        "'notes' is null at its first turn, which legal does not take",
        "'notes' is its own 'notes' given back: must be an object, but is a text",
    ]
    own = BOARD.replace("agent: reader", "agent: noter, scratch: notes, with: {facts: board.facts}")
    assert [message for _, message, _ in told(own)] == ["'notes' is kept for it, but never given back"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("reads: [facts], writes", "reads: [fact], writes", 8, "there is no key 'fact' on the board"),
        ("writes: [risk]}", "writes: [rsk]}", 8, "there is no key 'rsk' on the board"),
        ("writes: [risk]}", "writes: []}", 8, "'legal' writes nothing"),
        (", writes: [risk]}", "}", 8, "a contributor needs 'writes'"),
        ("agent: reader", "agent: raeder", 8, "there is no agent 'raeder'"),
        ("writes: [risk]}", "writes: [risk, advice]}", 8, "must be a field of its output, which has no field 'advice'"),
        ("risk: {type: integer}", "risk: {type: string}", 8, "'risk' as it comes from legal does not fit its key"),
        ("reads: [facts], writes: [risk]}", "writes: [risk]}", 8, "reader: 'facts' (a list) is missing"),
        ("facts: input.facts", "facts: input.n", 6, "'facts' does not fit its key: must be a list, but is a number"),
        ("start: {facts", "start: {facs", 6, "'facs' is not a field of the board"),
        ("when: board.risk > 3", "when: board.rsk > 3", 9, "'board' has no field 'rsk'"),
        ("when: board.risk > 3", "when: board.risk", 9, "a condition is true or false, this is a whole number"),
        ("when: board.risk > 3", "when: has(board.risk)", 9, "a condition that asks for board.risk waits until"),
        ("when: board.risk > 3", "with: {x: board.facts}", 9, "'board' has no field 'facts'"),
        ("  start: {facts: input.facts}\n", "", 7, "'legal' waits for 'facts', which nobody else writes"),
        ("keys:", "kyes:", 2, "'kyes' is not a field of a blackboard"),
        ("risk: {type: integer}", "risk: {type: intger}", 4, ""),
        ("risk: {type: integer}", "Risk: {type: integer}", 4, "'Risk' cannot be an id"),
        ("legal: {agent", "First: {agent", 8, "'First' cannot be an id"),
    ],
)
def test_a_slip_is_told(old: str, new: str, line: int, message: str) -> None:
    found = told(BOARD.replace(old, new))
    assert [one for one in found if one[0] == line and message in one[1]], found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blackboard: 5", "a blackboard must be an object, but is a number"),
        ("blackboard: {keys: [], agents: {}}", "must be an object, but is a list"),
        ("blackboard: {keys: {}, agents: {}}", "there must be at least one key"),
        (f"{BOARD}  until: board.risk", "a condition is true or false"),
        (f"{BOARD}  contributions: 0", "must be from 1 to 10000"),
        (f"{BOARD}  otherwise: board.nope", "'board' has no field 'nope'"),
    ],
)
def test_a_slip_of_the_whole_is_told(text: str, message: str) -> None:
    assert [one for one in told(text) if message in one[1]], told(text)
