"""A worker's slots: finish and claim, turns, and a stop that loses nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Waits
from orchestrator.core.status import RunStatus
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.work import Live
from orchestrator.engine.worker import Slots, Worker
from tests.conftest import poll
from tests.engine.worlds import start, world

FAN = {"id": "m", "map": {"over": "input", "do": {"agent": "quick"}}}


def echo(live: Live, given: dict[str, Json]) -> Outcome:
    return Ok(output=given)


def worker(made: MemoryWorld, perform=echo, slots: int = 4) -> Worker:
    return Worker(made.engine.driver, perform, {Lane.QUICK: slots, Lane.SLOW: 1}, lambda claim: True)


def status(made: MemoryWorld, run_id: RunId) -> RunStatus:
    return made.store.tables.runs[run_id].state.status


def test_one_ring_carries_a_pipeline_to_its_end() -> None:
    made = world()
    run_id = start(made, {"x": 1})
    at_work = worker(made)
    assert at_work.turn(Lane.QUICK) == 3
    at_work.stop()
    assert (status(made, run_id), made.store.tables.runs[run_id].output) == (RunStatus.SUCCEEDED, {"x": 1})


def test_what_waits_is_put_back_once() -> None:
    """A door that has put it back itself says so: a worker that did it again would write for nothing."""
    made = world()
    start(made)
    put_back: list[str] = []
    made.store.put_back = lambda claim, waits: put_back.append(waits.key)  # type: ignore[method-assign]  # counted
    said = iter([Waits(key="mine", seconds=60, is_back=True), Waits(key="yours", seconds=60)])
    at_work = worker(made, lambda live, given: next(said))
    for _ in range(2):
        at_work._one(made.engine.driver.turn([], worker=at_work.id, wants={Lane.QUICK: 1}).claims[0], None)
        made.store.retire(at_work.id)
    at_work.stop()
    assert put_back == ["yours"]


def test_a_lane_without_work_or_slots_gives_its_thread_back() -> None:
    made = world()
    start(made)
    at_work = worker(made)
    assert (at_work.turn(Lane.SLOW), at_work.turn(Lane.REMOTE)) == (0, 0)
    at_work.stop()


def test_many_slots_do_each_attempt_once_and_the_results_are_in_order() -> None:
    """S16 in small: the join fires once."""
    made = world(FAN)
    run_id = start(made, list(range(100)))
    done: list[str] = []

    def perform(live: Live, given: dict[str, Json]) -> Outcome:
        done.append(live.claim.path)
        return Ok(output=given["item"])

    at_work = worker(made, perform, 8)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: at_work.turn(Lane.QUICK), range(8))) == 101  # the merge is one
    at_work.stop()
    assert (len(done), len(set(done))) == (100, 100)
    assert made.store.tables.runs[run_id].output == list(range(100))


def test_a_ring_while_all_slots_are_taken_is_remembered() -> None:
    slots = Slots({Lane.QUICK: 1})
    assert slots.take(Lane.QUICK)
    assert not slots.take(Lane.QUICK)
    assert slots.give_back(Lane.QUICK)
    assert slots.take(Lane.QUICK)
    assert not slots.give_back(Lane.QUICK)


def test_a_failure_is_reported_like_a_success() -> None:
    made = world({"id": "a", "agent": "quick", "retry": {"attempts": 1}})
    run_id = start(made)
    at_work = worker(made, lambda live, given: Failed(kind=Failure.REFUSED, reason="no"))
    at_work.turn(Lane.QUICK)
    at_work.stop()
    assert (status(made, run_id), made.store.tables.runs[run_id].state.reason) == (RunStatus.FAILED, "a: no")


def test_stopping_gives_claims_back_without_counting_a_failure() -> None:
    made = world({"id": "a", "agent": "quick", "retry": {"attempts": 1}})
    run_id = start(made)
    begun = threading.Event()

    def stubborn(live: Live, given: dict[str, Json]) -> Outcome:
        begun.set()
        assert live.stop.wait(10)
        threading.Event().wait(1.0)  # longer than a stop waits
        return Ok(output="late")

    first = worker(made, stubborn)
    thread = threading.Thread(target=first.turn, args=(Lane.QUICK,))
    thread.start()
    assert begun.wait(10)
    first.stop(grace_seconds=0.05)
    assert (status(made, run_id), made.store.ready()) == (RunStatus.RUNNING, {Lane.QUICK: 1})
    second = worker(made)
    assert second.turn(Lane.QUICK) == 1
    second.stop()
    thread.join(10)
    assert not thread.is_alive(), "a slot that comes home after the end is sent away"
    state = made.store.tables.steps(run_id)["a"]
    assert (status(made, run_id), state.attempt, state.output) == (RunStatus.SUCCEEDED, 1, {"value": None})


def test_a_worker_knows_what_it_has_in_hand() -> None:
    made = world()
    start(made)
    seen: list[set[str]] = []

    def perform(live: Live, given: dict[str, Json]) -> Outcome:
        seen.append(at_work.in_hand())
        assert live.claim.fence in seen[-1]
        return Ok()

    at_work = worker(made, perform)
    at_work.turn(Lane.QUICK)
    poll(lambda: not at_work.in_hand(), "nothing is left in hand")
    at_work.stop()
    assert len(seen) == 3


def test_a_stumble_of_the_worker_ends_the_attempt_in_words() -> None:
    made = world({"id": "a", "agent": "quick", "retry": {"attempts": 1}})
    run_id = start(made)

    def perform(live: Live, given: dict[str, Json]) -> Outcome:
        raise LookupError("no such thing")

    at_work = worker(made, perform)
    at_work.turn(Lane.QUICK)
    at_work.stop()
    state = made.store.tables.runs[run_id].state
    assert (state.status, state.reason) == (
        RunStatus.FAILED, "a: the worker stumbled: LookupError: no such thing",
    )  # fmt: skip
