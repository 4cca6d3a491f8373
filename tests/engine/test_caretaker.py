"""A worker's caretaker: heartbeats whatever happens, starts of long attempts, claims that are not what they seem."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.errors import TransientError
from orchestrator.core.events import AttemptStarted, AttemptStopped
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import CancelRun, ReportAttempt, RetryStep
from orchestrator.core.outcomes import Cancelled, Failure, Json, Ok, Outcome
from orchestrator.engine import caretaker
from orchestrator.engine.caretaker import Caretaker
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Mail
from orchestrator.engine.work import Live
from orchestrator.engine.worker import Worker
from tests.conftest import poll
from tests.engine.laws import facts_of
from tests.engine.worlds import start, world


@dataclass
class Crew:
    """A worker with its caretaker, and an agent that waits for a word."""

    made: MemoryWorld
    is_inline: bool = False
    release: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    ends: list[int] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.worker = Worker(self.made.engine.driver, self.perform, {Lane.QUICK: 4}, lambda claim: self.is_inline)
        self.caretaker = Caretaker(self.worker, lambda: self.ends.append(1))

    def perform(self, live: Live, given: dict[str, Json]) -> Outcome:
        self.begun.set()
        while not self.release.wait(0.01):
            if live.stop.is_set() and not self.is_inline:
                return Cancelled()
        return Ok(output="done")

    def work(self) -> None:
        thread = threading.Thread(target=self.worker.turn, args=(Lane.QUICK,))
        thread.start()
        self.threads.append(thread)

    def stop(self) -> None:
        self.release.set()
        self.worker.stop(grace_seconds=2)
        self.caretaker.stop()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture(autouse=True)
def _quick_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let its seconds be hundredths."""
    for name in ("LOOK_SECONDS", "BEAT_SECONDS", "NOTE_AFTER_SECONDS", "CHECK_SECONDS", "UNKNOWN_SECONDS"):
        monkeypatch.setattr(caretaker, name, 0.02)


@pytest.fixture
def crew() -> Iterator[Callable[..., Crew]]:
    crews: list[Crew] = []

    def make(*steps: dict[str, object], is_inline: bool = False, **more: object) -> Crew:
        crews.append(Crew(world(*steps or ({"id": "a", "agent": "quick"},)), is_inline))
        return crews[-1]

    yield make
    for one in crews:
        one.stop()


def only_queue_row(made: MemoryWorld, run_id: RunId):
    return made.store.tables.queue[run_id, StepPath("a")]


def test_the_lease_is_there_before_the_first_claim_and_is_extended(crew: Callable[..., Crew]) -> None:
    one = crew()
    one.caretaker.start()
    first = one.made.store.tables.workers[one.worker.id]
    one.made.clock.advance(5)
    poll(lambda: one.made.store.tables.workers[one.worker.id] == first + 5, "the lease is extended")


def test_the_start_of_a_long_attempt_is_recorded_while_it_goes_on(crew: Callable[..., Crew]) -> None:
    one = crew()
    run_id = start(one.made)
    one.caretaker.start()
    one.work()
    poll(
        lambda: any(isinstance(fact, AttemptStarted) for fact in facts_of(one.made.store, run_id)),
        "the start is recorded",
    )
    one.release.set()
    poll(lambda: one.made.store.tables.runs[run_id].state.is_ended, "the run ends")
    assert sum(isinstance(fact, AttemptStarted) for fact in facts_of(one.made.store, run_id)) == 1


def test_an_attempt_whose_claim_was_taken_away_is_stopped(crew: Callable[..., Crew]) -> None:
    """S6: only one of two does the work in the end."""
    one = crew()
    run_id = start(one.made)
    one.caretaker.start()
    one.work()
    assert one.begun.wait(10)
    row = only_queue_row(one.made, run_id)
    one.made.store.transact(
        lambda tx: one.made.store.tables.queue.put((run_id, StepPath("a")), replace(row, worker="other", fence="other"))
    )
    poll(lambda: not one.worker.live, "it is stopped")
    assert only_queue_row(one.made, run_id).worker == "other"


def test_a_claim_nobody_knows_of_is_given_back_even_by_an_idle_worker(crew: Callable[..., Crew]) -> None:
    """S7: the answer to a commit that claimed got lost; the worker lives, so its lease never runs out."""
    one = crew()
    run_id = start(one.made)
    one.made.engine.driver.turn([], worker=one.worker.id, wants={Lane.QUICK: 1})
    assert only_queue_row(one.made, run_id).worker == one.worker.id
    one.caretaker.start()
    poll(lambda: only_queue_row(one.made, run_id).worker is None, "the claim is given back")


def test_a_claim_whose_report_waits_for_the_database_is_kept(crew: Callable[..., Crew]) -> None:
    """Else finished work would be done again."""
    outage = threading.Event()
    waiting = threading.Event()

    def fail(point: str) -> None:
        if point == "before_commit" and outage.is_set():
            waiting.set()
            raise TransientError("the database is away")

    made = world({"id": "a", "agent": "quick"}, fail=fail)
    one = Crew(made)
    try:
        run_id = start(made)
        one.caretaker.start()
        one.work()
        assert one.begun.wait(10)
        poll(
            lambda: any(isinstance(fact, AttemptStarted) for fact in facts_of(made.store, run_id)), "its start is noted"
        )
        outage.set()
        one.release.set()
        assert waiting.wait(10)
        beats = made.store.tables.workers[one.worker.id]
        made.clock.advance(1)
        poll(lambda: made.store.tables.workers[one.worker.id] > beats, "the caretaker has looked meanwhile")
        threading.Event().wait(0.3)  # many looks long
        assert only_queue_row(made, run_id).worker == one.worker.id
        outage.clear()
        poll(lambda: made.store.tables.runs[run_id].state.is_ended, "the report gets through")
        assert made.store.tables.steps(run_id)[StepPath("a")].attempt == 1
    finally:
        one.stop()


