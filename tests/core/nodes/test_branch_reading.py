"""Kind `branch`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.branch import Branch
from orchestrator.core.nodes.sequence import Sequence
from tests.core.nodes.reading import node, told

CHECK = "agent: checklist, with: {files: input.any}"
TWO = f"branch:\n  - {{id: a, when: input.yes, {CHECK}}}\n  - {{id: b, {CHECK}}}"


def test_cases_are_steps_with_conditions_in_order() -> None:
    read = node("branch:\n  - {id: a, when: input.yes, agent: x}\n  - {id: b, sequence: [{id: c, agent: y}]}")
    assert isinstance(read, Branch)
    assert [(case.id, case.kind, case.when) for case in read.cases] == [
        ("a", "agent", "input.yes"),
        ("b", "sequence", ""),
    ]
    assert (isinstance(read.cases[1], Sequence), read.otherwise) == (True, "fail")


def test_it_may_say_that_there_can_be_nothing_to_do() -> None:
    read = node("branch: {otherwise: skip, cases: [{id: a, when: input.yes, agent: x}]}")
    assert isinstance(read, Branch)
    assert read.otherwise == "skip"


def test_its_output_is_known_where_all_cases_give_the_same() -> None:
    assert told(TWO, output="steps.it.output.files") == []
    assert "has no field 'nope'" in told(TWO, output="steps.it.output.nope")[0][1]
    other = TWO + "\n  - {id: c, agent: critic, with: {sections: input.any}}"
    assert told(other.replace("{id: b,", "{id: b, when: input.yes,"), output="steps.it.output.nope") == []


def test_cases_do_not_see_each_other() -> None:
    text = f"branch:\n  - {{id: a, when: input.yes, {CHECK}}}\n  - {{id: b, when: steps.a.output.x, {CHECK}}}"
    ((line, message, _),) = told(text)
    assert (line, message) == (3, "there is no step 'a' before this one")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("branch: []", 1, "a branch needs at least one case"),
        ("branch: {otherwise: skip}", 1, "'branch' needs 'cases'"),
        ("branch: {otherwise: maybe, cases: [{id: a, agent: checklist}]}", 1, "must be one of fail, skip"),
        ("branch: x", 1, "'branch' must be an object, but is a text"),
        (f"branch:\n  - {{id: a, {CHECK}}}\n  - {{id: b, {CHECK}}}", 2, "a case without 'when' always holds"),
        (f"branch:\n  - {{id: a, when: input.yes, {CHECK}}}\n  - {{id: a, {CHECK}}}", 3, "another case is called 'a'"),
        (f"branch:\n  - {{when: input.yes, {CHECK}}}", 2, "a step needs 'id'"),
        (f"branch:\n  - {{id: a, needs: [], {CHECK}}}", 2, "'needs' is not a field of a step"),
        (f"branch:\n  - {{id: a, optional: true, {CHECK}}}", 2, "'optional' is not a field of a step"),
        (f"branch:\n  - {{id: a, when: input.name, {CHECK}}}", 2, "a condition is true or false, this is a text"),
        ("branch:\n  - {id: a, agent: nobody}", 2, "there is no agent 'nobody'"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
