"""Kind `supervise`: how it is read and checked before it runs."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.reliability.slots import Bounds
from tests.core.nodes.reading import node, told

POOL = "supervise:\n  over: input.packages\n  as: package\n  agents: [critic, critic-lite]\n  with: {sections: '[1]'}\n"


def test_everything_is_read() -> None:
    read = node(f"{POOL}  slots: {{least: 2, most: 6}}\n  tolerate: 3\n  check: {{said: output.summary != ''}}\n")
    assert isinstance(read, Supervise)
    assert (read.agents, read.over, read.as_, read.bounds, read.tolerate) == (
        ("critic", "critic-lite"), "input.packages", "package", Bounds(least=2, most=6), 3,
    )  # fmt: skip
    assert isinstance(read.body, Handoff)
    assert (read.body.is_pooled, [check.name for check in read.body.checks]) == (True, ["said"])


def test_what_is_not_said_is_as_usual() -> None:
    read = node("supervise: {over: input.packages, agents: [critic]}")
    assert isinstance(read, Supervise)
    assert (read.as_, read.bounds, read.tolerate) == ("item", Bounds(least=1, most=4), 0)
    few = node("supervise: {over: input.packages, agents: [critic], slots: {least: 9}}")
    assert isinstance(few, Supervise)
    assert few.bounds == Bounds(least=9, most=9)


def test_without_a_list_it_is_a_hand_off() -> None:
    read = node("supervise: {agents: [critic]}")
    assert isinstance(read, Handoff)
    assert (read.pattern, read.is_pooled) == ("supervise", False)
    assert told("supervise: {agents: [critic, critic-lite], with: {sections: '[1]'}}") == []


def test_its_output_is_a_list_of_what_the_agents_return() -> None:
    assert told(POOL, output="steps.it.output[0].summary") == []
    assert [message for _, message, _ in told(POOL, output="steps.it.output[0].tone")] == [
        "'steps.it.output.0' has no field 'tone'"
    ]


def test_results_are_merged_as_those_of_a_map() -> None:
    assert told(f"{POOL}  merge: {{how: structured, key: package.name}}", output="steps.it.output.first.summary") == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("supervise: critic", 1, "'supervise' must be an object, but is a text"),
        ("supervise: {over: input.packages}", 1, "'supervise' needs 'agents'"),
        (f"{POOL}  slots: {{least: 3, most: 2}}", 6, "'most' is 2, but 'least' is 3"),
        (f"{POOL}  slots: {{least: 0}}", 6, "must be from 1 to 100, but is 0"),
        (f"{POOL}  slots: 3", 6, "'slots' must be an object, but is a number"),
        (f"{POOL}  slott: 3", 6, "'slott' is not a field of 'supervise'"),
        (f"{POOL}  check: {{said: output.tone}}", 6, "'output' has no field 'tone'"),
        ("supervise: {over: input.name, agents: [critic], with: {sections: '[1]'}}", 1, "'input.name' must be a list"),
        ("supervise: {agents: [critic], tolerate: 1}", 1, "'tolerate' goes with 'over'"),
        (
            "supervise:\n  over: input.packages\n  agents:\n    - critic\n    - merger\n  with: {sections: '[1]'}",
            5, "merger does not return what the first one does",
        ),
        (f"{POOL}  pool: true", 6, "'pool' is not a field of 'supervise'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_on_its_line(text: str, line: int, message: str) -> None:
    found = told(text)
    assert any(at == line and message in said for at, said, _ in found), found


def test_the_item_goes_by_its_name_inside() -> None:
    text = POOL.replace("'[1]'", "package.files") + "  check: {said: size(package.name) > 0}"
    assert told(text) == []
