"""Contracts say which field does not fit, why, and what to do."""

from __future__ import annotations

import time

import pytest

from orchestrator.core import schema
from orchestrator.core.outcomes import Json

REPORT: schema.Schema = {
    "type": "object",
    "required": ["summary", "count"],
    "additionalProperties": False,
    "properties": {
        "summary": {"type": "string", "minLength": 3},
        "count": {"type": "integer", "minimum": 0},
        "level": {"enum": ["low", "high"]},
        "lines": {"type": "array", "items": {"type": "object", "required": ["row"], "properties": {"row": {}}}},
        "owner": {"type": ["string", "null"]},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
}


def said(value: Json, contract: schema.Schema = REPORT) -> list[str]:
    return [str(problem) for problem in schema.problems(contract, value)]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"count": 1}, "summary: a text is missing; add it"),
        ({"summary": "abc", "count": "1"}, 'count: expected a whole number, found "1"; give a whole number'),
        ({"summary": "abc", "count": -1}, "count: -1 is less than 0; give at least 0"),
        ({"summary": "a", "count": 1}, 'summary: "a" has fewer characters than 3; write at least 3'),
        (
            {"summary": "abc", "count": 1, "level": "x"},
            'level: "x" is not one of the values allowed; choose one of "low", "high"',
        ),
        ({"summary": "abc", "count": 1, "lines": [{"row": 1}, {}]}, "lines[1].row: a value is missing; add it"),
        (
            {"summary": "abc", "count": 1, "owner": 4},
            "owner: expected a text or nothing (null), found 4; give a text or nothing (null)",
        ),
        (
            {"summary": "abc", "count": 1, "size": "x"},
            'size: expected a whole number or nothing (null), found "x"; change it to that',
        ),
        ("no object", 'expected an object, found "no object"; give an object'),
    ],
)
def test_a_misfit_names_the_field_the_reason_and_the_remedy(value: Json, sentence: str) -> None:
    """R1, R2: malformed values are reported by field."""
    assert said(value) == [sentence]


def test_a_fitting_value_has_no_problems() -> None:
    assert said({"summary": "abc", "count": 0, "owner": None, "size": 3}) == []


def test_an_empty_schema_takes_anything() -> None:
    assert said({"x": [1]}, {}) == []


def test_an_unknown_name_is_reported_with_the_names_that_are_known() -> None:
    problems = schema.problems(REPORT, {"summary": "abc", "count": 1, "sumary": "x"})
    assert [problem.path for problem in problems] == ["sumary"]
    assert "known here: summary" in problems[0].hint


def test_all_misfits_are_listed_at_once_up_to_a_limit() -> None:
    assert len(said({"level": 1, "lines": [{}, {}]})) == 5
    assert len(said({"summary": "abc", "count": 1, "lines": [{}] * 500})) == schema.MOST_PROBLEMS


def test_a_huge_value_is_shown_by_its_beginning_only() -> None:
    (sentence,) = said({"summary": "abc", "count": "9" * 100_000})
    assert len(sentence) < 200


def test_rules_behind_a_reference_are_explained_too() -> None:
    contract: schema.Schema = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"required": ["b"], "properties": {"b": {"type": "boolean"}}}},
    }
    assert said({}, contract) == ["b: true or false is missing; add it"]


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"type": "strng"}, "type"),
        ({"properties": {"a": {"minimum": "x"}}}, "properties.a.minimum"),
        ({"required": "a"}, "required"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": "(?=x)x"}, ""),
        ({"$ref": "#/$defs/nowhere"}, ""),
        ({"$ref": "http://schemas.invalid/x"}, ""),
        ({"$ref": "file:///etc/passwd"}, ""),
        ([], ""),
    ],
)
def test_a_broken_schema_is_found_when_it_is_defined(broken: Json, path: str) -> None:
    found = schema.check_schema(broken)
    assert [problem.path for problem in found] == [path]
    assert all(problem.message and problem.hint for problem in found)


def test_an_unknown_type_is_answered_with_the_types_there_are() -> None:
    (problem,) = schema.check_schema({"type": "strng"})
    assert problem.message.endswith('"string" or a list, found "strng"')


def test_a_sound_schema_has_no_problems() -> None:
    assert schema.check_schema(REPORT) == ()


def test_a_pattern_cannot_make_checking_slow() -> None:
    contract: schema.Schema = {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    before = time.perf_counter()
    assert said({"a": "a" * 40_000 + "!"}, contract)
    assert time.perf_counter() - before < 1
