"""Paused agents in the database, as several workers see them at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db.models import F

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.messages import CancelRun
from orchestrator.core.outcomes import Failed, Failure, Ok, Outcome, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim
from orchestrator.models import QueueEntry, Run
from orchestrator.store.measured import denied
from orchestrator.store.pauses import PauseDoor, Pauses
from orchestrator.store.standing_in import StandingIn
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
A = {"id": "a", "agent": "quick"}
LONG_AGO = float("-inf")


class Worker:
    """What one worker process knows."""

    def __init__(self, world: World) -> None:
        assert isinstance(world.store, DjangoStore)
        self.pauses = Pauses(world.store, world.hints)
        self.door = PauseDoor(self.pauses, StandingIn(world.store, world.library))

    def admit(self, claim: Claim, *, knows: bool = True, **more: Any) -> Outcome | None:
        if knows:
            self.pauses._view.read_at = LONG_AGO
        spec = AgentSpec(name=claim.agent, role="Is tried.", runtime="callable")
        return self.door.admit(Entry(claim=claim, spec=spec, input={}, **more))


def claimed(world: World, *steps: dict[str, Any]) -> Claim:
    world.start(*steps or (A,))
    (claim,) = world.claim()
    return claim


def test_a_paused_agent_gets_nothing_in_any_worker_and_says_why(world: World) -> None:
    one, other = Worker(world), Worker(world)
    one.pauses.pause("quick", "7", "Ada", "its prompt is being mended")
    for worker in (one, other):
        said = worker.admit(claimed(world))
        assert isinstance(said, Waits)
        assert (said.key, said.reason) == ("paused:quick", "agent quick is paused by Ada: its prompt is being mended")
    assert world.hints.told == {**world.hints.told, "agents": 0}


def test_slots_that_begin_at_once_after_an_idle_time_all_know_it(world: World) -> None:
    one, other = Worker(world).pauses, Worker(world).pauses
    assert not one.seems("quick")
    other.pause("quick", "7", "Ada", "")
    one._view.read_at = LONG_AGO
    assert isinstance(world.store, DjangoStore)
    read, reads, goes_on = world.store.read, threading.Event(), threading.Event()

    def slowly(text: str, values: Sequence[Any]) -> Any:
        reads.set()
        assert goes_on.wait(10)
        return read(text, values)

    world.store.read = slowly  # type: ignore[method-assign]  # as a database that takes its time
    said: list[bool] = []

    def slot() -> None:
        said.append(one.seems("quick"))
        world.store.close()

    slots = [threading.Thread(target=slot) for _ in range(2)]
    slots[0].start()
    assert reads.wait(10)
    slots[1].start()
    slots[1].join(0.1)
    goes_on.set()
    for one_slot in slots:
        one_slot.join(10)
    assert said == [True, True]


def test_what_waits_is_woken_by_resuming_in_another_process_in_its_order(world: World) -> None:
    one, other = Worker(world), Worker(world)
    one.pauses.pause("quick", "7", "Ada", "")
    for number in range(3):
        world.start(A, input=number)
    for claim in world.claim(count=3):
        said = one.admit(claim)
        assert isinstance(said, Waits)
        world.store.put_back(claim, said)
    assert world.claim() == []
    assert other.pauses.resume("quick")
    assert world.hints.rung[Lane.QUICK] >= 3
    claims = world.claim(count=3)
    assert [claim.input for claim in claims] == [{"value": 0}, {"value": 1}, {"value": 2}]
    assert [one.admit(claim, knows=False) for claim in claims] == [None] * 3, "a worker that knows it late asks"
    assert not other.pauses.resume("quick")


def test_what_was_put_back_just_after_the_resume_is_woken_by_the_sweep(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    claim = claimed(world)
    said = worker.admit(claim)
    assert isinstance(said, Waits)
    worker.pauses.resume("quick")
    world.store.put_back(claim, said)
    assert (world.claim(), worker.pauses.sweep()) == ([], 1)
    assert len(world.claim()) == 1
    assert worker.pauses.sweep() == 0


def test_how_long_a_pause_lasted_is_no_reason_to_give_work_up_at_a_breaker(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    claim = claimed(world)
    said = worker.admit(claim)
    assert isinstance(said, Waits)
    world.store.put_back(claim, said)
    QueueEntry.objects.update(waits_since=F("waits_since") - 3_600_000_000)
    worker.pauses.resume("quick")
    (again,) = world.claim()
    assert isinstance(world.store, DjangoStore)
    assert StandingIn(world.store, world.library).waited(again) == 0.0


def test_the_sweep_leaves_alone_what_waits_for_a_paused_agent(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    claim = claimed(world)
    said = worker.admit(claim)
    assert isinstance(said, Waits)
    world.store.put_back(claim, said)
    assert worker.pauses.sweep() == 0


def test_a_step_that_names_a_fallback_goes_there_and_a_degraded_result_is_none(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    said = worker.admit(claimed(world, {**A, "fallback": ["slow"]}))
    assert isinstance(said, Failed)
    assert (said.kind, "paused by Ada" in said.reason) == (Failure.TRIPPED, True)
    assert isinstance(worker.admit(claimed(world, {**A, "degrade": {"value": "1", "why": "nobody looked"}})), Waits)


@pytest.mark.parametrize("step", [
    {"handoff": {"agents": ["quick", "slow"], "check": {"is": "true"}}},
    {"supervise": {"agents": ["quick", "slow"], "over": "[1]", "check": {"is": "true"}}},
])  # fmt: skip
def test_work_that_was_handed_on_to_a_paused_agent_waits_as_nobody_is_left_to_choose(
    world: World, step: dict[str, Any]
) -> None:
    worker = Worker(world)
    worker.pauses.pause("slow", "7", "Ada", "")
    run_id = world.start({"id": "a", **step})
    (first,) = world.claim()
    assert worker.admit(first) is None
    world.report(first, failure=Failure.CRASH, reason="It fell over.")
    (second,) = [*world.claim(), *world.claim(lane=Lane.SLOW)]
    assert second.agent == "slow"
    said = worker.admit(second)
    assert isinstance(said, Waits)
    world.store.put_back(second, said)
    assert world.window.run(run_id).status == "running"
    worker.pauses.resume("slow")
    assert [one.agent for one in world.claim(lane=Lane.SLOW)] == ["slow"]


def test_what_was_at_work_before_goes_on_once_it_has_its_answer(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    assert worker.admit(claimed(world), is_resumed=True) is None


def test_a_trial_passes_so_that_it_is_tried_before_it_is_resumed(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    trial, real = claimed(world), claimed(world)
    Run.objects.filter(pk=trial.run_id).update(workflow="try:quick")
    assert worker.admit(trial) is None
    assert isinstance(worker.admit(real), Waits)


def test_an_agent_that_is_not_paused_costs_no_query(world: World) -> None:
    worker = Worker(world)
    claim = claimed(world)
    worker.pauses.pause("another", "7", "Ada", "")
    worker.admit(claim)
    assert isinstance(world.store, DjangoStore)
    asked: list[object] = []
    world.store.read = world.store.transact = lambda *given: asked.append(given)  # type: ignore[assignment,method-assign,return-value]  # counted
    worker.pauses._view.read_at = float("inf")
    for _ in range(100):
        assert worker.admit(claim, knows=False) is None
        worker.door.leave(Entry(claim=claim, spec=AgentSpec(name="quick", role="", runtime="x"), input={}), Ok(), 0.1)
    assert asked == []


def test_a_route_passes_a_paused_agent_by_and_says_why(world: World) -> None:
    Worker(world).pauses.pause("quick", "7", "Ada", "maintenance")
    told = denied({"quick": ["agent:quick"], "slow": ["agent:slow"]})
    assert told == {"quick": "agent quick is paused by Ada: maintenance"}


def test_waiting_work_of_a_cancelled_run_is_gone(world: World) -> None:
    worker = Worker(world)
    worker.pauses.pause("quick", "7", "Ada", "")
    run_id = world.start(A)
    (claim,) = world.claim()
    said = worker.admit(claim)
    assert isinstance(said, Waits)
    world.store.put_back(claim, said)
    world.engine.call(run_id, CancelRun(actor="1"))
    assert world.window.queue(run_id) == []
    worker.pauses.resume("quick")
    assert world.claim() == []
    world.check()
