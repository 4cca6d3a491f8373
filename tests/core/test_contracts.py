"""What is known of a value beforehand, and which misfits are certain. What is not certain is left to the run."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import contracts, schema, shapes
from orchestrator.core.outcomes import Json
from orchestrator.core.shapes import Nowhere, of_list, of_object, of_schema, of_value

TEXT: dict[str, Json] = {"type": "string"}
NUMBER: dict[str, Json] = {"type": "number"}


def takes(required: list[Json], more: bool | None = None, **fields: Json) -> dict[str, Json]:
    made: dict[str, Json] = {"type": "object", "required": required, "properties": dict(fields)}
    return made if more is None else {**made, "additionalProperties": more}


def told(given_: shapes.Shape, wanted: dict[str, Json]) -> list[tuple[str, str]]:
    return [(".".join(one.path), one.message) for one in contracts.misfits(given_, of_schema(wanted))]


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        (of_object({"a": of_schema(TEXT)}), takes(["a"], a=TEXT)),
        (of_object({"a": of_schema({})}), takes(["a"], a=TEXT)),
        (of_object({"a": of_schema(TEXT), "b": of_schema(TEXT)}), takes(["a"], a=TEXT)),
        (of_object({"a": of_schema({"type": ["string", "null"]})}), takes(["a"], a=TEXT)),
        (of_object({"a": of_schema(NUMBER)}), takes(["a"], a={"type": "integer"})),
        (of_object({"a": of_schema({"type": "integer"})}), takes(["a"], a=NUMBER)),
        (of_schema(takes([], a=TEXT)), takes(["a"], a=TEXT)),
        (of_schema({"type": "object"}), takes(["a"], False, a=TEXT)),
        (of_schema({}), takes(["a"], False, a=TEXT)),
        (of_object({"a": of_list(of_schema(TEXT))}), takes(["a"], a={"type": "array", "items": TEXT})),
        (of_object({"a": of_schema(TEXT)}), {"anyOf": [takes(["b"], b=TEXT), takes(["a"], a=TEXT)]}),
        (of_object({"a": of_schema({"enum": ["x", "y"]})}), takes(["a"], a={"enum": ["y"]})),
        (of_object({"a": of_value(3)}), takes(["a"], a={"type": "integer", "minimum": 3})),
        (of_object({"a": of_schema(TEXT)}), {**takes(["a"], a={"$ref": "#/$defs/t"}), "$defs": {"t": TEXT}}),
    ],
)  # fmt: skip
def test_what_may_fit_is_not_told(given_: shapes.Shape, wanted: dict[str, Json]) -> None:
    assert told(given_, wanted) == []


NOT_A_TEXT = "must be a text, but is a number"
TEXTS: dict[str, Json] = {"type": "array", "items": TEXT}
BY_REFERENCE = {**takes([], a={"$ref": "#/$defs/t"}), "$defs": {"t": TEXT}}
EITHER: dict[str, Json] = {"anyOf": [takes(["a"], a=TEXT), takes(["b"], b=TEXT)]}
ONE_OF_X: dict[str, Json] = {"enum": ["x"]}


@pytest.mark.parametrize(
    ("given_", "wanted", "expected"),
    [
        (of_object({}), takes(["a"], a=TEXT), ("", "'a' (a text) is missing")),
        (of_schema(takes(["b"], b=TEXT)), takes(["a"], a=TEXT), ("", "'a' (a text) is missing")),
        (of_object({"b": of_schema(TEXT)}), takes([], False, a=TEXT), ("b", "'b' is not taken")),
        (of_object({"a": of_schema(NUMBER)}), takes([], a=TEXT), ("a", NOT_A_TEXT)),
        (of_schema(TEXT), takes([], a=TEXT), ("", "must be an object, but is a text")),
        (of_object({"a": of_list(of_schema(NUMBER))}), takes([], a=TEXTS), ("a.[]", NOT_A_TEXT)),
        (of_object({"a": of_schema(takes([], b=NUMBER))}), takes([], a=takes([], b=TEXT)), ("a.b", NOT_A_TEXT)),
        (
            of_object({"a": of_schema(ONE_OF_X)}),
            takes([], a={"enum": ["y"]}),
            ("a", "must be one of y, but is one of x"),
        ),
        (of_object({"a": of_schema(NUMBER)}), EITHER, ("a", NOT_A_TEXT)),
        (of_object({"a": of_schema(NUMBER)}), BY_REFERENCE, ("a", NOT_A_TEXT)),
    ],
)
def test_a_certain_misfit_is_told_with_its_place(
    given_: shapes.Shape, wanted: dict[str, Json], expected: tuple[str, str]
) -> None:
    assert told(given_, wanted) == [expected]


def test_a_value_that_is_written_out_is_checked_like_at_run_time() -> None:
    (found,) = told(of_object({"a": of_value("")}), takes([], a={"type": "string", "minLength": 1}))
    assert found[0] == "a"


@pytest.mark.parametrize(
    ("schema_", "part", "expected"),
    [
        (takes([], a=TEXT), "a", TEXT),
        ({"type": "object", "additionalProperties": NUMBER}, "a", NUMBER),
        ({"$ref": "#/$defs/t", "$defs": {"t": takes([], a=TEXT)}}, "a", TEXT),
        ({"allOf": [takes([], a=TEXT), takes([], b=NUMBER)]}, "b", NUMBER),
        ({"anyOf": [takes([], a=TEXT), {"type": "null"}]}, "a", TEXT),
        ({"type": "array", "items": TEXT}, 0, TEXT),
        ({"type": "object"}, "a", {}),
        (takes([], True, a=TEXT), "b", {}),
        ({}, "a", {}),
        ({"const": {"a": 1}}, "a", {"const": 1}),
    ],
)
def test_a_field_is_found_through_references_and_choices(
    schema_: dict[str, Json], part: str | int, expected: Json
) -> None:
    found = shapes.inside(of_schema(schema_), part)
    assert isinstance(found, shapes.Shape)
    assert found.schema == expected


@pytest.mark.parametrize(
    ("schema_", "part", "reason", "hint"),
    [
        (takes([], path=TEXT), "pth", "has no field 'pth'", "did you mean 'path'?"),
        (takes([], False), "a", "has no field 'a'", ""),
        (TEXT, "a", "is a text, it has no field 'a'", ""),
        (takes([], a=TEXT), 0, "is an object, not a list", ""),
        ({"anyOf": [takes([], a=TEXT), takes([], b=TEXT)]}, "c", "has no field 'c'", "it has: a, b"),
    ],
)
def test_a_field_that_cannot_be_there_is_told(
    schema_: dict[str, Json], part: str | int, reason: str, hint: str
) -> None:
    assert shapes.inside(of_schema(schema_), part) == Nowhere(reason=reason, hint=hint)


def test_a_schema_that_contains_itself_is_walked_without_end() -> None:
    tree: dict[str, Json] = {"$defs": {"n": takes([], next={"$ref": "#/$defs/n"})}, "$ref": "#/$defs/n"}
    shape = of_schema(tree)
    for _ in range(50):
        found = shapes.inside(shape, "next")
        assert isinstance(found, shapes.Shape)
        shape = found
    assert told(of_schema(tree), tree) == []
    assert shapes.types(of_schema({"$ref": "#"})) == frozenset()
    assert told(of_schema({"allOf": [{"$ref": "#"}], "type": "object"}), {"anyOf": [{"$ref": "#"}]}) == []


def test_a_schema_that_branches_without_end_costs_little() -> None:
    defs: dict[str, Json] = {
        f"n{n}": {"anyOf": [{"$ref": f"#/$defs/n{n + 1}"}, takes([], a={"$ref": f"#/$defs/n{n + 1}"})] * 2}
        for n in range(40)
    }
    wide: dict[str, Json] = {"$defs": {**defs, "n40": {"type": "object"}}, "$ref": "#/$defs/n0"}
    began = time.perf_counter()
    assert told(of_schema(wide), wide) == []
    assert isinstance(shapes.inside(of_schema(wide), "a"), shapes.Shape)
    assert time.perf_counter() - began < 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=5,
)
NAMES = st.sampled_from("abc")
SIMPLE: list[dict[str, Json]] = [
    {}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": ["string", "null"]}, {"enum": ["a", 1]},
]  # fmt: skip
SCHEMAS = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: (
        st.builds(lambda one: {"type": "array", "items": one}, inner)
        | st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner)
        | st.builds(lambda fields: takes(sorted(fields), **fields), st.dictionaries(NAMES, inner, max_size=2))
    ),
    max_leaves=4,
)


@given(VALUES, SCHEMAS, SCHEMAS)
def test_what_is_told_is_certain(value: Json, given_: dict[str, Json], wanted: dict[str, Json]) -> None:
    """A value that fits both schemas proves that nothing may be told, unless it has more than was described."""
    fits_both = not schema.problems(given_, value) and not schema.problems(wanted, value)
    if fits_both and not _has_empty_list(value) and not _has_more(value, given_):
        assert told(of_schema(given_), wanted) == []


def _has_empty_list(value: Json) -> bool:
    """An empty list fits every list, so it proves nothing about items."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value == [] or any(_has_empty_list(one) for one in inner)


def _has_more(value: Json, described: dict[str, Json]) -> bool:
    """A field that is not described counts as a slip on purpose, although JSON Schema allows it."""
    closed = {**described, "additionalProperties": False} if "properties" in described else described
    if closed != described and schema.problems(closed, value):
        return True
    if "anyOf" in described:
        return "properties" in str(described)
    inner = described.get("properties", {}) if isinstance(value, dict) else {}
    if isinstance(value, list):
        return any(_has_more(one, described.get("items", {})) for one in value)
    return any(_has_more(value[name], one) for name, one in inner.items() if name in value)
