"""Kind `agent` at run time: tries, fallbacks, and what does not count as a try."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.reliability.retry import MOST_LOST
from tests.core.play import Play
from tests.core.workflows import workflow

SPECS = {"quick": AgentSpec(name="quick", role="r", runtime="x", timeout_seconds=7.0)}


def play(**fields: Any) -> Play:
    made = Play(workflow({"id": "a", "agent": "quick", **fields}), {"n": 1}, SPECS)
    made.start()
    return made


def test_a_good_report_ends_the_step_with_its_output() -> None:
    made = play()
    made.report("a", {"x": 1}, degraded="half of it")
    state = made.step("a")
    assert (state.status, state.output, state.degraded) == (StepStatus.SUCCEEDED, {"x": 1}, "half of it")


def test_a_failed_attempt_is_tried_again_later_with_the_same_input() -> None:
    made = play(retry={"attempts": 2, "backoff": "4s"})
    made.fail("a", Failure.UNAVAILABLE, "429")
    again = made.queued("a")
    assert (again.attempt, again.delay_seconds, again.why) == (2, 3.0, "attempt 1 failed: 429")
    assert (again.input, made.step("a").input) == (None, {"n": 1})
    assert (made.step("a").status, made.run.retries) == (StepStatus.QUEUED, 1)


def test_the_step_fails_with_the_last_reason_when_its_tries_are_used_up() -> None:
    made = play(retry={"attempts": 2})
    made.fail("a", Failure.CRASH, "first")
    made.fail("a", Failure.CRASH, "second")
    assert (made.step("a").status, made.step("a").failure, made.step("a").reason) == (
        StepStatus.FAILED,
        Failure.CRASH,
        "second",
    )


def test_a_report_of_an_earlier_attempt_says_nothing() -> None:
    made = play()
    made.fail("a", Failure.CRASH)
    assert (made.step("a").attempt, made.types().count("attempt.ended a")) == (2, 1)


def test_the_time_of_an_attempt_is_the_steps_or_else_the_agents() -> None:
    assert play().queued("a").timeout_seconds == 7.0
    assert play(timeout="3s").queued("a").timeout_seconds == 3.0
    assert Play(workflow({"id": "a", "agent": "unknown"})).start()[-1].timeout_seconds == 60.0


def test_a_fallback_gets_tries_of_its_own_and_its_result_says_who_stood_in() -> None:
    made = play(retry={"attempts": 2}, fallback=["spare"])
    for _ in range(2):
        made.fail("a", Failure.CRASH)
    assert (made.queued("a").agent, made.queued("a").attempt) == ("spare", 3)
    assert made.queued("a").why == "quick failed for good: it went wrong"
    made.fail("a", Failure.CRASH)
    assert made.queued("a").agent == "spare"
    made.report("a", 1)
    assert (made.step("a").degraded, made.step("a").attempt) == ("spare stood in for quick", 4)


def test_the_step_fails_when_the_last_fallback_has_failed() -> None:
    made = play(retry={"attempts": 1}, fallback=["spare", "other"])
    for agent in ("quick", "spare", "other"):
        assert made.queued("a").agent == agent
        made.fail("a", Failure.CRASH, f"{agent} broke")
    assert (made.run.status, made.step("a").reason) == (RunStatus.FAILED, "other broke")


def test_agents_that_stand_in_for_each_other_are_each_tried_once() -> None:
    """Otherwise they would take turns for ever."""
    made = play(retry={"attempts": 1}, fallback=["spare", "quick"])
    made.fail("a", Failure.CRASH)
    made.fail("a", Failure.CRASH)
    assert made.step("a").status == StepStatus.FAILED


@pytest.mark.parametrize("failure", [Failure.INVALID_INPUT, Failure.REFUSED, Failure.OVER_BUDGET])
def test_what_nobody_could_do_goes_to_no_fallback(failure: Failure) -> None:
    made = play(fallback=["spare"])
    made.fail("a", failure)
    assert made.step("a").status == StepStatus.FAILED


@pytest.mark.parametrize("failure", [Failure.OVER_LIMIT, Failure.TRIPPED])
def test_what_another_agent_may_do_goes_to_the_fallback_at_once(failure: Failure) -> None:
    """S18: who returned too much would do so again; who stands in may take less, or be allowed more."""
    made = play(retry={"attempts": 3}, fallback=["spare"])
    made.fail("a", failure)
    assert (made.queued("a").agent, made.queued("a").attempt) == ("spare", 2)


def test_a_lost_worker_does_not_count_as_a_try_of_the_agent() -> None:
    made = play(retry={"attempts": 1})
    made.lose("a")
    assert (made.queued("a").attempt, made.queued("a").delay_seconds, made.queued("a").why) == (
        2,
        0.0,
        "its worker died",
    )
    made.report("a")
    assert made.step("a").status == StepStatus.SUCCEEDED


def test_a_step_that_kills_its_worker_each_time_is_given_up() -> None:
    """S15: the pool stays up, and an operator sees which step and why."""
    made = play(retry={"attempts": 5})
    for _ in range(MOST_LOST):
        assert made.live == ["a"]
        made.lose("a")
    state = made.step("a")
    assert (state.status, state.failure, "worker died 3 times" in state.reason) == (
        StepStatus.FAILED,
        Failure.LOST,
        True,
    )


def test_losses_and_failures_are_counted_apart() -> None:
    made = play(retry={"attempts": 2})
    made.lose("a")
    made.fail("a", Failure.CRASH)
    made.lose("a")
    assert made.live == ["a"]
    made.fail("a", Failure.CRASH)
    assert (made.step("a").status, made.step("a").attempt) == (StepStatus.FAILED, 4)


def test_losses_of_one_agent_do_not_count_against_its_fallback() -> None:
    made = play(retry={"attempts": 1}, fallback=["spare"])
    for _ in range(MOST_LOST):
        made.lose("a")
    assert made.queued("a").agent == "spare"
    for _ in range(MOST_LOST - 1):
        made.lose("a")
    assert made.live == ["a"]


LAST = {"value": "{'verdict': input.usual}", "why": "nobody was at hand"}


def degrading(**more: Any) -> Play:
    verdict: dict[str, Any] = {"type": "object", "properties": {"verdict": {"type": "string"}}}
    agents = {"quick": replace(SPECS["quick"], output_schema=verdict)}
    made = Play(workflow({"id": "a", "agent": "quick", "retry": {"attempts": 1}, "degrade": LAST, **more}),
                {"usual": "unknown"}, agents)  # fmt: skip
    made.start()
    return made


def test_a_declared_result_stands_when_everybody_has_failed_for_good() -> None:
    """P1 and R3: the mark and the reason go on with it."""
    made = degrading(fallback=["spare"])
    made.fail("a", Failure.CRASH)
    assert made.queued("a").agent == "spare"
    made.fail("a", Failure.TIMEOUT, "too slow")
    assert (made.run.status, made.step("a").output) == (RunStatus.SUCCEEDED, {"verdict": "unknown"})
    assert made.step("a").degraded == "nobody was at hand (too slow)"
    assert made.step("").degraded == "a: nobody was at hand (too slow)"


def test_a_declared_result_stands_for_an_output_that_nobody_could_use() -> None:
    made = degrading()
    for _ in range(2):
        if made.run.status == RunStatus.RUNNING:
            made.fail("a", Failure.SCHEMA)
    assert made.step("a").output == {"verdict": "unknown"}


@pytest.mark.parametrize("failure", [Failure.REJECTED, Failure.REFUSED])
def test_no_declared_result_stands_for_what_was_not_allowed(failure: Failure) -> None:
    made = degrading()
    made.fail("a", failure)
    assert (made.run.status, made.step("a").failure) == (RunStatus.FAILED, failure)


def test_a_large_declared_result_stays_where_it_is_kept() -> None:
    last = {"value": "steps.before.output", "why": "as before"}
    made = Play(workflow({"id": "before", "agent": "quick"}, {"id": "a", "agent": "quick", "degrade": last}))
    made.start()
    made.report("before", output_ref="hash")
    made.fail("a", Failure.INVALID_INPUT)
    assert (made.step("a").output_ref, made.step("a").status) == ("hash", StepStatus.SUCCEEDED)


def test_a_declared_result_that_does_not_fit_the_contract_does_not_stand() -> None:
    made = degrading(degrade={**LAST, "value": "{'verdict': input.usual == 'x'}"})
    made.fail("a", Failure.CRASH, "it broke")
    assert made.step("a").status == StepStatus.FAILED
    assert made.step("a").reason.startswith("it broke; and its degraded result does not fit the contract of quick: ver")
