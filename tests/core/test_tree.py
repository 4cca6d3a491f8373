"""Marked trees: every value knows its place; what is not JSON is named and left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import codec
from orchestrator.core.tree import MOST_DEEP, Tree, from_plain

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(JSON)
def test_marks_come_off_again(value: object) -> None:
    tree = from_plain(value)
    assert tree.faults or tree.plain() == value
    assert codec.canonical(tree.plain())


def test_every_value_knows_its_place() -> None:
    tree = from_plain({"steps": [{"id": "a"}, {"map": {"over": "x"}}]})
    assert tree.at("steps[1].map.over").value == "x"
    assert tree.at("steps[1].map.over").path == "steps[1].map.over"
    assert tree.at("steps[0].id").line is None


def test_a_place_that_is_not_there_is_its_nearest_holder() -> None:
    tree = from_plain({"a": {"b": [1, 2]}, "ab": 3})
    assert tree.at("a.b[7].c").path == "a.b"
    assert tree.at("a.z").path == "a"
    assert tree.at("zz").path == ""


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({"a": [1, object]}, "a[1]", "is not JSON"),
        ({"a": {1: 2}}, "a", "the name 1 is not a text"),
        ({"a": float("nan")}, "a", "is not JSON"),
        ({"a": 2**70}, "a", "is not JSON"),
        ({"a": "\ud800"}, "a", "is not JSON"),
        ({"\ud800": 1}, "", "is not a text"),
        ({"a": {1, 2}}, "a", "is not JSON"),
    ],
)
def test_what_is_not_json_is_named_and_left_out(value: object, path: str, message: str) -> None:
    tree = from_plain(value)
    (fault,) = tree.faults
    assert (fault.path, message in fault.message) == (path, True)
    assert codec.canonical(tree.plain())


def test_a_value_that_is_nested_too_deep_is_refused() -> None:
    value: object = 1
    for _ in range(MOST_DEEP + 2):
        value = [value]
    assert "nested more than" in from_plain(value).faults[0].message


def test_a_value_that_contains_itself_is_refused() -> None:
    value: dict[str, object] = {}
    value["me"] = value
    assert isinstance(from_plain(value), Tree)
    assert from_plain(value).faults
