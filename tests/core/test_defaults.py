"""What a contract gives as default stands where nothing was given."""

from __future__ import annotations

import pytest

from orchestrator.core.defaults import filled
from orchestrator.core.outcomes import Json

SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "tone": {"type": "string", "default": "plain"},
        "limit": {"type": "integer"},
        "deep": {"type": "object", "default": {}, "properties": {"on": {"type": "boolean", "default": False}}},
    },
}


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, {"tone": "plain", "deep": {"on": False}}),
        ({"tone": "loud", "limit": 3}, {"tone": "loud", "limit": 3, "deep": {"on": False}}),
        ({"deep": {"on": True}, "more": 1}, {"deep": {"on": True}, "more": 1, "tone": "plain"}),
        ({"tone": None}, {"tone": None, "deep": {"on": False}}),
        ("text", "text"),
        (None, None),
    ],
)
def test_defaults_stand_where_nothing_was_given(given: Json, made: Json) -> None:
    assert filled(SCHEMA, given) == made


def test_what_was_given_is_left_as_it_is() -> None:
    given: dict[str, Json] = {"deep": {}}
    filled(SCHEMA, given)
    assert given == {"deep": {}}


def test_no_contract_fills_nothing() -> None:
    assert filled({}, {"a": 1}) == {"a": 1}
