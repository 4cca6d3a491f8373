"""Kind `map`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.merges.contract import Merging
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence
from tests.core.nodes.reading import node, told


def test_the_short_form_does_one_agent_with_each_item() -> None:
    read = node(
        "map: {over: input.packages, as: p, agent: checklist, with: {files: p.files}, timeout: 5s, concurrency: 3}"
    )
    assert isinstance(read, Map)
    assert (read.over, read.as_, read.concurrency, read.tolerate) == ("input.packages", "p", 3, 0)
    body = read.body
    assert isinstance(body, AgentNode)
    assert (body.id, body.agent, body.with_, body.timeout_seconds) == (
        "it",
        "checklist",
        {"files": "p.files"},
        5.0,
    )


def test_the_long_form_does_any_step_with_each_item() -> None:
    read = node(
        "map:\n  over: input.any\n  do:\n    parallel: {branches: {a: {agent: checklist, with: {files: item}}}}"
    )
    assert isinstance(read, Map)
    assert isinstance(read.body, Parallel)
    assert (read.as_, read.body.id) == ("item", "it")


def test_a_list_of_steps_is_done_in_order_with_each_item() -> None:
    text = (
        "map:\n  over: input.packages\n  do:\n    - {id: a, agent: checklist, with: {files: item.files}}\n"
        "    - {id: b, agent: checklist, with: {files: steps.a.output.files}}"
    )
    read = node(text)
    assert isinstance(read, Map)
    assert isinstance(read.body, Sequence)
    assert (read.body.id, [step.id for step in read.body.steps]) == ("it", ["a", "b"])
    assert told(text, output="steps.it.output[0].files") == []
    assert [line for line, *_ in told(text.replace("steps.a.output.files", "steps.c.output.files"))] == [5]


def test_its_output_is_a_list_of_what_the_body_gives() -> None:
    text = "map: {over: input.packages, as: p, agent: checklist, with: {files: p.files}}"
    assert told(text, output="steps.it.output[0].files") == []
    assert "has no field 'nope'" in told(text, output="steps.it.output[0].nope")[0][1]
    assert "is a list, it has no field 'files'" in told(text, output="steps.it.output.files")[0][1]


def test_the_item_is_not_seen_outside() -> None:
    text = "map: {over: input.packages, as: p, agent: checklist, with: {files: p.files}}"
    assert [message for _, message, _ in told(text, output="p.files")] == ["there is no 'p' here"]


def test_without_with_the_body_is_given_the_item_under_its_name() -> None:
    assert told("map: {over: input.any, as: files, agent: checklist}") == []
    ((line, message, _),) = told("map:\n  over: input.any\n  as: other\n  agent: checklist")
    assert line == 1
    assert "checklist is given what comes by itself, which does not fit: 'other' is not taken" in message


EACH = "map:\n  over: input.packages\n  as: p\n  do: {agent: checklist, with: {files: p.files}}"


def test_results_can_be_kept_under_a_key_of_each_item_or_result() -> None:
    by_item = f"{EACH}\n  merge: {{how: structured, key: p.name}}"
    read = node(by_item)
    assert isinstance(read, Map)
    assert read.merge == Merging(how="structured", options={"key": "name", "of": "item"})
    assert told(by_item, output="steps.it.output.core.files") == []
    assert "has no field 'nope'" in told(by_item, output="steps.it.output.core.nope")[0][1]
    assert told(f"{EACH}\n  merge: {{how: structured, key: other.name}}")[0][1].startswith("what each item gives")


def test_a_merge_of_the_items_has_the_shape_of_what_it_makes() -> None:
    text = f"{EACH}\n  merge: fields"
    assert told(text, output="steps.it.output.value.files") == []
    assert "has no field 'nope'" in told(text, output="steps.it.output.value.nope")[0][1]


def test_an_agent_that_merges_is_given_the_results_in_order() -> None:
    text = f"{EACH}\n  merge: {{how: agent, agent: checklist, with: {{files: results}}}}"
    read = node(text)
    assert isinstance(read, Sequence)
    assert [step.id for step in read.steps] == ["Parts", "Merge", "Told"]
    assert isinstance(read.steps[0], Map)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("map:\n  agent: checklist", 1, "'map' needs 'over'"),
        ("map:\n  over: input.packages", 1, "'map' needs 'agent' or 'do'"),
        ("map:\n  over: input.packages\n  agnt: checklist", 3, "'agnt' is not a field of 'map'"),
        ("map:\n  over: input.name\n  agent: checklist", 2, "'input.name' must be a list, but is a text"),
        ("map:\n  over: '[1, 2]'\n  agent: checklist", 2, "'over' must be a plain path"),
        (
            "map:\n  over: input.any\n  agent: checklist\n  do: {agent: checklist}",
            4,
            "a map has 'agent' or 'do', not both",
        ),
        ("map:\n  over: input.any\n  do: {agent: checklist}\n  with: {files: item}", 4, "'with' does not go with 'do'"),
        ("map:\n  over: input.any\n  do: {agent: checklist, id: x}", 3, "'id' is not a field of a step"),
        ("map:\n  over: input.any\n  do: checklist", 3, "a step must be an object, but is a text"),
        ("map:\n  over: input.any\n  do: []", 3, "a sequence needs at least one step"),
        ("map:\n  over: input.any\n  do:\n    - {id: a, agnt: checklist}", 4, "'agnt' is not a field of a step"),
        ("map:\n  over: input.any\n  as: input\n  agent: checklist", 3, "'input' always means something else"),
        ("map:\n  over: input.any\n  as: a-b\n  agent: checklist", 3, "'a-b' cannot be an id"),
        ("map:\n  over: input.any\n  concurrency: 0\n  agent: checklist", 3, "must be from 1"),
        ("map:\n  over: input.any\n  tolerate: -1\n  agent: checklist", 3, "must be from 0"),
        ("map:\n  over: input.any\n  merge: vote\n  agent: checklist", 3, "must be one of collect"),
        ("map:\n  over: input.any\n  merge: structured\n  agent: checklist", 3, "a merge by structured needs 'key'"),
        (f"{EACH}\n  merge:\n    how: structured\n    key: p.nme", 7, "what the list gives has no field 'nme'"),
        (f"{EACH}\n  merge:\n    how: structured\n    key: p.files", 7, "a key must be a text or a number"),
        (f"{EACH}\n  merge: {{how: best, of: score}}", 4, "what each item gives has no field 'score'"),
        ("map: [input.any]", 1, "'map' must be an object, but is a list"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
