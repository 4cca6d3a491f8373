"""Rule `rule.merged`: what an agent made of results is told as every merged result is."""

from __future__ import annotations

from orchestrator.core.rules.merged import merged


def test_branches_are_named_and_null_counts_as_absent() -> None:
    assert merged({"value": "text", "results": {"a": 1, "b": None}}) == {
        "how": "agent", "value": "text", "contributions": [{"who": "a", "gave": 1}], "absent": ["b"], "left_out": 0,
    }  # fmt: skip


def test_items_are_named_by_their_index() -> None:
    made = merged({"value": None, "results": [None, "x"]})
    assert isinstance(made, dict)
    assert (made["absent"], made["contributions"]) == (["[0]"], [{"who": "[1]", "gave": "x"}])
