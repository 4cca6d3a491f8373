"""R3: breakers in the database, as several workers see them at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Ok, Outcome, Parked, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim
from orchestrator.reliability import breaker as logic
from orchestrator.reliability.breaker import Rule, State
from orchestrator.store.breaker_door import BreakerDoor
from orchestrator.store.breakers import Breakers
from orchestrator.store.standing_in import StandingIn
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
RULE = Rule(open_seconds=60.0)
A = {"id": "a", "agent": "quick"}
BOOM = Failed(kind=Failure.CRASH, reason="boom")


class Door:
    """The door of one worker process."""

    def __init__(self, world: World, rule: Rule = RULE, wait: float = 600.0) -> None:
        assert isinstance(world.store, DjangoStore)
        self.breakers = Breakers(world.store, world.hints, lambda: 0.5, rule)
        the = StandingIn(world.store, world.library)
        self.door = BreakerDoor(self.breakers, the.peers, the.stands_in, the.waited, wait)

    def admit(self, claim: Claim, **spec: Any) -> Outcome | None:
        return self.door.admit(entry(claim, **spec))

    def leave(self, claim: Claim, outcome: Outcome, **spec: Any) -> None:
        self.door.leave(entry(claim, **spec), outcome, 0.1)

    def state(self, key: str = "agent:quick") -> State:
        """Return what this worker believes, once it has looked."""
        self.breakers._view.read_at = float("-inf")
        seen = self.breakers.seen(key)
        return State.CLOSED if seen is None else seen.state


def entry(claim: Claim, **spec: Any) -> Entry:
    agent = AgentSpec(name=claim.agent, role="Is tried.", runtime="llm" if "settings" in spec else "callable")
    return Entry(claim=claim, spec=replace(agent, **spec), input={})


def fail(world: World, door: Door, times: int, outcome: Failed = BOOM, **spec: Any) -> None:
    """Let so many runs fail, each recorded as a worker does."""
    for _ in range(times):
        world.start(A)
        (claim,) = world.claim()
        assert door.admit(claim, **spec) is None
        door.leave(claim, outcome, **spec)
        world.report(claim, failure=outcome.kind, reason=outcome.reason)


def test_slots_that_begin_at_once_after_an_idle_time_all_know_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Door(world), Door(world)
    assert one.state() == State.CLOSED
    fail(world, other, 5)
    one.breakers._view.read_at = float("-inf")
    read, reads, goes_on = one.breakers._store.read, threading.Event(), threading.Event()

    def slowly(text: str, values: Any) -> Any:
        reads.set()
        assert goes_on.wait(10)
        return read(text, values)

    monkeypatch.setattr(one.breakers._store, "read", slowly)
    said: list[bool] = []

    def slot() -> None:
        said.append(one.breakers.seen("agent:quick") is not None)
        world.store.close()

    slots = [threading.Thread(target=slot) for _ in range(2)]
    slots[0].start()
    assert reads.wait(10)
    slots[1].start()
    slots[1].join(0.1)
    goes_on.set()
    for each in slots:
        each.join(10)
    assert said == [True, True]


def test_five_failures_in_a_row_open_it_in_every_worker(world: World) -> None:
    one, other = Door(world), Door(world)
    fail(world, one, 4)
    assert (one.state(), other.state()) == (State.CLOSED, State.CLOSED)
    fail(world, one, 1)
    assert (one.state(), other.state()) == (State.OPEN, State.OPEN)
    assert world.hints.told == {**world.hints.told, "agents": 0}


def test_failures_of_different_workers_count_together(world: World) -> None:
    doors = [Door(world), Door(world)]
    for number in range(5):
        fail(world, doors[number % 2], 1)
    assert doors[0].state() == State.OPEN


@pytest.mark.parametrize("kind", [Failure.INVALID_INPUT, Failure.REFUSED, Failure.REJECTED, Failure.OVER_BUDGET])
def test_what_is_not_the_agents_fault_never_opens_it(world: World, kind: Failure) -> None:
    door = Door(world)
    for _ in range(8):
        fail(world, door, 1, Failed(kind=kind, reason="no"))
    assert door.state() == State.CLOSED


def test_a_healthy_agent_costs_no_query(world: World) -> None:
    door = Door(world)
    world.start(A)
    (claim,) = world.claim()
    door.state()
    assert isinstance(world.store, DjangoStore)
    asked: list[object] = []
    world.store.read = world.store.transact = lambda *given: asked.append(given)  # type: ignore[assignment,method-assign,return-value]  # counted
    for _ in range(100):
        assert door.admit(claim) is None
        door.leave(claim, Ok(output=1))
    assert asked == []


def tripped_and_due(world: World, door: Door) -> None:
    """Open the breaker and let its time pass."""
    door.breakers.change("agent:quick", lambda one, now: logic.tripped(one, "test", now - 10, 5))


def test_exactly_as_many_probes_run_as_are_allowed_over_all_workers(world: World) -> None:
    doors = [Door(world) for _ in range(8)]
    for number in range(8):
        world.start(A, input=number)
    claims = world.claim(count=8)
    tripped_and_due(world, doors[0])
    said: list[Outcome | None] = [BOOM] * 8
    start = threading.Barrier(8)

    def ask(number: int) -> None:
        start.wait()
        said[number] = doors[number].admit(claims[number])
        world.store.close()

    for door in doors:
        door.state()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is None for one in said) == 2
    assert sum(isinstance(one, Waits) and one.key == "breaker:agent:quick" for one in said) == 6


def test_two_good_probes_close_it_and_wake_who_waits(world: World) -> None:
    one, other = Door(world), Door(world)
    for number in range(3):
        world.start(A, input=number)
    claims = world.claim(count=3)
    tripped_and_due(world, one)
    one.state(), other.state()
    waits = [one.admit(claims[0]), other.admit(claims[1]), other.admit(claims[2])]
    assert [type(each).__name__ for each in waits] == ["NoneType", "NoneType", "Waits"]
    assert isinstance(waits[2], Waits)
    world.store.put_back(claims[2], waits[2])
    one.leave(claims[0], Ok())
    assert one.state() == State.HALF_OPEN
    other.leave(claims[1], Ok())
    assert (one.state(), other.state()) == (State.CLOSED, State.CLOSED)
    assert [claim.input for claim in world.claim(count=3)] == [{"value": 2}]


def test_a_bad_probe_opens_it_again_and_the_other_one_changes_nothing_then(world: World) -> None:
    door = Door(world)
    for number in range(2):
        world.start(A, input=number)
    first, second = world.claim(count=2)
    tripped_and_due(world, door)
    door.state()
    assert (door.admit(first), door.admit(second)) == (None, None)
    door.leave(first, BOOM)
    assert door.state() == State.OPEN
    door.leave(second, Ok())
    assert door.state() == State.OPEN


def test_a_probe_whose_worker_died_leaves_its_place_to_another(world: World) -> None:
    door = Door(world, replace(RULE, probes=1))
    for number in range(2):
        world.start(A, input=number)
    first, second = (world.claim(worker)[0] for worker in ("dies", "lives"))
    tripped_and_due(world, door)
    door.state()
    assert door.admit(first) is None
    assert isinstance(door.admit(second), Waits)
    world.store.beat("dies", -1.0)
    world.engine.sweep_lost()
    assert door.admit(second) is None


def test_a_probe_that_says_nothing_leaves_its_place_to_another(world: World) -> None:
    door = Door(world, replace(RULE, probes=1))
    for number in range(2):
        world.start(A, input=number)
    first, second = world.claim(count=2)
    tripped_and_due(world, door)
    door.state()
    assert door.admit(first) is None
    door.leave(first, Cancelled())
    assert (door.state(), door.admit(second)) == (State.HALF_OPEN, None)


def test_where_somebody_stands_in_it_is_refused_at_once_with_the_reason(world: World) -> None:
    """R3: the fallback chain goes on."""
    door = Door(world)
    world.start({"id": "a", "agent": "quick", "fallback": ["slow"]})
    (claim,) = world.claim()
    door.breakers.change("agent:quick", lambda one, now: logic.tripped(one, "maintenance", now))
    refused = door.admit(claim)
    assert isinstance(refused, Failed)
    assert refused.kind == Failure.TRIPPED
    assert "the breaker of agent quick is open since" in refused.reason
    assert refused.reason.endswith("until a person closes it: maintenance")


def test_a_declared_degraded_result_is_better_than_waiting(world: World) -> None:
    door = Door(world)
    world.start({"id": "a", "agent": "quick", "degrade": {"value": "{}", "why": "it is away"}})
    (claim,) = world.claim()
    door.breakers.change("agent:quick", lambda one, now: logic.tripped(one, "maintenance", now))
    assert isinstance(door.admit(claim), Failed)


def test_nobody_waits_for_longer_than_the_operator_allows(world: World) -> None:
    door = Door(world, wait=0.0)
    world.start(A)
    (claim,) = world.claim()
    door.breakers.change("agent:quick", lambda one, now: logic.tripped(one, "maintenance", now))
    refused = door.admit(claim)
    assert isinstance(refused, Failed)
    assert refused.reason.startswith("it waited for 0 s, and the breaker of agent quick")


def test_retry_after_pauses_the_provider_for_all_its_agents_at_the_first_refusal(world: World) -> None:
    """C4, A2: a 429 is never a success."""
    one, other = Door(world), Door(world)
    model = {"settings": {"model": "openai:small"}}
    for _ in range(2):
        world.start(A)
    first, second = world.claim(count=2)
    assert one.admit(first, **model) is None
    one.leave(first, Failed(kind=Failure.UNAVAILABLE, reason="429", retry_after_seconds=20.0), **model)
    assert (one.state("provider:openai"), one.state()) == (State.OPEN, State.CLOSED)
    other.state()
    waits = other.admit(second, **model)
    assert isinstance(waits, Waits)
    assert 15 < waits.seconds - 15 <= 20
    assert "it asked to be left alone for 20 s: 429" in waits.reason
    assert other.admit(second, settings={"base_url": "http://127.0.0.1:9/v1"}) is None


def test_an_answer_in_the_wrong_form_is_the_agents_fault_not_its_providers(world: World) -> None:
    door = Door(world)
    model = {"settings": {"model": "openai:small"}}
    for _ in range(6):
        if door.state() == State.CLOSED:
            fail(world, door, 1, Failed(kind=Failure.SCHEMA, reason="no"), **model)
    assert (door.state(), door.state("provider:openai")) == (State.OPEN, State.CLOSED)


def test_a_reset_forgets_what_failed_before(world: World) -> None:
    door = Door(world)
    fail(world, door, 5)
    door.breakers.change("agent:quick", lambda one, now: logic.reset("mended", now))
    fail(world, door, 4)
    assert door.state() == State.CLOSED
    fail(world, door, 1)
    assert door.state() == State.OPEN


def test_a_sweep_wakes_as_many_as_may_probe(world: World) -> None:
    door = Door(world)
    for number in range(5):
        world.start(A, input=number)
    door.breakers.change("agent:quick", lambda one, now: logic.tripped(one, "test", now))
    door.state()
    for claim in world.claim(count=5):
        waits = door.admit(claim)
        assert isinstance(waits, Waits)
        world.store.put_back(claim, waits)
    assert (door.breakers.sweep(), world.claim()) == (0, [])
    tripped_and_due(world, door)
    assert door.breakers.sweep() == 2
    assert [claim.input for claim in world.claim(count=5)] == [{"value": 0}, {"value": 1}]


def test_every_change_is_kept_with_its_reason(world: World) -> None:
    door = Door(world, replace(RULE, probes=1))
    fail(world, door, 5)
    world.start(A)
    tripped_and_due(world, door)
    door.state()
    (claim,) = world.claim()
    assert door.admit(claim) is None
    door.leave(claim, Ok())
    assert isinstance(world.store, DjangoStore)
    told = world.store.read("SELECT was, state, why FROM orchestrator_breakerchange ORDER BY id", [])
    assert [tuple(row) for row in told] == [
        ("closed", "open", "5 failures in a row, the last: crash: boom"),
        ("open", "open", "test"),
        ("open", "half_open", "test"),
        ("half_open", "closed", "1 probe in a row succeeded"),
    ]


def test_a_probe_that_is_parked_is_one_until_another_process_hears_how_it_ended(world: World) -> None:
    """R3, S8: the server said 202, and reports to whichever process it reaches."""
    asked, heard = Door(world), Door(world)
    world.start(A, input=1)
    world.start(A, input=2)
    world.start(A, input=3)
    first, second, third = world.claim(count=3)
    tripped_and_due(world, asked)
    for claim in (first, second):
        assert asked.admit(claim) is None
        world.store.park(claim, 60)
        asked.leave(claim, Parked(seconds=60))
    assert isinstance(asked.admit(third), Waits), "both probes are at work"
    for claim in (first, second):
        heard.door.leave(replace(entry(claim), is_elsewhere=True), Ok(output=1), 5.0)
    assert (asked.state(), asked.admit(third)) == (State.CLOSED, None)
