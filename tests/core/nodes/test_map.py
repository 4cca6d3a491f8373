"""Kind `map` at run time: every item, so many at a time, in chunks, collected in order."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import GoOn
from orchestrator.core.nodes.map import CHUNK, MERGE
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}


def play(items: Any, **fields: Any) -> Play:
    made = Play(workflow({"id": "m", "map": {"over": "input", "as": "x", "do": AGENT, **fields}}), items)
    made.start()
    return made


def go_on(made: Play) -> int:
    """Open the next chunk; return how many facts that made."""
    before = made.run.n
    made.send(GoOn(path=StepPath("m")))
    return made.run.n - before


def test_every_item_starts_with_its_value() -> None:
    made = play(["red", "blue"])
    assert [made.queued(f"m[{index}]").input for index in (0, 1)] == [{"x": "red"}, {"x": "blue"}]


def test_the_results_are_collected_when_all_have_ended() -> None:
    made = play([1, 2])
    made.report("m[1]", "b")
    made.report("m[0]", "a")
    assert (made.queued("m").agent, made.queued("m").input, made.live) == (MERGE, {"how": "items", "n": 2}, ["m"])
    made.report("m", ["a", "b"])
    assert made.step("").output == ["a", "b"]


def test_no_items_give_an_empty_list_at_once() -> None:
    made = play([])
    assert (made.run.status, made.step("m").output) == (RunStatus.SUCCEEDED, [])


@pytest.mark.parametrize("items", [None, 5, "text", {"a": 1}])
def test_what_is_no_list_is_said_in_words(items: Any) -> None:
    made = play(items)
    assert (made.step("m").failure, "not a list; point it at a list" in made.step("m").reason) == (
        Failure.EXPRESSION,
        True,
    )


def test_never_more_at_once_than_allowed() -> None:
    made = play(list(range(5)), concurrency=2)
    assert made.live == ["m[0]", "m[1]"]
    made.report("m[1]")
    assert made.live == ["m[0]", "m[2]"]
    assert made.step("m[4]").status == StepStatus.PENDING


def test_items_that_are_skipped_let_the_next_begin() -> None:
    made = play(list(range(6)), concurrency=1, do={**AGENT, "when": "x > 3"})
    assert made.live == ["m[4]"]
    made.report("m[4]")
    made.report("m[5]")
    assert made.live == ["m"]


@pytest.mark.parametrize("items", [1, 3])
def test_items_that_end_in_the_same_moment_are_collected_once(items: int) -> None:
    """Each further collection would count as active for ever."""
    made = play(list(range(items)), do={**AGENT, "when": "false"})
    assert (made.types().count("attempt.queued m"), made.run.active) == (1, 1)


def test_one_failure_too_many_fails_it_and_cancels_the_rest() -> None:
    made = play(list(range(4)), tolerate=1, concurrency=3)
    made.fail("m[0]", reason="first")
    assert made.live == ["m[1]", "m[2]", "m[3]"]
    made.fail("m[2]", reason="second")
    assert made.step("m").reason == "2 of 4 items failed, 1 may; last: second"
    assert ([made.step(f"m[{index}]").status for index in (1, 3)], made.live) == ([StepStatus.CANCELLED] * 2, [])
    assert made.run.ended == made.run.steps


def test_tolerated_failures_leave_a_word_about_it() -> None:
    made = play([1, 2], tolerate=1)
    made.fail("m[0]")
    made.report("m[1]", "b")
    made.report("m", [None, "b"])
    assert (made.run.status, made.step("m").degraded) == (RunStatus.SUCCEEDED, "1 of 2 items failed")


def test_a_long_list_is_opened_a_chunk_at_a_time() -> None:
    n = 2 * CHUNK + 10
    made = play(list(range(n)))
    assert (len(made.live), made.run.steps) == (CHUNK, CHUNK + 1)
    assert go_on(made) > CHUNK
    go_on(made)
    assert (len(made.live), made.run.steps) == (n, n + 1)
    assert go_on(made) == 0, "there is nothing more to open"


def test_a_chunk_opened_while_others_are_at_work_keeps_to_the_limit() -> None:
    made = play(list(range(CHUNK + 5)), concurrency=3)
    go_on(made)
    assert (len(made.live), made.run.steps) == (3, CHUNK + 6)


def test_a_list_whose_first_chunk_has_ended_waits_for_the_next() -> None:
    made = play(list(range(CHUNK + 1)), do={**AGENT, "when": "false"})
    assert (made.live, made.step("m").status) == ([], StepStatus.RUNNING)
    go_on(made)
    assert made.live == ["m"]


def test_a_collection_whose_worker_died_is_done_again() -> None:
    made = play([1])
    made.report("m[0]")
    made.lose("m")
    assert (made.queued("m").attempt, made.live) == (2, ["m"])


def test_maps_inside_maps_count_each_for_itself() -> None:
    made = Play(
        workflow({"id": "m", "map": {"over": "input", "do": {"map": {"over": "item", "do": AGENT}}}}), [[1, 2], [3]]
    )
    made.start()
    assert made.live == ["m[0][0]", "m[0][1]", "m[1][0]"]
    made.report("m[1][0]")
    assert made.queued("m[1]").input == {"how": "items", "n": 1}
