"""A budget that does not hold a call (S20): siblings end by themselves, nothing new begins, then all of it fails."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
BREACH = Failure.OVER_BUDGET
FAN_OUTS = {
    "parallel": {"id": "f", "parallel": {"branches": dict.fromkeys("abc", AGENT)}},
    "sequence": {"id": "f", "sequence": [{"id": name, "needs": [], **AGENT} for name in "abc"]},
    "map": {"id": "f", "map": {"over": "[1, 2, 3]", "as": "x", "do": AGENT}},
}


def play(step: dict[str, Any]) -> tuple[Play, list[str]]:
    made = Play(workflow(step), {})
    made.start()
    return made, made.live


@pytest.mark.parametrize("kind", FAN_OUTS)
def test_siblings_at_work_end_by_themselves_and_keep_what_they_made(kind: str) -> None:
    made, (first, second, third) = play(FAN_OUTS[kind])
    made.fail(first, BREACH, "The run budget does not hold this call")
    assert (made.run.status, made.live) == (RunStatus.RUNNING, [second, third])
    made.report(second, "kept")
    assert made.live == [third]
    made.report(third, "kept too")
    assert (made.step("f").status, made.step("f").failure) == (StepStatus.FAILED, BREACH)
    assert "The run budget does not hold this call" in made.run.reason
    assert (made.step(second).output, made.step(third).output) == ("kept", "kept too")
    assert made.run.status == RunStatus.FAILED


@pytest.mark.parametrize("kind", FAN_OUTS)
def test_the_budget_is_named_whatever_else_fails_after_it(kind: str) -> None:
    made, (first, second, third) = play(FAN_OUTS[kind])
    made.fail(second, BREACH, "The run budget does not hold this call")
    made.fail(third, Failure.REFUSED, "no")
    made.fail(first, Failure.REFUSED, "no")
    assert made.step("f").failure == BREACH
    assert "The run budget does not hold this call" in made.run.reason


@pytest.mark.parametrize("kind", FAN_OUTS)
def test_any_other_failure_gives_the_siblings_up_at_once(kind: str) -> None:
    made, (first, *_) = play(FAN_OUTS[kind])
    made.fail(first, Failure.REFUSED, "no")
    assert (made.run.status, made.live) == (RunStatus.FAILED, [])


def test_a_map_begins_no_further_item_once_too_many_do_not_fit() -> None:
    made, live = play({"id": "f", "map": {"over": "[1, 2, 3, 4, 5]", "as": "x", "do": AGENT, "concurrency": 2}})
    made.fail(live[0], BREACH, "used up")
    assert made.live == [live[1]]
    made.report(live[1], "kept")
    assert (made.run.status, made.step("f").failure, made.live) == (RunStatus.FAILED, BREACH, [])


def test_a_map_that_tolerates_it_keeps_what_there_is() -> None:
    made, live = play({"id": "f", "map": {"over": "[1, 2]", "as": "x", "do": AGENT, "tolerate": 1}})
    made.fail(live[0], BREACH, "used up")
    made.report(live[1], "kept")
    assert made.live == ["f"]
    made.report("f", [None, "kept"])
    assert made.run.status == RunStatus.SUCCEEDED


def test_an_optional_step_that_did_not_fit_is_not_what_a_later_failure_is_put_down_to() -> None:
    steps = [{"id": "a", "needs": [], "optional": True, **AGENT}, *({"id": one, "needs": [], **AGENT} for one in "bc")]
    made, _ = play({"id": "f", "sequence": steps})
    made.fail("f/a", BREACH, "used up")
    made.fail("f/b", Failure.REFUSED, "no")
    assert (made.run.status, made.step("f").failure, made.live) == (RunStatus.FAILED, Failure.REFUSED, [])


@pytest.mark.parametrize("kind", ["parallel", "sequence"])
def test_a_breach_of_an_optional_step_does_not_hide_the_one_that_counts(kind: str) -> None:
    """S20, S23: everything has ended, so the run must have as well."""
    made, (first, second, third) = play(with_an_optional_step(kind))
    made.fail(second, BREACH, "the first budget")
    made.fail(first, BREACH, "of the optional one")
    assert made.live == [third]
    made.report(third, "kept")
    assert (made.run.status, made.step("f").failure) == (RunStatus.FAILED, BREACH)
    assert "the first budget" in made.run.reason


@pytest.mark.parametrize("kind", ["parallel", "sequence"])
def test_tried_again_while_others_are_at_work_nothing_is_held_against_it(kind: str) -> None:
    made, (first, second, third) = play(FAN_OUTS[kind])
    made.fail(first, BREACH, "used up")
    made.send(RetryStep(path=StepPath(first)))
    assert made.live == [first, second, third]
    for path in (third, first, second):
        made.report(path, "kept")
    if kind == "parallel":
        made.report("f", {})
    assert made.run.status == RunStatus.SUCCEEDED


def with_an_optional_step(kind: str) -> dict[str, Any]:
    """Return a fan-out whose first branch is optional."""
    if kind == "parallel":
        return {"id": "f", "parallel": {"branches": {"a": {**AGENT, "optional": True}, "b": AGENT, "c": AGENT}}}
    return {"id": "f", "sequence": [{"id": name, "needs": [], **AGENT, "optional": name == "a"} for name in "abc"]}
