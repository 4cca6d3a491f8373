"""Kind `converse`: how it is read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.conversations.definition import Converse
from orchestrator.core.definition import Workflow
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.nodes.reading import node
from tests.core.review import NUMBER, TEXT, schema, spec

LIST: Any = {"type": "array"}
MESSAGES: Any = {"type": "array", "items": schema(["to", "text"], to=TEXT, text=TEXT)}
MAIL = schema(["inbox"], inbox=LIST)
AGENTS: Mapping[str, AgentSpec] = {
    one.name: one
    for one in (
        spec("buyer-bot", MAIL, schema([], send=MESSAGES, answer=NUMBER)),
        spec("seller-bot", MAIL, schema([], send=MESSAGES, done={"type": "boolean"})),
        spec("noter", schema([], inbox=LIST, notes={}), schema([], send=MESSAGES, notes=TEXT)),
        spec("forgetter", schema([], inbox=LIST, notes=TEXT), schema([], send=MESSAGES, notes=TEXT)),
        spec("mute", MAIL, schema([], said=TEXT)),
        spec("odd", MAIL, schema([], send={"type": "array", "items": schema([], to=TEXT)})),
        spec("deaf", schema(["x"], x=TEXT), {}),
        spec("judge", schema(["answers"], answers={"type": "object"}), {}),
        spec("anything", {}, {}),
    )
}
TALK = """\
converse:
  agents:
    buyer: {agent: buyer-bot, timeout: 30s}
    seller: seller-bot
  begin: {to: buyer, text: input.ask}
"""


def told(text: str, output: str = "") -> list[tuple[int, str, str]]:
    """Return line, message and hint of each problem; the first line of the step is 1."""
    lines = ["id: it", *text.splitlines()]
    step = "\n".join(f"  {'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines))
    head = "workflow: w\ninput: {type: object, properties: {ask: {type: string}}}\nsteps:\n"
    found = read_workflow(read_text(f"{head}{step}" + (f"\noutput: {output}" if output else "")), AGENTS)
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]


def test_everything_is_read() -> None:
    read = node(
        TALK + "  conflict: [{vote: n}, {arbiter: judge}, {person: {title: Who is right?, approvers: {quorum: 2}}}]\n"
        "  messages: 9\n  turns: 8\n  hops: 7\n  repeats: 6\n  minutes: 5\n  message_timeout: 4m\n  revive_after: 3s\n"
        "  revivals: 2\n  replace: {seller: anything}\n  otherwise: answers\n  output: answer"
    )
    assert isinstance(read, Converse)
    assert [(one.name, one.replacement) for one in read.peers] == [("buyer", ""), ("seller", "anything")]
    assert (read.messages, read.turns, read.hops, read.repeats, read.minutes) == (9, 8, 7, 6, 5)
    assert (read.unread_seconds, read.revive_seconds, read.revivals) == (240.0, 3.0, 2)
    assert [rule.how for rule in read.conflict] == ["vote", "arbiter", "person"]
    assert [one.id for one in read.deciders] == ["Arbiter", "Person"]
    buyer = read.peers[0].node
    assert isinstance(buyer, AgentNode)
    assert (buyer.agent, buyer.with_, buyer.timeout_seconds) == ("buyer-bot", {"inbox": "inbox"}, 30.0)


def test_the_usual_limits_and_several_first_messages() -> None:
    read = node(
        TALK.replace("{to: buyer, text: input.ask}", "[{to: buyer, text: \"'a'\"}, {to: seller, text: input.ask}]")
    )
    assert isinstance(read, Converse)
    assert read.openings == ("buyer", "seller")
    assert (read.messages, read.turns, read.hops, read.repeats, read.conflict) == (100, 20, 20, 2, ())


def test_a_good_one_has_no_problems_and_its_output_is_known() -> None:
    assert told(TALK, output="steps.it.output.answer") == []
    assert told(f"{TALK}  conflict: person") == []
    assert "has no field 'nope'" in told(TALK, output="steps.it.output.nope")[0][1]
    assert told(TALK.replace("seller: seller-bot", "seller: {agent: noter, scratch: notes}")) == []


def test_who_uses_other_agents_is_bound_to_them() -> None:
    found = read_workflow(
        read_text(
            "workflow: w\nsteps:\n  - id: it\n    converse:\n      agents: {a: buyer-bot, b: seller-bot}\n"
            "      begin: {to: a, text: \"'x'\"}\n      conflict: {arbiter: judge}\n      replace: {b: anything}\n"
        ),
        AGENTS,
    )
    assert isinstance(found, Workflow), found
    assert set(found.agents) == {"buyer-bot", "seller-bot", "judge", "anything"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("to: buyer", "to: byer", 5, "there is no 'byer' in this conversation"),
        ("text: input.ask", "text: input.nope", 5, "'input' has no field 'nope'"),
        (", text: input.ask", "", 5, "a first message needs 'text'"),
        ("{to: buyer, text: input.ask}", "[]", 5, "nobody is written to"),
        ("agent: buyer-bot", "agent: byer-bot", 3, "there is no agent 'byer-bot'"),
        ("    seller: seller-bot\n", "", 2, "a conversation takes two at least"),
        ("seller: seller-bot", "post: seller-bot", 4, "'post' always means something else"),
        ("seller: seller-bot", "seller: mute", 4, "seller has no way to say anything"),
        ("seller: seller-bot", "seller: odd", 4, "what seller sends is no message: send[]: 'text' (a text) is missing"),
        ("seller: seller-bot", "seller: deaf", 4, "deaf: 'inbox' is not taken"),
        ("seller: seller-bot", "seller: {agent: forgetter, scratch: notes}", 4, "'notes' is null at its first turn"),
        ("seller: seller-bot", "seller: {agent: seller-bot, scratch: x}", 4, "which has no field 'x'"),
        ("seller: seller-bot", "seller: {agent: noter, scratch: notes, with: {inbox: inbox}}", 4, "never given back"),
        ("begin:", "conflict: {precedence: [byer]}\n  begin:", 5, "there is no 'byer' in this conversation"),
        ("begin:", "conflict: {vot: n}\n  begin:", 5, "'vot' is not a field of 'conflict'"),
        ("begin:", "conflict: {vote: n, arbiter: judge}\n  begin:", 5, "one rule at a time"),
        ("begin:", "conflict: [person, person]\n  begin:", 5, "'person' stands here twice"),
        ("begin:", "conflict: {}\n  begin:", 5, "'conflict' needs one of"),
        ("begin:", "conflict: {arbiter: deaf}\n  begin:", 5, "deaf: 'answers' is not taken"),
        ("begin:", "replace: {byer: judge}\n  begin:", 5, "there is no 'byer' in this conversation"),
        ("begin:", "replace: {buyer: deaf}\n  begin:", 5, "deaf: 'inbox' is not taken"),
        ("begin:", "replace: [buyer]\n  begin:", 5, "must be an object, but is a list"),
        ("begin:", "message_timeout: soon\n  begin:", 5, "must be a time such as 60s"),
        ("begin:", "otherwise: nope\n  begin:", 5, "there is no 'nope' here"),
    ],
)
def test_a_slip_is_told(old: str, new: str, line: int, message: str) -> None:
    found = told(TALK.replace(old, new))
    assert [one for one in found if one[0] == line and message in one[1]], found
