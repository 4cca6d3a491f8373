"""Kind `parallel` at run time: all branches, one merge, failures that are tolerated."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import AttemptQueued
from orchestrator.core.nodes.parallel import MERGE
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
SKIPPED = {**AGENT, "when": "false"}
FAULTY = {**AGENT, "when": "input.nothing"}


def play(tolerate: int = 0, **branches: dict[str, Any]) -> Play:
    made = Play(workflow({"id": "p", "parallel": {"branches": branches, "tolerate": tolerate}}))
    made.start()
    return made


def test_all_branches_start_at_once() -> None:
    assert play(a=AGENT, b=AGENT, c=AGENT).live == ["p/a", "p/b", "p/c"]


def test_the_results_are_merged_by_name_when_all_have_ended() -> None:
    made = play(a=AGENT, b=AGENT)
    made.report("p/b", 2)
    assert made.live == ["p/a"]
    made.report("p/a", 1)
    merge = made.queued("p")
    assert (merge.agent, merge.input, made.live) == (MERGE, {"how": "branches", "names": ["a", "b"]}, ["p"])
    made.report("p", {"a": 1, "b": 2})
    assert made.step("").output == {"a": 1, "b": 2}


@pytest.mark.parametrize("branches", [1, 2, 3])
def test_branches_that_end_in_the_same_moment_are_merged_once(branches: int) -> None:
    """Each further merge would count as active for ever."""
    made = play(**dict.fromkeys("abc"[:branches], SKIPPED))
    assert (made.types().count("attempt.queued p"), made.run.active) == (1, 1)
    made.report("p", {})
    assert (made.run.status, made.run.active) == (RunStatus.SUCCEEDED, 0)


def test_one_failure_too_many_fails_it_and_cancels_the_rest() -> None:
    made = play(1, a=AGENT, b=AGENT, c=AGENT)
    made.fail("p/a", reason="first")
    assert made.live == ["p/b", "p/c"]
    made.fail("p/b", Failure.OVER_LIMIT, "second")
    assert (made.step("p").status, made.step("p").failure, made.step("p").reason) == (
        StepStatus.FAILED, Failure.OVER_LIMIT, "b: second",
    )  # fmt: skip
    assert (made.step("p/c").status, made.live) == (StepStatus.CANCELLED, [])


def test_tolerated_failures_are_merged_as_nothing() -> None:
    made = play(1, a=AGENT, b=AGENT)
    made.fail("p/a")
    made.report("p/b", 2)
    assert made.queued("p").agent == MERGE


def test_an_optional_branch_fails_without_being_counted() -> None:
    made = play(a={**AGENT, "optional": True}, b=AGENT)
    made.fail("p/a")
    assert made.live == ["p/b"]


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_the_reason_names_the_branch_that_failed_when_several_end_at_once(names: str) -> None:
    made = play(**dict(zip(names, (SKIPPED, FAULTY), strict=True)))
    assert made.step("p").reason.startswith(f"{names[1]}: 'input'")


def test_a_merge_whose_worker_died_is_done_again() -> None:
    made = play(a=AGENT)
    made.report("p/a")
    made.lose("p")
    assert (made.queued("p").attempt, made.live) == (2, ["p"])
    made.report("p", {"a": 1})
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_merge_that_fails_fails_it() -> None:
    made = play(a=AGENT)
    made.report("p/a")
    made.fail("p", Failure.OVER_LIMIT, "too large")
    assert (made.run.status, made.step("p").reason) == (RunStatus.FAILED, "too large")


def test_a_branch_that_sends_back_ends_the_merge_that_another_began_in_the_same_moment() -> None:
    """S23: found by chance, after 5,000 workflows."""
    back = {"review": {"of": "input", "rules": {"fits": "output.missing > 1"}, "retries": 1}, "optional": True}
    made = play(a={**SKIPPED, "optional": True}, b=back)
    assert (made.step("p").status, made.live) == (StepStatus.FAILED, [])
    assert made.run.status == RunStatus.FAILED


def test_the_longest_branch_begins_first() -> None:
    """C5."""
    branches = {
        "short": {"agent": "quick"},
        "long": {"sequence": [{"id": "x", "agent": "quick"}, {"id": "y", "agent": "quick"}]},
    }
    made = Play(workflow({"id": "p", "parallel": {"branches": branches}}))
    made.start()
    assert [fact.path for fact in made.facts if isinstance(fact, AttemptQueued)] == ["p/long/x", "p/short"]
    assert made.live == ["p/long/x", "p/short"]
