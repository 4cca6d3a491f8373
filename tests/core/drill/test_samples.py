"""Values made up to fit a schema: they fit, they are the same each time, and those that break it do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core import schema
from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.drill.answers import answer
from orchestrator.core.drill.hints import hints
from orchestrator.core.drill.samples import TASTES, breaks, broken, fits, other_than, sample
from tests.core.workflows import workflow

SCHEMAS: dict[str, dict[str, Any]] = {
    "a text": {"type": "string", "minLength": 3, "maxLength": 5},
    "a pattern": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "a format": {"type": "string", "format": "date-time"},
    "a number": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "a multiple": {"type": "integer", "minimum": 3, "multipleOf": 5},
    "a choice": {"enum": ["a", "b", 3]},
    "one of two": {"anyOf": [{"type": "null"}, {"type": "object", "required": ["n"]}]},
    "all of two": {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "integer"}}}], "type": "object"},
    "a list": {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    "a pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2},
    "a tree": {"$ref": "#/$defs/node", "$defs": {"node": {
        "type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "inside": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}},
    "names": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
}  # fmt: skip


@pytest.mark.parametrize("of", SCHEMAS.values(), ids=SCHEMAS)
def test_a_value_fits_in_every_taste_and_is_the_same_each_time(of: dict[str, Any]) -> None:
    for taste in TASTES:
        value = sample(of, taste)
        assert schema.problems(of, value) == ()
        assert value == sample(of, taste)


@pytest.mark.parametrize("of", SCHEMAS.values(), ids=SCHEMAS)
def test_a_broken_value_breaks_its_schema(of: dict[str, Any]) -> None:
    assert breaks(of, broken(of))


def test_a_schema_that_takes_anything_can_t_be_broken() -> None:
    assert fits({}, broken({}))


def test_another_value_is_another_one_and_fits_where_there_is_one() -> None:
    of = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}}}
    first = sample(of)
    other = other_than(of, first)
    assert other != first
    assert fits(of, other)
    assert other_than({"const": 1}, 1) is None


@settings(max_examples=60, deadline=None)
@given(st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer", "minimum": 2}, {"type": "boolean"}, {"enum": ["x", 1]}]),
    lambda inner: st.one_of(
        st.builds(lambda one: {"type": "array", "items": one, "minItems": 1}, inner),
        st.builds(lambda one: {"type": "object", "required": ["a"], "properties": {"a": one, "b": one}}, inner),
    ), max_leaves=8))  # fmt: skip
def test_any_contract_of_usual_parts_has_a_value_and_one_that_breaks_it(of: dict[str, Any]) -> None:
    assert fits(of, sample(of))
    assert breaks(of, broken(of))


COUNTER = AgentSpec(
    name="counter", role="Counts.", runtime="callable",
    output_schema={"type": "object", "required": ["words", "text"],
                   "properties": {"words": {"type": "integer"}, "text": {"type": "string"}}},
    examples=(Example(name="two", input={"text": "good day"}, expect=("output.words == 2", "output.text == 'GOOD'")),),
)  # fmt: skip


def test_what_an_example_says_of_the_same_input_is_answered() -> None:
    assert answer(COUNTER, {"text": "good day"}) == {"words": 2, "text": "GOOD"}


def test_a_name_that_was_given_keeps_its_value_where_it_fits() -> None:
    assert answer(COUNTER, {"text": "as it was", "words": "no number"})["text"] == "as it was"
    assert answer(COUNTER, {"text": 5})["text"] == "text"


def test_conditions_say_which_texts_are_asked_for() -> None:
    bug = {"id": "bug", "when": "steps.a.output.kind == 'bug' || steps.a.status == 'failed'", "agent": "quick"}
    flow = workflow(
        {"id": "a", "agent": "quick"}, {"id": "b", "branch": {"cases": [bug, {"id": "c", "agent": "slow"}]}}
    )
    found = hints((flow,))
    assert found == {"kind": ("bug", "another kind")}
    of = {"type": "object", "properties": {"kind": {"type": "string"}}}
    assert sample(of, TASTES[0], hints=found) == {"kind": "bug"}
    assert sample(of, TASTES[2], hints=found) == {"kind": "another kind"}


def test_numbers_without_bounds_go_beyond_what_they_are_compared_with() -> None:
    flow = workflow({"id": "a", "agent": "quick"}, {"id": "b", "when": "steps.a.output.score >= 80", "agent": "quick"})
    of = {"type": "object", "properties": {"score": {"type": "number"}}}
    assert sample(of, TASTES[0], hints=hints((flow,))) == {"score": 81}
    assert sample(of, TASTES[1], hints=hints((flow,))) == {"score": 79}
