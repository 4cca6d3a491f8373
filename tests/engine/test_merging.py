"""Results put together in the worker: each strategy on what steps have kept, and keys of items (P2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.outcomes import Failed, Failure, Json
from orchestrator.engine.merging import merged
from orchestrator.engine.ports import Claim


class Kept:
    """What children have produced, and what they stand for."""

    def __init__(self, results: dict[str, Json], items: dict[str, Json] | None = None) -> None:
        self.results, self.items = results, items or {}

    def result_texts(self, run_id: str, parent: str) -> dict[str, str]:
        return {path: json.dumps(value) for path, value in self.results.items()}

    def item_texts(self, run_id: str, parent: str) -> dict[str, str]:
        return {path: json.dumps(value) for path, value in self.items.items()}


def merge(path: str, kept: Kept, **asked: Any) -> Any:
    claim = Claim(run_id=RunId("run"), path=StepPath(path), attempt=1, agent="merge", agent_version=0, lane=Lane.QUICK,
                  fence=Fence("f"), timeout_seconds=1.0, claimed_at=100.0, input=asked)  # fmt: skip
    made = merged(claim, kept)
    return made if isinstance(made, Failed) else json.loads(str(made))


def test_branches_are_merged_in_the_order_they_are_declared() -> None:
    kept = Kept({"p/b": {"n": 1}, "p/a": {"n": 2}})
    made = merge("p", kept, how="branches", names=["a", "b", "c"], merge={"how": "fields", "prefer": "first"})
    assert (made["value"], made["absent"]) == ({"n": 2}, ["c"])
    assert [one["who"] for one in made["contributions"]] == ["a", "b"]


def test_branches_at_the_top_of_a_run_have_their_names_as_paths() -> None:
    made = merge(
        "", Kept({"a": "x", "b": "x"}), how="branches", names=["a", "b"], merge={"how": "majority", "field": ""}
    )
    assert made["value"] == "x"


def test_items_are_merged_by_their_index_and_a_result_that_is_null_is_not_absent() -> None:
    kept = Kept({"m[0]": "x", "m[2]": None})
    made = merge("m", kept, how="items", n=3, merge={"how": "majority", "field": ""})
    assert (made["tie"], made["absent"]) == (True, ["[1]"])
    assert [one["who"] for one in made["dissent"]] == ["[0]", "[2]"]


def test_results_stand_under_the_keys_of_their_items_also_where_there_is_none() -> None:
    kept = Kept({"m[0]": 1}, {"m[0]": {"name": "core"}, "m[1]": {"name": 7}})
    asked = {"how": "structured", "key": "name", "of": "item"}
    assert merge("m", kept, how="items", n=2, merge=asked) == {"core": 1, "7": None}


def test_results_stand_under_the_keys_they_hold_themselves() -> None:
    kept = Kept({"m[0]": {"id": "x", "n": 1}, "m[2]": {"id": "y", "n": 2}})
    made = merge("m", kept, how="items", n=3, merge={"how": "structured", "key": "id"})
    assert made == {"x": {"id": "x", "n": 1}, "y": {"id": "y", "n": 2}}


@pytest.mark.parametrize(
    ("results", "merge_", "reason"),
    [
        (
            {"m[0]": {"id": "x"}, "m[1]": {"id": "x"}},
            {"how": "structured", "key": "id"},
            "[0] and [1] have the same key 'x'",
        ),
        ({"m[0]": {"id": [1]}}, {"how": "structured", "key": "id"}, "the key of [0] must be a text or a number"),
        ({"m[0]": {}}, {"how": "structured", "key": "id"}, "what [0] gave has no 'id'"),
        ({"m[0]": {}}, {"how": "best", "of": "score"}, "what [0] gave has no 'score'"),
    ],
)
def test_what_can_not_be_merged_is_a_failure_in_words(results: dict[str, Json], merge_: Any, reason: str) -> None:
    made = merge("m", Kept(results), how="items", n=2, merge=merge_)
    assert isinstance(made, Failed)
    assert (made.kind, reason in made.reason) == (Failure.SCHEMA, True), made.reason
