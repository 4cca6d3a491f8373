"""Merge `fields` (P2): objects become one; two values for one field are a contradiction, listed with who said what."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from orchestrator.core import shapes
from orchestrator.core.rules.contract import Refused
from orchestrator.core.shapes import UNKNOWN, Nowhere
from tests.core.merges.shares import check, contract, given, merge, scalars

CEO = given({"ceo": "Ada", "staff": 40}, {"ceo": "Ada", "city": "Delft"}, {"staff": 41})


def test_fields_come_together_and_contradictions_are_listed_with_who_said_what() -> None:
    made = merge("fields", CEO)
    assert made["value"] == {"ceo": "Ada", "staff": 40, "city": "Delft"}
    assert made["contradictions"] == [
        {"field": "staff", "stands": 40, "values": [{"who": "a", "value": 40}, {"who": "c", "value": 41}]}
    ]
    assert made["agreement"] == 0.6667


@pytest.mark.parametrize(("prefer", "stands"), [("last", 41), (["c"], 41), (["b", "a"], 40), ("first", 40), ([], 40)])
def test_whose_value_stands_can_be_told(prefer: object, stands: int) -> None:
    made = merge("fields", CEO, prefer=prefer)
    assert (made["value"]["staff"], made["contradictions"][0]["stands"]) == (stands, stands)
    assert [one["who"] for one in made["contradictions"][0]["values"]] == ["a", "c"]


def test_null_is_a_value_and_equal_numbers_are_equal() -> None:
    made = merge("fields", given({"x": None, "n": 1}, {"x": 1, "n": 1.0}))
    assert [one["field"] for one in made["contradictions"]] == ["x"]


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(Refused, match="what b gave must be an object, but is a list"):
        merge("fields", given({}, []))


@drawn(st.lists(st.dictionaries(st.sampled_from("xyz"), scalars), max_size=5))
def test_every_value_that_was_given_stands_or_is_in_a_contradiction(objects: list[dict[str, object]]) -> None:
    made = merge("fields", given(*objects))
    differing = {one["field"]: [said["value"] for said in one["values"]] for one in made["contradictions"]}
    for one in objects:
        for name, value in one.items():
            assert value in differing.get(name, [made["value"][name]])
    assert set(made["value"]) == {name for one in objects for name in one}


def test_the_shape_has_the_fields_of_all() -> None:
    found, told = check("fields", contract(ceo="string"), contract(city="string", ceo="string"))
    assert told == []
    assert shapes.names(found["value"]) == ("ceo", "city")
    assert isinstance(shapes.inside(found["value"], "staff"), Nowhere)
    assert check("fields", contract(ceo="string"), UNKNOWN)[0]["value"] == UNKNOWN


def test_who_gives_no_object_is_told_on_its_line() -> None:
    _, told = check("fields", contract(ceo="string"), {"type": "array"})
    assert told == ["2: what b gives must be an object, but is a list"]


def test_only_names_of_branches_can_be_preferred() -> None:
    _, told = check("fields", contract(ceo="string"), prefer=["z"])
    assert told == ["None: there is no branch 'z'"]
