"""Kind `supervise` at run time (P4): one queue, slots by what is measured, work moved from the slow and failing."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import HandoffJudged, SlotsSet, StepOpened, WorkMoved, WorkTaken
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import GoOn, NoteStart, RetryStep, SkipStep
from orchestrator.core.nodes.supervise import CHUNK, MERGE
from orchestrator.core.outcomes import Failure
from orchestrator.core.pool_moves import MOST_ASKED
from orchestrator.core.pools import workers
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.reliability.slots import PROBE, Worker
from tests.core.play import Play
from tests.core.workflows import workflow

POOL = ("quick", "slow", "spare")


def play(items: Any, **more: Any) -> Play:
    own = {"over": "input", "as": "x", "agents": list(POOL), "check": {"fine": "output != 'bad'"}, **more}
    made = Play(workflow({"id": "p", "supervise": own}), items)
    made.start()
    return made


def at(made: Play) -> dict[str, list[int]]:
    """Return what each agent has."""
    return {name: list(one.at) for name, one in pool(made).items()}


def pool(made: Play, least: int = 1) -> dict[str, Worker]:
    return workers(made.step("p"), POOL, least)


def path_of(made: Play, item: int) -> str:
    """Return the try at an item that is on its way."""
    return next(one for one in made.live if one.startswith(f"p[{item}]/Work"))


def report(made: Play, item: int, output: Any = "good", seconds: float = 1.0) -> None:
    """Have the work of an item come back after so many seconds."""
    path = path_of(made, item)
    if made.step(path).started_at is None:
        made.send(NoteStart(path=StepPath(path), attempt=made.step(path).attempt, fence="f", worker="w",
                            started_at=made.now))  # fmt: skip
    made.now = max(made.now, float(made.step(path).started_at or 0) + seconds)
    made.report(path, output, started_at=made.step(path).started_at, ended_at=made.now)


def serve(made: Play, agent: str, output: Any = "good", seconds: float = 1.0) -> None:
    """Have the oldest work of an agent come back."""
    report(made, at(made)[agent][0], output, seconds)


def seen(made: Play, kind: type[Any]) -> list[Any]:
    return [one for one in made.facts if isinstance(one, kind)]


def test_an_agent_gets_what_it_has_slots_for_and_the_rest_waits_in_one_queue() -> None:
    made = play(list(range(9)))
    assert at(made) == {"quick": [0], "slow": [1], "spare": [2]}
    assert [made.queued(f"p[{index}]/Work").input for index in (0, 2)] == [{"x": 0}, {"x": 2}]
    report(made, 1)
    assert at(made) == {"quick": [0], "slow": [3, 4], "spare": [2]}, "whoever is free takes the next"


def test_results_are_put_together_in_the_order_of_the_list() -> None:
    made = play([1, 2])
    report(made, 1, "b")
    report(made, 0, "a")
    assert (made.queued("p").agent, made.queued("p").input) == (MERGE, {"how": "items", "n": 2})
    made.report("p", ["a", "b"])
    assert made.step("").output == ["a", "b"]


def test_slots_grow_one_at_a_time_while_all_are_taken_and_work_waits() -> None:
    made = play(list(range(60)), slots={"least": 1, "most": 3})
    for _ in range(40):
        serve(made, "quick")
    grown = [(one.was, one.slots) for one in seen(made, SlotsSet) if one.agent == "quick"]
    assert grown == [(1, 2), (2, 3)], "after one pass the second, after two more the third, then no more"
    assert len(at(made)["quick"]) == 3


def test_slots_go_back_to_the_least_when_nothing_waits() -> None:
    made = play(list(range(8)), slots={"least": 1, "most": 3})
    while made.live != ["p"]:
        item = min(index for has in at(made).values() for index in has)
        report(made, item)
    assert {name: one.slots for name, one in pool(made).items()} == dict.fromkeys(POOL, 1)
    assert "nothing waits" in {one.why for one in seen(made, SlotsSet)}


def test_a_failing_agent_keeps_half_then_rests_and_its_queue_goes_to_the_others() -> None:
    """P4: work is moved away from the failing, and each move says why."""
    made = play(list(range(60)), slots={"least": 2, "most": 4}, retries=0)
    before = at(made)["quick"]
    for _ in range(3):
        serve(made, "quick", "bad")
    assert pool(made)["quick"].slots == 0
    assert at(made)["quick"] == [], "what it had not begun was taken from it"
    assert {(one.item, one.agent) for one in seen(made, WorkTaken)} <= {(index, "quick") for index in range(60)}
    moves = [one for one in seen(made, WorkMoved) if one.item in before]
    assert [(one.from_agent, one.to_agent in ("slow", "spare"), one.why) for one in moves] == [
        ("quick", True, "fine"), ("quick", True, "fine"),
    ][: len(moves)]  # fmt: skip


def test_one_that_rests_is_tried_again_now_and_then_and_comes_back() -> None:
    made = play(list(range(90)), retries=0)
    while pool(made)["quick"].slots:
        serve(made, "quick", "bad")
    passed = 0
    while not at(made)["quick"]:
        serve(made, "slow")
        passed += 1
    assert passed == PROBE
    serve(made, "quick")
    assert pool(made)["quick"].slots == 1
    assert seen(made, SlotsSet)[-1].why == "a probe passed"


def test_work_that_failed_at_one_goes_to_another_that_has_not_had_it() -> None:
    made = play([1], retries=0)
    report(made, 0, "bad")
    report(made, 0, "bad")
    assert [(one.from_agent, one.to_agent) for one in seen(made, WorkMoved)] == [("quick", "slow"), ("slow", "spare")]
    report(made, 0, "bad")
    assert (made.step("p[0]").status, made.run.status) == (StepStatus.FAILED, RunStatus.FAILED)
    assert made.step("p").reason == "1 of 1 items failed, 0 may; last: spare: fine"


def test_when_all_fail_each_item_is_tried_by_all_and_none_waits_for_ever() -> None:
    made = play(list(range(12)), retries=0, tolerate=12)
    for _ in range(200):
        if made.live == ["p"]:
            break
        report(made, int(made.live[0].partition("[")[2].partition("]")[0]), "bad")
    assert made.live == ["p"]
    had = [[one.agent for one in seen(made, HandoffJudged) if one.path == f"p[{index}]"] for index in range(12)]
    assert [sorted(agents) for agents in had] == [sorted(POOL)] * 12


def test_a_slow_agent_rests_but_not_before_it_was_measured() -> None:
    made = play(list(range(60)))
    for _ in range(2):
        serve(made, "quick", seconds=10.0)
    for _ in range(4):
        serve(made, "slow")
        serve(made, "spare")
    assert pool(made)["quick"].slots == 2
    serve(made, "quick", seconds=10.0)
    assert (pool(made)["quick"].slots, seen(made, SlotsSet)[-1].why) == (1, "10 s is slow")
    serve(made, "quick", seconds=10.0)
    assert pool(made)["quick"].slots == 0
    assert "is slow; it rests" in seen(made, SlotsSet)[-1].why


def test_what_waits_behind_an_agent_nobody_hears_of_goes_to_the_others() -> None:
    made = play(list(range(60)), slots={"least": 2, "most": 2})
    mine = at(made)["quick"]
    made.desk.claimed = {f"p[{mine[0]}]/Work"}
    for _ in range(12):
        serve(made, "slow")
        serve(made, "spare")
    assert at(made)["quick"] == [mine[0]], "a worker has begun the first one; the second was taken away"
    assert [(one.item, one.agent, one.why) for one in seen(made, WorkTaken)] == [
        (mine[1], "quick", "it is not heard of while others are")
    ]
    assert pool(made, least=2)["quick"].slots == 2, "being silent is no mark against it"
    serve(made, "quick")
    assert len(at(made)["quick"]) == 2


def test_lost_workers_do_not_make_an_agent_slow() -> None:
    made = play(list(range(60)))
    for _ in range(3):
        item = at(made)["quick"][0]
        made.send(NoteStart(path=StepPath(path_of(made, item)), attempt=1, fence="f", worker="w", started_at=made.now))
        made.now += 60
        made.lose(path_of(made, item))
        made.send(NoteStart(path=StepPath(path_of(made, item)), attempt=2, fence="f", worker="v", started_at=made.now))
        report(made, item)
        serve(made, "slow")
    assert (pool(made)["quick"].seconds, pool(made)["quick"].slots) == (1.0, 3)


def test_what_no_agent_can_take_is_no_mark_against_the_one_that_had_it() -> None:
    made = play(list(range(9)), tolerate=9)
    for _ in range(4):
        made.fail(path_of(made, at(made)["quick"][0]), Failure.INVALID_INPUT)
    assert (pool(made)["quick"].failed, pool(made)["quick"].slots) == (0, 1)


def test_a_person_is_asked_and_the_agent_goes_on_meanwhile() -> None:
    made = play([1, 2, 3, 4], agents=["quick"], retries=0, escalate=True)
    report(made, 0, "bad")
    assert made.step("p[0]/Person").status == StepStatus.WAITING
    assert at(made)["quick"] == [1]
    for index in (1, 2, 3):
        report(made, index)
    assert made.run.status == RunStatus.WAITING
    made.decide("p[0]/Person", edits={"output": "theirs"})
    assert made.live == ["p"]


def test_people_are_not_asked_about_more_than_they_can_answer() -> None:
    made = play(list(range(50)), agents=["quick"], retries=0, escalate=True)
    while made.live:
        report(made, at(made)["quick"][0], "bad")
    assert sum(state.status == StepStatus.WAITING for state in made.desk.states.values()) == MOST_ASKED
    made.decide("p[0]/Person")
    assert len(made.live) == 1


def test_a_declared_value_stands_for_an_item_and_is_marked() -> None:
    made = play([1, 2], agents=["quick"], retries=0, degrade={"value": "'none'", "why": "nobody could"})
    report(made, 0, "bad")
    report(made, 1)
    made.report("p", ["none", "good"])
    assert made.step("").degraded == "p: 1 of 2 items degraded, first [0] nobody could (quick: fine)"


def test_as_many_may_fail_as_is_tolerated() -> None:
    made = play([1, 2, 3], agents=["quick"], retries=0, tolerate=1)
    report(made, 0, "bad")
    report(made, 1)
    report(made, 2, "bad")
    assert made.step("p").reason == "2 of 3 items failed, 1 may; last: quick: fine"


def test_a_long_list_is_opened_a_chunk_at_a_time() -> None:
    made = play(list(range(2 * CHUNK + 10)))
    assert (len(made.live), made.run.steps) == (3, 1 + CHUNK + 3)
    made.send(GoOn(path=StepPath("p")))
    made.send(GoOn(path=StepPath("p")))
    assert (made.step("p").memo["made"], len(made.live)) == (2 * CHUNK + 10, 3)


def test_its_memory_does_not_grow_with_the_list() -> None:
    sizes = []
    for n in (20, 400):
        made = play(list(range(n)), retries=0, tolerate=n)
        for turn in range(n // 2):
            item = min(index for has in at(made).values() for index in has)
            report(made, item, "bad" if turn % 3 == 0 else "good")
        sizes.append(len(str(made.step("p").memo)))
    assert sizes[1] < sizes[0] * 1.5


def test_no_items_give_an_empty_list_at_once() -> None:
    made = play([])
    assert (made.run.status, made.step("p").output) == (RunStatus.SUCCEEDED, [])


@pytest.mark.parametrize("items", [None, 5, {"a": 1}])
def test_what_is_no_list_is_said_in_words(items: Any) -> None:
    assert "not a list; point it at a list" in play(items).step("p").reason


def test_an_item_that_failed_is_retried_by_itself() -> None:
    made = play([1, 2, 3, 4], agents=["quick"], retries=0, tolerate=1)
    report(made, 0, "bad")
    made.send(RetryStep(path=StepPath("p[0]")))
    assert made.step("p[0]").status == StepStatus.RUNNING
    assert made.send(RetryStep(path=StepPath("p[0]"))).status == 409
    for _ in range(4):
        serve(made, "quick")
    assert made.live == ["p"]
    assert seen(made, WorkMoved)[0].from_agent == ""


def test_a_pool_that_failed_does_again_only_what_is_needed() -> None:
    made = play(list(range(6)), retries=0, agents=["quick"])
    report(made, 0)
    report(made, 1, "bad")
    assert made.run.status == RunStatus.FAILED
    made.send(RetryStep(path=StepPath("p")))
    assert at(made)["quick"] == [1]
    for _ in range(5):
        serve(made, "quick")
    assert made.live == ["p"]


def test_an_item_that_is_skipped_frees_its_slot() -> None:
    made = play([1, 2, 3, 4], agents=["quick"])
    made.send(SkipStep(path=StepPath("p[0]"), actor="1"))
    assert at(made)["quick"] == [1]


def test_without_a_list_it_is_a_single_hand_off() -> None:
    own = {"agents": ["quick", "slow"], "check": {"fine": "output != 'bad'"}, "retries": 0}
    made = Play(workflow({"id": "one", "supervise": own}), {"n": 1})
    made.start()
    made.report("one/Work", "bad")
    assert [one.agent for one in seen(made, StepOpened) if "Work" in one.path] == ["quick", "slow"]
    made.report("one/Work#2", "good")
    assert made.step("").output == "good"
