"""P10 on every store: contributors that finish at the same moment, and processes that die in the middle."""

from __future__ import annotations

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun, PauseRun, ResumeRun, RetryStep, WakeStep
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World, in_threads

WRITER = {"agent": "quick", "reads": ["seed"], "writes": ["sum"], "retry": {"attempts": 1}}


def board(count: int = 2, **more: Json) -> dict[str, Json]:
    """Return a step in which each of several writers adds itself to what it reads, once."""
    names = "abcdefgh"[:count]
    when = {name: f"!board.sum.exists(x, x == '{name}')" for name in names}
    agents: dict[str, Json] = {
        name: {**WRITER, "reads": ["sum"], "when": when[name], "with": {"sum": "board.sum", "me": f"'{name}'"}}
        for name in names
    }
    keys: Json = {"sum": {"type": "array", "items": {"type": "string"}}}
    return {"id": "bb", "blackboard": {"keys": keys, "start": {"sum": "[]"}, "agents": agents, "tries": 50, **more}}


def add(claim: Claim, given: dict[str, Json]) -> Outcome:
    """Add what it is called to the list it is given."""
    so_far = given.get("sum")
    assert isinstance(so_far, list)
    return Ok(output={"sum": [*so_far, given["me"]] if "me" in given else so_far})


def test_no_update_is_lost_however_many_write_at_the_same_moment(world: World) -> None:
    run_id = world.start(board(5), input={})
    (first,) = world.claim()
    world.report(first, {"sum": []})
    while world.window.run(run_id).status == RunStatus.RUNNING:
        in_threads(world, *(lambda number=number: world.work_off(f"w{number}", perform=add) for number in range(3)))
    made = world.window.steps(run_id)[""].output
    assert sorted(made["sum"]) == ["a", "b", "c", "d", "e"]
    facts = world.facts(run_id)
    assert facts.count("board.written bb") == 6
    world.check()


def test_reports_in_one_transaction_are_taken_one_after_the_other(world: World) -> None:
    run_id = world.start(board(2), input={})
    (first,) = world.claim()
    world.report(first, {"sum": []})
    claims = world.claim(count=2)
    letters = [world.mail(claim, {"sum": [claim.path]}) for claim in claims]
    assert [one.status for one in world.driver.turn(letters).done.verdicts] == [200, 200]
    assert world.facts(run_id).count("board.conflict bb") == 1
    world.work_off(perform=add)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()


def test_pause_resume_and_cancel_reach_who_is_at_work(world: World) -> None:
    run_id = world.start(board(3), input={})
    (first,) = world.claim()
    world.engine.call(run_id, PauseRun(actor="1"))
    world.report(first, {"sum": []})
    assert world.claim() == [], "what the first values woke waits for the resumption"
    world.engine.call(run_id, ResumeRun(actor="1"))
    assert len(world.claim(count=3)) == 3
    world.engine.call(run_id, CancelRun(actor="1"))
    assert world.window.queue(run_id) == []
    world.check()


def test_a_board_that_failed_goes_on_where_it_was(world: World) -> None:
    run_id = world.start(board(2), input={})

    def failing(claim: Claim, given: dict[str, Json]) -> Outcome:
        return Failed(kind=Failure.CRASH, reason="boom") if given.get("me") == "b" else add(claim, given)

    world.work_off(perform=failing)
    assert world.window.run(run_id).status == RunStatus.FAILED
    assert world.engine.call(run_id, RetryStep(path=StepPath(""), actor="1")).status == 200
    world.work_off(perform=add)
    assert world.window.steps(run_id)[""].output == {"sum": ["a", "b"]}
    world.check()


@pytest.mark.parametrize("end", ["quiet", "minutes"])
def test_its_timer_goes_when_it_ends(world: World, end: str) -> None:
    run_id = world.start(board(1, minutes=5), input={})
    if end == "minutes":
        world.engine.call(run_id, WakeStep(path=StepPath("bb"), timer="minutes"))
        assert world.window.run(run_id).reason == "bb: 5 minutes are over"
    else:
        world.work_off(perform=add)
        assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert world.store.next_moment() is None
    world.check()
