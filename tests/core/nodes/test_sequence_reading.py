"""Kind `sequence`: how it is read and checked. Scopes are tested with whole workflows."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.sequence import Sequence
from tests.core.nodes.reading import node, told

STEP = "{id: a, agent: surveyor, with: {path: input.name}}"


@pytest.mark.parametrize("text", [f"sequence: [{STEP}]", f"sequence: {{steps: [{STEP}]}}", f"sequence:\n  - {STEP}"])
def test_steps_are_a_list_or_stand_under_steps(text: str) -> None:
    read = node(text)
    assert isinstance(read, Sequence)
    assert ([step.id for step in read.steps], read.output) == (["a"], "")


def test_its_output_is_said_or_that_of_the_last_step() -> None:
    assert told(f"sequence: [{STEP}]", output="steps.it.output.root") == []
    assert "no field 'rot'" in told(f"sequence: [{STEP}]", output="steps.it.output.rot")[0][1]
    said = f"sequence: {{steps: [{STEP}], output: steps.a.output.packages}}"
    assert told(said, output="steps.it.output[0].name") == []
    assert "is a list" in told(said, output="steps.it.output.root")[0][1]


def test_needs_are_kept_as_they_are_written() -> None:
    gate = "gate: {title: T}"
    read = node(
        f"sequence:\n  - {{id: a, {gate}}}\n  - {{id: b, needs: [], {gate}}}\n  - {{id: c, needs: [a, b], {gate}}}"
    )
    assert isinstance(read, Sequence)
    assert [step.needs for step in read.steps] == [None, (), ("a", "b")]
    assert read.all_needs_of("c") == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("sequence: []", 1, "a sequence needs at least one step"),
        ("sequence: {}", 1, "a sequence needs 'steps'"),
        ("sequence: a", 1, "a sequence must be an object, but is a text"),
        ("sequence:\n  steps: a", 2, "must be a list of steps, but is a text"),
        ("sequence:\n  step: []", 2, "'step' is not a field of a sequence"),
        ("sequence:\n  - {id: a, needs: b, gate: {title: T}}", 2, "must be a list of ids of steps"),
        (
            "sequence:\n  - {id: a, gate: {title: T}}\n  - {id: b, needs: [c], gate: {title: T}}",
            3,
            "there is no step 'c' beside",
        ),
        ("sequence:\n  - {id: a, gate: {title: T}}\n  - {id: a, gate: {title: T}}", 3, "another step is called 'a'"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
