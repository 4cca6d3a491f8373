"""What is filled in at gates when examples are run by a command: only what is asked for, and so that it fits."""

from __future__ import annotations

import pytest

from orchestrator.core import schema
from orchestrator.core.outcomes import Json
from orchestrator.management.answers import edits_for
from orchestrator.models import Gate

ANSWER: Json = {"type": "string", "minLength": 1}


def gate(described: Json, shown: Json) -> Gate:
    wanted: Json = {"type": "object", "properties": {"answer": described}, "required": ["answer"]}
    return Gate(shown={"question": "Which?", "answer": shown}, edit=["answer"], edit_schema=wanted)


@pytest.mark.parametrize(
    ("described", "shown"),
    [
        (ANSWER, ""),
        ({"enum": ["left", "right"]}, ""),
        ({"type": "integer", "minimum": 3}, None),
        ({"type": "boolean"}, None),
        ({"type": "array"}, None),
        ({"type": ["string", "number", "object", "array", "boolean"]}, None),
    ],
)
def test_what_is_missing_is_filled_in_so_that_it_fits(described: Json, shown: Json) -> None:
    asked = gate(described, shown)
    edits = edits_for(asked)
    assert list(edits) == ["answer"]
    assert schema.problems(dict(asked.edit_schema), edits) == ()


def test_what_can_be_approved_as_it_stands_is_left_alone() -> None:
    assert edits_for(gate(ANSWER, "left")) == {}
    assert edits_for(Gate(shown={"summary": "x"}, edit=["summary"], edit_schema=None)) == {}
