"""Kind `handoff`: how it is read and checked before it runs."""

from __future__ import annotations

import pytest

from orchestrator.core.checks import Check
from orchestrator.core.definition import Retry
from orchestrator.core.degrade import Degrade
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.handoff import Handoff
from tests.core.nodes.reading import node, told

TWICE = "{name: a, check: input.yes}"
TWO = "handoff:\n  agents: [critic, critic-lite]\n  with: {sections: '[1]'}\n"


def handoff(text: str) -> Handoff:
    found = node(text)
    assert isinstance(found, Handoff)
    return found


def test_everything_is_read() -> None:
    read = handoff(
        f"{TWO}  timeout: 9s\n  retries: 2\n  judge: surveyor\n  escalate: {{title: Look, deadline: {{after: 1h}}}}\n"
        "  degrade: {value: input.name, why: no one}\n"
        "  check:\n    - {name: long enough, check: size(output.summary) > 3, why: say more}\n"
    )
    assert (read.agents, read.retries, read.degrade) == (
        ("critic", "critic-lite"), 2, Degrade(value="input.name", why="no one"),
    )  # fmt: skip
    assert read.checks == (Check(name="long enough", test="size(output.summary) > 3", why="say more"),)
    assert isinstance(read.work, AgentNode)
    assert (read.work.agent, read.work.timeout_seconds, read.work.retry.attempts) == ("critic", 9.0, 1)
    assert isinstance(read.judge, AgentNode)
    assert read.judge.agent == "surveyor"
    assert isinstance(read.person, Gate)
    assert (read.person.title, read.person.deadline_seconds, read.person.edit) == ("Look", 3600.0, ("output",))


def test_what_is_not_said_is_as_usual() -> None:
    read = handoff("handoff: {agents: [critic]}")
    assert (read.checks, read.judge, read.person, read.degrade, read.retries) == ((), None, None, None, 1)
    assert isinstance(read.work, AgentNode)
    assert read.work.retry == Retry(), "who is alone is tried again as any agent is"


def test_checks_may_be_written_as_names_with_conditions() -> None:
    read = handoff("handoff: {agents: [critic], check: {calm: input.yes, whole: {check: output.ok, why: mend it}}}")
    assert read.checks == (Check(name="calm", test="input.yes"), Check(name="whole", test="output.ok", why="mend it"))


def test_agents_with_equal_contracts_may_stand_in_for_each_other() -> None:
    assert told(f"{TWO}  check: {{said: size(output.summary) > 3}}\n  escalate: true") == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("handoff: critic", 1, "'handoff' must be an object, but is a text"),
        ("handoff: {}", 1, "'handoff' needs 'agents'"),
        ("handoff: {agents: []}", 1, "there must be at least one agent"),
        ("handoff: {agents: [critik], with: {sections: '[1]'}}", 1, "there is no agent 'critik'"),
        ("handoff:\n  agents:\n    - critic\n    - nobody\n  with: {sections: '[1]'}", 4, "there is no agent 'nobody'"),
        (
            "handoff:\n  agents:\n    - critic\n    - publisher\n  with: {sections: '[1]'}", 4,
            "publisher: 'root' (a text) is missing",
        ),
        (
            "handoff:\n  agents:\n    - critic\n    - merger\n  with: {sections: '[1]', reports: '[1]'}", 4,
            "merger does not return what the first one does",
        ),
        (f"{TWO}  check: {{calm: output.tone}}", 4, "'output' has no field 'tone'"),
        (f"{TWO}  check: {{calm: output.summary}}", 4, "a condition is true or false, this is a text"),
        (f"{TWO}  check: calm", 4, "checks must be an object or a list, but are a text"),
        (f"{TWO}  check: [{TWICE}, {TWICE}]", 4, "another check is called 'a'"),
        (f"{TWO}  check: [{{name: a}}]", 4, "a check needs 'check'"),
        (f"{TWO}  check: {{calm: 'output.('}}", 4, "'output.(' is not an expression"),
        (f"{TWO}  judge: nobody", 4, "there is no agent 'nobody'"),
        (f"{TWO}  judge: publisher", 4, "publisher: 'output' is not taken"),
        (f"{TWO}  escalate: 5", 4, "'escalate' must be an object, but is a number"),
        (f"{TWO}  escalate: {{titel: x}}", 4, "'titel' is not a field of 'escalate'"),
        (f"{TWO}  degrade: {{value: 5, why: none}}", 4, "this is not what critic returns"),
        (f"{TWO}  retries: 100", 4, "must be from 0 to 20, but is 100"),
        (f"{TWO}  pool: true", 4, "'pool' is not a field of 'handoff'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_on_its_line(text: str, line: int, message: str) -> None:
    found = told(text)
    assert any(at == line and message in said for at, said, _ in found), found


def test_a_misfit_is_told_once() -> None:
    assert len(told("handoff: {agents: [critik], with: {sections: '[1]'}}")) == 1
