"""Kinds `parallel` and `map` at run time with a merge other than collecting, and what comes after it (P2)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.messages import RetryStep
from orchestrator.core.nodes.parallel import MERGE
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}


def play(*steps: dict[str, Any], input: Json = None) -> Play:
    made = Play(workflow(*steps), input)
    made.start()
    return made


def fan(merge: Any, tolerate: int = 0) -> dict[str, Any]:
    return {"id": "p", "parallel": {"branches": {"a": AGENT, "b": AGENT}, "merge": merge, "tolerate": tolerate}}


def each(merge: Any, **more: Any) -> dict[str, Any]:
    return {"id": "m", "map": {"over": "input", "as": "x", "do": AGENT, "merge": merge, **more}}


@pytest.mark.parametrize("merge", ["collect", "structured", {"how": "collect"}])
def test_what_is_only_collected_is_asked_for_as_ever(merge: Any) -> None:
    made = play(fan(merge))
    made.report("p/a")
    made.report("p/b")
    assert made.queued("p").input == {"how": "branches", "names": ["a", "b"]}


def test_the_attempt_that_merges_is_told_how() -> None:
    made = play(fan({"how": "majority", "field": "verdict"}))
    made.report("p/a")
    made.report("p/b")
    wanted = {"how": "majority", "field": "verdict"}
    assert (made.queued("p").agent, made.queued("p").input) == (
        MERGE, {"how": "branches", "names": ["a", "b"], "merge": wanted},
    )  # fmt: skip


def test_items_are_merged_the_same_way_and_by_a_key() -> None:
    made = play(each({"how": "structured", "key": "x.name"}), input=[{"name": "n"}])
    made.report("m[0]")
    assert made.queued("m").input == {
        "how": "items",
        "n": 1,
        "merge": {"how": "structured", "key": "name", "of": "item"},
    }


def test_no_items_give_no_keys_at_once_and_are_otherwise_merged_like_any() -> None:
    assert play(each({"how": "structured", "key": "x"}), input=[]).step("m").output == {}
    made = play(each("majority"), input=[])
    assert made.queued("m").input == {"how": "items", "n": 0, "merge": {"how": "majority", "field": ""}}
    made.report("m", {"value": None})
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_merge_that_can_not_use_what_it_got_fails_the_step_and_can_be_retried_with_a_branch() -> None:
    made = play(fan("fields", tolerate=1))
    made.fail("p/a")
    made.report("p/b", "no object")
    made.fail("p", Failure.SCHEMA, "what b gave must be an object")
    assert (made.step("p").status, made.step("p").reason) == (StepStatus.FAILED, "what b gave must be an object")
    assert made.send(RetryStep(path="p/a", actor="1")).status == 200
    made.report("p/a", {})
    assert made.queued("p").attempt == 2
    made.report("p", {"value": {}})
    assert (made.run.status, made.step("").degraded) == (RunStatus.SUCCEEDED, "")


AGENT_MERGE = {"how": "agent", "agent": "editor", "with": {"tone": "input.tone"}, "retry": {"attempts": 2}}


def test_an_agent_gets_what_was_collected_is_tried_again_and_its_result_is_told_like_any() -> None:
    made = play(fan(AGENT_MERGE), input={"tone": "dry"})
    made.report("p/Parts/a", 1)
    made.report("p/Parts/b", 2)
    made.report("p/Parts", {"a": 1, "b": 2})
    assert made.queued("p/Merge").input == {"tone": "dry", "results": {"a": 1, "b": 2}}
    made.fail("p/Merge", Failure.CRASH)
    assert made.queued("p/Merge").attempt == 2
    made.report("p/Merge", "one text")
    assert made.queued("p/Told").input == {"value": "one text", "results": {"a": 1, "b": 2}}
    made.report("p/Told", {"how": "agent", "value": "one text"})
    assert made.step("").output == {"how": "agent", "value": "one text"}


def test_a_wide_result_goes_to_the_agent_as_where_it_is_kept() -> None:
    made = play(each({"how": "agent", "agent": "editor"}), input=[1])
    made.report("m/Parts[0]")
    made.report("m/Parts", output_ref="hash")
    assert (made.queued("m/Merge").input, made.queued("m/Merge").refs) == ({}, {"results": "hash"})


def test_a_contradiction_goes_to_a_person_and_only_then() -> None:
    """P2: the gate opens by the length of the list."""
    merge = fan("fields")
    gate = {"id": "settle", "when": "size(steps.p.output.contradictions) > 0",
            "gate": {"title": "Settle it", "show": {"value": "steps.p.output.value",
                     "contradictions": "steps.p.output.contradictions"}, "edit": ["value"]}}  # fmt: skip
    value = "steps.settle.status == 'succeeded' ? steps.settle.output.value : steps.p.output.value"
    use = {"id": "use", "agent": "quick", "with": {"facts": value}}
    for contradictions in ([], [{"field": "staff", "stands": 40, "values": []}]):
        made = play(merge, gate, use)
        made.report("p/a")
        made.report("p/b")
        made.report("p", {"value": {"staff": 40}, "contradictions": contradictions})
        assert (made.step("settle").status == StepStatus.WAITING) == bool(contradictions)
        if contradictions:
            made.decide("settle", edits={"value": {"staff": 41}})
        assert made.queued("use").input == {"facts": {"staff": 41 if contradictions else 40}}
