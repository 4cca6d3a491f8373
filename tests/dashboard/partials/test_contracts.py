"""Contracts as people read them: a line a field, what may be left out, limits in words."""

from __future__ import annotations

from dashboard.partials.contracts import DEEPEST, MOST, Term, terms
from orchestrator.core.outcomes import Json


def test_a_line_for_each_field_with_its_limits_in_words() -> None:
    schema: Json = {
        "type": "object", "required": ["score"],
        "properties": {
            "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure it is"},
            "level": {"enum": ["low", "high"], "default": "low"},
            "files": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
            "any": True,
        },
    }  # fmt: skip
    assert terms(schema) == [
        Term(name="score", depth=0, kind="number", is_required=True, notes="How sure it is; at least 0; at most 1"),
        Term(name="level", depth=0, kind="one of low, high", is_required=False, notes="else low"),
        Term(name="files", depth=0, kind="list of: named values", is_required=False, notes=""),
        Term(name="path", depth=1, kind="text", is_required=False, notes=""),
        Term(name="any", depth=0, kind="anything", is_required=False, notes=""),
    ]


def test_deep_wide_and_odd_contracts_stay_short() -> None:
    deep: Json = {"type": "string"}
    for _ in range(9):
        deep = {"type": "object", "properties": {"in": deep}}
    assert [term.depth for term in terms(deep)] == list(range(DEEPEST))
    assert len(terms({"properties": {str(n): {} for n in range(500)}})) == MOST
    for odd in (None, True, [], "x", {}, {"properties": []}, {"properties": {"a": 3}, "required": 7}):
        assert isinstance(terms(odd), list)