def test_an_inline_attempt_that_does_not_return_is_given_up_in_words(crew: Callable[..., Crew]) -> None:
    one = crew({"id": "a", "agent": "quick", "timeout": "50ms", "retry": {"attempts": 1}}, is_inline=True)
    run_id = start(one.made)
    one.caretaker.start()
    one.work()
    poll(lambda: one.made.store.tables.runs[run_id].state.is_ended, "the run ends")
    state = one.made.store.tables.steps(run_id)[StepPath("a")]
    assert (state.failure, state.reason) == (Failure.TIMEOUT, "it did not return within 0.05 s")
    assert one.ends == [], "one lost slot is borne"


def test_a_worker_that_has_lost_two_slots_ends_to_be_started_afresh(crew: Callable[..., Crew]) -> None:
    fan = {"id": "m", "map": {"over": "[1, 2]", "do": {"agent": "quick", "timeout": "50ms", "retry": {"attempts": 1}}}}
    one = crew(fan, is_inline=True)
    start(one.made)
    one.caretaker.start()
    one.work()
    one.work()
    poll(lambda: one.ends, "it asks to be ended")


def test_a_stumble_does_not_end_the_heartbeat(crew: Callable[..., Crew]) -> None:
    """Without it all that the worker does would be taken away."""
    one = crew()
    stumbles: list[int] = []
    beat = one.made.store.beat

    def stumble(worker: str, lease_seconds: float, slots: int = 0) -> None:
        stumbles.append(1)
        if len(stumbles) == 2:
            raise ZeroDivisionError("by accident")
        beat(worker, lease_seconds, slots)

    one.made.store.beat = stumble
    one.caretaker.start()
    poll(lambda: len(stumbles) > 2, "it beats again")


def stops(made: MemoryWorld, run_id: RunId) -> list[tuple[str, str, int]]:
    return [(fact.path, fact.how, fact.attempt) for fact in facts_of(made.store, run_id)
            if isinstance(fact, AttemptStopped)]  # fmt: skip


def at_work(one: Crew) -> RunId:
    """Let an attempt be at work, then give it up with its run."""
    run_id = start(one.made)
    one.caretaker.start()
    one.work()
    assert one.begun.wait(10)
    assert one.made.engine.call(run_id, CancelRun(actor="1")).status == 200
    assert one.made.store.tables.runs[run_id].state.is_ended
    assert len(one.made.store.tables.stopping) == 1
    return run_id


def test_what_is_cancelled_at_work_is_asked_and_the_log_says_that_it_stopped(crew: Callable[..., Crew]) -> None:
    """R11: the run has ended by then; how its attempt did is added to its log."""
    one = crew()
    run_id = at_work(one)
    poll(lambda: stops(one.made, run_id) == [("a", "stopped", 1)], "it says so")
    assert not one.made.store.tables.stopping


def test_what_does_not_stop_in_its_grace_is_killed(crew: Callable[..., Crew], monkeypatch: pytest.MonkeyPatch) -> None:
    one = crew()
    one.caretaker = Caretaker(one.worker, lambda: None, grace_seconds=0.05)
    asked: list[bool] = []

    def deaf(live: Live, given: dict[str, Json]) -> Outcome:
        one.begun.set()
        assert live.kill.wait(10)
        asked.append(live.stop.is_set())
        return Cancelled(killed=True)

    monkeypatch.setattr(one.worker, "_perform", deaf)
    run_id = at_work(one)
    poll(lambda: stops(one.made, run_id) == [("a", "killed", 1)], "it is killed")
    assert asked == [True]


def test_a_report_that_comes_before_the_question_says_that_it_had_finished(crew: Callable[..., Crew]) -> None:
    one = crew()
    run_id = start(one.made)
    one.work()
    assert one.begun.wait(10)
    one.made.engine.call(run_id, CancelRun(actor="1"))
    one.release.set()
    poll(lambda: stops(one.made, run_id) == [("a", "finished", 1)], "it says so")
    one.caretaker.start()  # it had no time to ask before


def test_nothing_waits_for_a_worker_that_died_longer_than_its_lease(crew: Callable[..., Crew]) -> None:
    """R5, R11: and a step is not begun again while its worker may be at it."""
    branches = {"a": {"agent": "quick"}, "b": {"agent": "quick", "retry": {"attempts": 1}}}
    made = world({"id": "p", "parallel": {"branches": branches}})
    run_id = start(made)
    made.store.beat("gone", 10.0)
    made.store.beat("w", 60.0)
    made.engine.driver.turn([], worker="gone", wants={Lane.QUICK: 1})
    (claim,) = made.engine.driver.turn([], worker="w", wants={Lane.QUICK: 1}).claims
    failed = ReportAttempt(path=claim.path, attempt=1, fence=claim.fence, ok=False, failure=Failure.CRASH, reason="no")
    made.engine.driver.turn([Mail(run_id=run_id, message=failed)])
    retry = RetryStep(path=claim.path, actor="1")
    refused = made.engine.call(run_id, retry)
    assert (refused.status, "still being stopped" in refused.reason) == (409, True)
    made.clock.advance(10.1)
    made.store.beat("w", 60.0)
    made.engine.sweep()
    assert stops(made, run_id) == [("p/a", "lost", 1)]
    assert made.engine.call(run_id, retry).status == 200
