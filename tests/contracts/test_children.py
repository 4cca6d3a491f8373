"""P5: a step may be a whole run of its own. Cost and status roll up, acts reach down, and depth is counted once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestrator.core.child_runs import child_of
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import CancelRun, PauseRun, ResumeRun, RetryStep
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Usage
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World

WORK = {"id": "work", "agent": "quick", "retry": {"attempts": 1}}
SUB = {"id": "sub", "workflow": "below"}
GATE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}}}


def child(world: World, run_id: RunId, path: str = "sub") -> RunId:
    return RunId(str(child_of(world.window.steps(run_id)[path])["run"]))


def paid(claim: Claim, given: dict[str, Json]) -> Outcome:
    return Ok(output=given, usage=Usage(cost_usd=Decimal("0.10"), tokens=5))


def test_a_parent_shows_what_three_levels_cost_and_what_they_made(world: World) -> None:
    world.knows("below", WORK, {"id": "deeper", "workflow": "lowest"})
    world.knows("lowest", WORK)
    run_id = world.start({**WORK, "id": "first"}, SUB, input={"x": 1})
    assert world.work_off(perform=paid) == 3
    run = world.window.run(run_id)
    assert (run.status, run.cost_usd, run.tokens) == (RunStatus.SUCCEEDED, "0.30", 15)
    assert world.window.steps(run_id)[""].output == {"x": 1}
    below = world.window.run(child(world, run_id))
    assert (below.parent, below.parent_path, below.depth, below.cost_usd) == (run_id, "sub", 1, "0.20")
    lowest = world.window.run(child(world, below.id, "deeper"))
    assert (lowest.parent, lowest.depth, lowest.cost_usd) == (below.id, 2, "0.10")
    world.check()


def test_a_child_is_given_what_with_says_and_nothing_else(world: World) -> None:
    world.knows("below", WORK)
    run_id = world.start({**SUB, "with": {"n": "input.n + 1"}}, input={"n": 1, "secret": True})
    assert world.window.run(child(world, run_id)).input == {"n": 2}


def test_what_fails_below_fails_the_step_in_the_same_words_and_a_retry_goes_on_where_it_was(world: World) -> None:
    world.knows("below", {**WORK, "id": "fine"}, WORK)
    run_id = world.start(SUB)
    broken = [True]

    def perform(claim: Claim, given: dict[str, Json]) -> Outcome:
        if claim.path == "work" and broken[0]:
            return Failed(kind=Failure.CRASH, reason="it broke")
        return Ok(output="done")

    world.work_off(perform=perform)
    below = child(world, run_id)
    assert world.window.run(run_id).status == RunStatus.FAILED
    assert "work: it broke" in world.window.steps(run_id)["sub"].reason
    broken.clear()
    broken.append(False)
    assert world.engine.call(run_id, RetryStep(path=StepPath("sub"), actor="1")).status == 200
    assert world.work_off(perform=perform) == 1, "what had succeeded below is not done again"
    assert (world.window.run(run_id).status, child(world, run_id)) == (RunStatus.SUCCEEDED, below)
    world.check()


def test_a_child_that_was_retried_by_hand_is_taken_as_it_ended(world: World) -> None:
    world.knows("below", WORK)
    run_id = world.start(SUB)
    world.work_off(perform=lambda claim, given: Failed(kind=Failure.CRASH, reason="it broke"))
    world.engine.call(child(world, run_id), RetryStep(path=StepPath("work"), actor="1"))
    world.work_off()
    assert world.window.run(run_id).status == RunStatus.FAILED, "nobody waits for it any more"
    assert world.engine.call(run_id, RetryStep(path=StepPath("sub"), actor="1")).status == 200
    assert (world.work_off(), world.window.run(run_id).status) == (0, RunStatus.SUCCEEDED)
    world.check()


def test_cancelling_reaches_down_and_a_child_that_is_cancelled_fails_its_step(world: World) -> None:
    world.knows("below", {"id": "deeper", "workflow": "lowest"})
    world.knows("lowest", GATE)
    run_id = world.start(SUB)
    below = child(world, run_id)
    lowest = child(world, below, "deeper")
    world.engine.call(run_id, CancelRun(actor="1", reason="enough"))
    assert {world.window.run(one).status for one in (run_id, below, lowest)} == {RunStatus.CANCELLED}
    assert world.window.gates(lowest) == {"ok": "withdrawn"}
    other = world.start(SUB)
    world.engine.call(child(world, other), CancelRun(actor="1", reason="not needed"))
    assert world.window.run(other).status == RunStatus.FAILED
    assert "cancelled" in world.window.steps(other)["sub"].reason
    world.check()


def test_a_run_waits_when_all_that_is_left_below_waits_and_a_decision_there_lets_it_go_on(world: World) -> None:
    world.knows("below", GATE)
    run_id = world.start(SUB, {"id": "end", "agent": "quick"})
    assert (world.window.run(run_id).status, world.window.run(run_id).gates) == (RunStatus.WAITING, 1)
    assert world.decide(child(world, run_id), "ok").status == 200
    assert (world.window.run(run_id).status, world.window.run(run_id).gates) == (RunStatus.RUNNING, 0)
    world.work_off()
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()


def test_a_pause_holds_what_is_below_and_a_resumption_lets_it_go(world: World) -> None:
    world.knows("below", WORK)
    run_id = world.start(SUB)
    world.engine.call(run_id, PauseRun(actor="1"))
    assert world.window.run(child(world, run_id)).status == RunStatus.PAUSED
    assert world.work_off() == 0
    world.engine.call(run_id, ResumeRun(actor="1"))
    assert (world.work_off(), world.window.run(run_id).status) == (1, RunStatus.SUCCEEDED)
    world.check()


def test_runs_stand_three_deep_and_no_deeper(world: World) -> None:
    world.knows("below", {"id": "again", "workflow": "below"})
    run_id = world.start(SUB)
    world.work_off()
    assert world.window.run(run_id).status == RunStatus.FAILED
    depths, at, path = [], run_id, "sub"
    while child_of(world.window.steps(at)[path]):
        at, path = child(world, at, path), "again"
        depths.append(world.window.run(at).depth)
    last = world.window.steps(at)["again"]
    assert (depths, last.failure) == ([1, 2, 3], Failure.DEPTH)
    assert "3 deep" in world.window.run(run_id).reason
    world.check()


def test_a_run_is_bound_to_the_versions_below_it_from_its_start(world: World) -> None:
    world.knows("below", WORK)
    run_id = world.start({"id": "hold", "gate": {"title": "?", "show": {"n": "1"}}}, SUB)
    world.knows("below", {**WORK, "id": "newer"})
    world.decide(run_id, "hold")
    world.work_off()
    assert "work" in world.window.steps(child(world, run_id))
    assert "newer" in world.window.steps(child(world, world.start(SUB)))


def test_a_definition_that_no_file_holds_runs_as_well(world: World) -> None:
    definition = {"workflow": "made", "steps": [{"id": "a", "agent": "quick"}]}
    made = {"id": "make", "agent": "quick"}
    run_id = world.start(made, {"id": "sub", "workflow": {"definition": "steps.make.output.d"}, "with": {"n": "1"}},
                         {"id": "odd", "workflow": {"definition": "steps.make.output"}, "optional": True})  # fmt: skip
    world.work_off(perform=lambda claim, given: Ok(output={"d": definition} if claim.path == "make" else given))
    assert world.window.run(child(world, run_id)).workflow == "made"
    assert world.window.steps(run_id)["sub"].output == {"n": 1}
    assert world.window.steps(run_id)["odd"].status == StepStatus.FAILED
    world.check()


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_whoever_dies_between_the_end_below_and_the_word_above_loses_nothing(world: World, point: str) -> None:
    world.knows("below", WORK)
    run_id = world.start(SUB)
    (claim,) = world.claim()
    left = [point]

    def fail(here: str) -> None:
        if here in left:
            left.remove(here)
            raise KeyboardInterrupt

    world.fail = fail
    with pytest.raises(KeyboardInterrupt):
        world.finish(claim)
    world.engine.sweep()
    if point == "before_commit":
        world.finish(claim)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()
