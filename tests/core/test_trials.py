"""What an example expects of an output, and what trials say of a version (A4)."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import Example
from orchestrator.core.definition import Workflow
from orchestrator.core.outcomes import Json
from orchestrator.core.tree import from_plain
from orchestrator.core.trials import MOST_NAME, Proof, definition, is_trial, proof, unmet, workflow_of
from orchestrator.core.validate import read_workflow


def told(expect: str, output: Json, input: Json = None) -> tuple[str, ...]:
    return unmet(Example(name="e", input={}, expect=(expect,)), output, input)


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("output.words == 3", ()),
        ("output.words == size(input.text)", ("`output.words == size(input.text)` does not hold: output.words is 3, "
                                              'input.text is "ab"',)),
        ("output.letters == 3", ("`output.letters == 3`: 'output' has no field 'letters'; it has: words",)),
        ("output.words", ("`output.words`: 'output.words' is a number, but a condition is true or false; "
                          "compare it, as in … == … or … > 0",)),
        ("steps.a.output == 1", ("`steps.a.output == 1`: there is no 'steps.a' here",)),
        ("1 == 2", ("`1 == 2` does not hold: it is false",)),
    ],
)  # fmt: skip
def test_an_expectation_that_does_not_hold_says_what_stands_there(expect: str, said: tuple[str, ...]) -> None:
    assert told(expect, {"words": 3}, {"text": "ab"}) == said


def test_long_values_are_quoted_in_short_and_none_is_no_fault() -> None:
    (said,) = told("output.text == 'x'", {"text": "y" * 1000})
    assert len(said) < 200
    assert unmet(Example(name="e", input={}), {"anything": 1}, {}) == ()


def test_a_version_is_proven_only_where_every_example_passed_at_its_latest_trial() -> None:
    assert proof(["a", "b"], {"a": True, "b": True}) == Proof.PROVEN
    assert proof(["a", "b"], {"a": True}) == Proof.UNPROVEN
    assert proof(["a", "b"], {"a": True, "b": False}) == Proof.FAILING
    assert proof(["a"], {"a": True, "gone": False}) == Proof.PROVEN
    assert proof([], {}) == Proof.UNPROVEN


def test_a_trial_is_a_workflow_of_one_step_that_no_file_can_name() -> None:
    read = read_workflow(from_plain(definition("counter")), None)
    assert isinstance(read, Workflow)
    assert read.agents == ("counter",)
    name = workflow_of("c" * 80)
    assert (is_trial(name), len(name)) == (True, MOST_NAME)
    assert not is_trial("try-counter")
    assert not isinstance(read_workflow(from_plain({"workflow": workflow_of("a"), "steps": []}), None), Workflow)
