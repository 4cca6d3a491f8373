"""Claims that can't go on yet, and claims that somebody outside will report: what every store promises (C4, S8)."""

from __future__ import annotations

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Waits
from tests.contracts.worlds import World

A = {"id": "a", "agent": "quick"}


def test_what_waits_goes_back_without_counting_as_a_try_and_is_woken(world: World) -> None:
    run_id = world.start(A)
    (claim,) = world.claim()
    n = world.window.run(run_id).n
    world.store.put_back(claim, Waits(key="limit:x", seconds=60, reason="two are at work"))
    assert (world.claim(), world.store.wake("limit:other"), world.window.run(run_id).n) == ([], {}, n)
    assert world.report(claim, "late").status == 409
    assert world.store.wake("limit:x") == {Lane.QUICK: 1}
    (again,) = world.claim()
    assert (again.attempt, world.report(again, "good").status) == (1, 200)
    world.check()


def test_only_so_many_are_woken_the_longest_waiting_first(world: World) -> None:
    for number in range(4):
        world.start(A, input=number)
    for claim in world.claim(count=4):
        world.store.put_back(claim, Waits(key="k", seconds=60))
    assert world.store.wake("k", 3) == {Lane.QUICK: 3}
    assert [claim.input for claim in world.claim(count=4)] == [{"value": 0}, {"value": 1}, {"value": 2}]
    assert world.store.wake("k") == {Lane.QUICK: 1}


def test_what_waits_comes_due_by_itself(world: World) -> None:
    world.start(A)
    (claim,) = world.claim()
    world.store.put_back(claim, Waits(key="k", seconds=0.2))
    assert world.claim() == []
    moment = world.store.next_moment()
    assert moment is not None
    world.window.wait(0.3)
    assert [one.attempt for one in world.claim()] == [1]


def test_a_claim_that_was_taken_away_is_neither_put_back_nor_parked(world: World) -> None:
    run_id = world.start(A)
    (old,) = world.claim("slow")
    world.store.release("slow", [old.fence])
    (new,) = world.claim("quick")
    world.store.put_back(old, Waits(key="k", seconds=60))
    world.store.park(old, 60)
    assert [(row.worker, row.fence) for row in world.window.queue(run_id)] == [("quick", new.fence)]


def test_a_parked_claim_outlives_its_worker_and_is_reported_under_its_fence(world: World) -> None:
    run_id = world.start(A)
    (claim,) = world.claim("w")
    world.store.park(claim, 60)
    world.store.retire("w")
    world.store.beat("w", -1.0)
    assert (world.store.lost(), world.store.held("w"), world.claim()) == ([], set(), [])
    world.check()
    assert world.report(claim, "from outside").status == 200
    assert world.window.steps(run_id)["a"].output == "from outside"
    world.check()


def test_a_report_may_come_before_its_parking_is_recorded(world: World) -> None:
    run_id = world.start(A)
    (claim,) = world.claim("w")
    assert world.report(claim, "at once").status == 200
    world.store.park(claim, 60)
    assert (world.window.queue(run_id), world.window.steps(run_id)["a"].output) == ([], "at once")
    world.check()


def test_a_parked_claim_is_lost_after_its_time_and_made_again(world: World) -> None:
    run_id = world.start(A)
    (claim,) = world.claim("w")
    world.store.park(claim, 0.05)
    world.window.wait(0.1)
    assert [(one.path, one.fence) for one in world.store.lost()] == [("a", claim.fence)]
    world.engine.sweep()
    assert world.window.steps(run_id)["a"].attempt == 2
    assert world.report(claim, "late").status == 409
    world.check()
