"""Forms made from schemas and values: what is not touched comes back as it was, what is typed as its type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.forms.fields import Field, fields_of, marked, names_of, read, renewed
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem

texts = st.text(st.characters(codec="utf-8"), max_size=120)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 60), 1 << 60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def as_sent(fields: tuple[Field, ...], prefix: str = "") -> dict[str, str]:
    """Return what a browser sends for fields nobody touched: line ends of two characters."""
    return {f"{prefix}{one.name}": _sent(one) for one in fields}


def _sent(one: Field) -> str:
    return "on" if one.kind == "flag" and one.value else one.value.replace("\n", "\r\n")


@given(values)
def test_what_nobody_touched_is_no_change(value: Json) -> None:
    fields = fields_of({}, ["it"], {"it": value})
    assert read(fields, as_sent(fields)).changed == {}
    assert read(fields, {}).changed == {}


@pytest.mark.parametrize(
    ("schema", "was", "kind", "typed", "becomes"),
    [
        ({"type": "string"}, None, "line", "x", "x"),
        ({"type": "string", "maxLength": 500}, None, "text", "a\r\nb", "a\nb"),
        ({}, "one\ntwo", "text", "one\r\nthree", "one\nthree"),
        ({}, "word", "line", "", ""),
        ({"type": "integer"}, 3, "integer", " 4 ", 4),
        ({"type": "number"}, 0.5, "number", "2", 2),
        ({}, 7, "number", "7.5", 7.5),
        ({}, True, "flag", "", False),
        ({"type": "boolean"}, None, "flag", "on", True),
        ({"enum": ["a", "b"]}, "a", "choice", "b", "b"),
        ({}, {"a": 1}, "json", '{"a": true}', {"a": True}),
        ({"type": ["string", "null"]}, None, "json", "null", None),
        ({"type": ["string", "number"]}, None, "any", " no ", "no"),
        ({"type": ["string", "number"]}, None, "any", "7", 7),
        ({"type": ["string", "number"]}, "yes", "line", "7", "7"),
    ],
)
def test_each_type_has_its_field_and_reads_back(
    schema: dict[str, Json], was: Json, kind: str, typed: str, becomes: Json
) -> None:
    (field,) = fields_of({"properties": {"it": schema}}, ["it"], {"it": was})
    assert field.kind == kind
    assert read([field], {"it": typed}).values.get("it") == becomes


@pytest.mark.parametrize("typed", ["many", "1e999", "nan", "9" * 30, "9" * 5000, "1.5"])
def test_what_is_no_whole_number_is_said_at_the_field(typed: str) -> None:
    (field,) = fields_of({"properties": {"it": {"type": "integer"}}}, ["it"], {"it": 1})
    found = read([field], {"it": typed})
    assert not found.is_readable
    assert found.fields[0].value == typed
    assert "whole number" in found.fields[0].wrong[0]


def test_an_empty_field_that_began_empty_is_left_out() -> None:
    schema: dict[str, Json] = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}
    fields = fields_of(schema, ["a", "b"], {})
    assert [one.required for one in fields] == [True, False]
    assert read(fields, {"a": "", "b": ""}).values == {}


def test_a_default_stands_in_the_form() -> None:
    (field,) = fields_of({"properties": {"n": {"type": "integer", "default": 5}}}, ["n"], {})
    assert (field.value, read([field], {"n": "5"}).values) == ("5", {"n": 5})


def test_problems_go_to_their_fields_and_the_rest_stays() -> None:
    fields = fields_of({}, ["a", "ab"], {"a": {"x": 1}, "ab": 1})
    problems = [Problem(path="edits.a.x", message="wrong"), Problem(path="edits.ab", message="small", hint="more"),
                Problem(path="comment", message="missing")]  # fmt: skip
    found, rest = marked(fields, problems, "edits")
    assert [one.wrong for one in found] == [("x: wrong",), ("small; more",)]
    assert [problem.path for problem in rest] == ["comment"]


def test_what_was_typed_over_an_older_value_stands_beside_the_new_one() -> None:
    older, newer = fields_of({}, ["a", "b"], {"a": 1, "b": 2}), fields_of({}, ["a", "b"], {"a": 5, "b": 6})
    typed = read(older, {"a": "3", "b": "2"}).fields
    assert [(one.value, one.yours) for one in renewed(newer, typed)] == [("5", "3"), ("6", "")]


def test_a_schema_without_named_fields_has_no_fields() -> None:
    assert names_of({}) is None
    assert names_of({"type": "object"}) is None
    assert names_of({"type": "object", "properties": {"a": {}}}) == ("a",)
