"""A breach (S20) where agents work together: pools, blackboards and conversations let what is at work end, and fail."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import BoardWritten, MessageSent, PeerDown
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.nodes import talking
from tests.core.nodes.talking import facts, say
from tests.core.play import Play
from tests.core.workflows import workflow

ONCE: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
BREACH, WORDS = Failure.OVER_BUDGET, "The run budget does not hold this call"


def pool(items: int = 5, **more: Any) -> Play:
    own = {"over": "input", "as": "x", "agents": ["quick", "slow"], "check": {"fine": "output != 'bad'"}, **more}
    made = Play(workflow({"id": "f", "supervise": own}), list(range(items)))
    made.start()
    return made


def board(**more: Any) -> Play:
    keys = {name: {"type": "integer"} for name in "xyz"}
    agents = {name: {**ONCE, "writes": [key]} for name, key in (("a", "x"), ("b", "y"))}
    agents["c"] = {**ONCE, "reads": ["y"], "writes": ["z"]}
    made = Play(workflow({"id": "f", "blackboard": {"keys": keys, "agents": {**agents, **more}}}), {})
    made.start()
    return made


def talk(**more: Any) -> Play:
    return talking.play(
        {"a": ONCE, "b": ONCE, "c": ONCE}, begin=[{"to": name, "text": "'?'"} for name in "abc"], **more
    )


def ended_so(made: Play, path: str) -> None:
    step = made.step(path)
    assert (step.status, step.failure, made.run.status) == (StepStatus.FAILED, BREACH, RunStatus.FAILED)
    assert WORDS in made.run.reason
    assert made.live == []


def test_a_pool_ends_what_is_at_work_begins_nothing_and_names_the_budget() -> None:
    """S20."""
    made = pool()
    first, second = made.live
    made.fail(first, BREACH, WORDS)
    assert (made.run.status, made.live) == (RunStatus.RUNNING, [second])
    made.report(second, "kept")
    ended_so(made, "f")
    assert made.step("f[1]").output == "kept"


def test_work_of_a_pool_that_would_go_to_another_agent_after_a_breach_goes_to_none() -> None:
    """S20: else it would wait for ever."""
    made = pool(3, retries=0)
    first, second = made.live
    made.fail(first, BREACH, WORDS)
    made.fail(second, Failure.CRASH, "it fell over")
    ended_so(made, "f")
    assert made.step("f[1]").status == StepStatus.CANCELLED


def test_a_pool_that_tolerates_it_goes_on() -> None:
    made = pool(3, tolerate=2)
    made.fail(made.live[0], BREACH, WORDS)
    assert len(made.live) == 2, "the next item has begun"


def test_a_pool_that_is_retried_remembers_no_breach() -> None:
    made = pool(2)
    first, second = made.live
    made.fail(first, BREACH, WORDS)
    made.report(second, "kept")
    made.send(RetryStep(path=StepPath("f[0]"), actor="1"))
    (again,) = made.live
    made.fail(again, Failure.REFUSED, "no")
    assert (made.step("f").failure, WORDS in made.run.reason) == (Failure.REFUSED, False)


def test_a_blackboard_takes_in_what_was_at_work_begins_nothing_and_names_the_budget() -> None:
    """S20."""
    made = board()
    assert made.live == ["f/a", "f/b"]
    made.fail("f/a", BREACH, WORDS)
    assert made.live == ["f/b"]
    made.report("f/b", {"y": 1})
    ended_so(made, "f")
    assert facts(made, BoardWritten)[-1].keys == {"y": 1}, "and c, who reads it, has not begun"
    assert not made.has("f/c")


def test_a_blackboard_names_the_budget_whatever_else_fails_after_it() -> None:
    made = board()
    made.fail("f/b", BREACH, WORDS)
    made.fail("f/a", Failure.REFUSED, "no")
    ended_so(made, "f")


def test_a_blackboard_goes_on_without_somebody_who_is_optional() -> None:
    made = board(a={**ONCE, "writes": ["x"], "optional": True})
    made.fail("f/a", BREACH, WORDS)
    made.report("f/b", {"y": 1})
    assert made.live == ["f/c"]


def test_a_conversation_delivers_what_was_at_work_opens_no_turn_and_names_the_budget() -> None:
    """S20: nobody takes over from who was not held, and it is not tried again later."""
    made = talk(revive_after="10s")
    made.fail("t/a", BREACH, WORDS)
    assert (made.live, facts(made, PeerDown)) == (["t/b", "t/c"], [])
    say(made, "t/b", ("c", "for you"))
    assert made.live == ["t/c"]
    say(made, "t/c", ("b", "thanks"))
    ended_so(made, "t")
    assert [one.to for one in facts(made, MessageSent)][-2:] == ["c", "b"]


def test_what_was_declared_for_a_conversation_without_a_good_end_stands_after_a_breach_too() -> None:
    made = talk(otherwise="'nothing'")
    made.fail("t/a", BREACH, WORDS)
    say(made, "t/b")
    say(made, "t/c")
    assert (made.run.status, made.step("t").output) == (RunStatus.SUCCEEDED, "nothing")
    assert WORDS in made.step("t").degraded


@pytest.mark.parametrize("path", ["t", "t/a"])
def test_a_conversation_that_is_retried_asks_who_was_not_held_again(path: str) -> None:
    made = talk()
    made.fail("t/a", BREACH, WORDS)
    say(made, "t/b")
    say(made, "t/c")
    made.send(RetryStep(path=StepPath(path), actor="1"))
    assert (made.run.status, made.live) == (RunStatus.RUNNING, ["t/a"])
    say(made, "t/a")
    assert made.run.status == RunStatus.SUCCEEDED
