"""C4: limits in the database, as several workers take them at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Ok, Outcome, Parked, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim
from orchestrator.reliability.limits import Limit
from orchestrator.store.limits import LimitDoor
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
A = {"id": "a", "agent": "quick"}
TWO = {"concurrency": 2.0}


def door(world: World, **configured: Limit) -> LimitDoor:
    """Make the door of one worker process; `agent_quick` stands for `agent:quick`."""
    assert isinstance(world.store, DjangoStore)
    return LimitDoor(world.store, world.hints, {key.replace("_", ":"): limit for key, limit in configured.items()})


def entry(claim: Claim, limits: Mapping[str, float] = TWO) -> Entry:
    return Entry(claim=claim, input={}, spec=AgentSpec(name=claim.agent, role="", runtime="callable", limits=limits))


def claims(world: World, count: int, **more: int) -> list[Claim]:
    for number in range(count):
        world.start(A, input=number, **more)
    return world.claim(count=count)


def put_back(world: World, claim: Claim, outcome: Outcome | None) -> None:
    assert isinstance(outcome, Waits)
    world.store.put_back(claim, outcome)


def test_no_more_than_so_many_are_at_work_over_all_workers(world: World) -> None:
    doors, there = [door(world) for _ in range(8)], claims(world, 8)
    said: list[Outcome | None] = [None] * 8
    start = threading.Barrier(8)

    def ask(number: int) -> None:
        start.wait()
        said[number] = doors[number].admit(entry(there[number]))
        world.store.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is None for one in said) == 2
    assert {one.reason for one in said if isinstance(one, Waits)} == {
        "2 attempts of agent quick are at work, as many as may be"
    }


def test_who_leaves_wakes_who_has_waited_longest_and_no_newcomer_gets_in_between(world: World) -> None:
    one, other = door(world), door(world)
    first, second, third, fourth = claims(world, 4)
    assert (one.admit(entry(first)), other.admit(entry(second))) == (None, None)
    put_back(world, fourth, one.admit(entry(fourth)))
    put_back(world, third, one.admit(entry(third)))
    one.leave(entry(first), Ok(), 0.1)
    assert world.hints.rung[Lane.QUICK] >= 1
    (newcomer,) = claims(world, 1)  # the one that was woken has waited longer, and is claimed before it
    assert newcomer.input == {"value": 2}
    (late,) = world.claim()
    assert isinstance(other.admit(entry(late)), Waits)
    assert other.admit(entry(newcomer)) is None


def test_who_is_let_in_counts_once(world: World) -> None:
    one = door(world)
    (first,) = claims(world, 1)
    assert one.admit(entry(first)) is None
    one.leave(entry(first), Ok(), 0.1)
    world.report(first)
    for claim in claims(world, 2):
        assert one.admit(entry(claim)) is None


def test_a_killed_worker_gives_back_what_it_took(world: World) -> None:
    """R4: nothing is counted down, so nothing stays taken."""
    one, other = door(world), door(world)
    for number in range(3):
        world.start(A, input=number)
    dead = world.claim("dies", count=2)
    assert [one.admit(entry(claim)) for claim in dead] == [None, None]
    (alive,) = world.claim("lives")
    put_back(world, alive, other.admit(entry(alive)))
    assert other.sweep() == 0
    world.store.beat("dies", -1.0)
    world.engine.sweep_lost()
    assert other.sweep() == 1
    claimed = {claim.input["value"]: claim for claim in world.claim("lives", count=3) if isinstance(claim.input, dict)}
    assert other.admit(entry(claimed[2])) is None


def test_the_higher_priority_goes_first(world: World) -> None:
    one = door(world)
    first, second = claims(world, 2)
    assert [one.admit(entry(claim)) for claim in (first, second)] == [None, None]
    (low,) = claims(world, 1)
    (high,) = claims(world, 1, priority=5)
    put_back(world, low, one.admit(entry(low)))
    put_back(world, high, one.admit(entry(high)))
    one.leave(entry(first), Ok(), 0.1)
    assert [claim.input for claim in world.claim()] == [high.input]


def test_so_many_begin_in_a_time_and_the_rest_know_when(world: World) -> None:
    rate = {"calls": 2.0, "seconds": 0.4}
    one = door(world)
    there = claims(world, 4)
    assert [one.admit(entry(claim, rate)) for claim in there[:2]] == [None, None]
    for claim in there[:2]:
        one.leave(entry(claim, rate), Ok(), 0.0)
        world.report(claim)
    for claim in there[2:]:
        waits = one.admit(entry(claim, rate))
        assert isinstance(waits, Waits)
        assert 0 < waits.seconds <= 0.4
        assert waits.reason == "no more than 2 attempts of agent quick may begin in 0.4 s"
        put_back(world, claim, waits)
    assert world.claim() == []
    world.window.wait(0.45)
    assert [one.admit(entry(claim, rate)) for claim in world.claim(count=2)] == [None, None]


def test_a_provider_is_limited_over_its_agents_and_the_whole_installation_over_all(world: World) -> None:
    one = door(world, provider_openai=Limit(concurrency=1), all=Limit(concurrency=2))
    first, second, third, fourth = claims(world, 4)

    def model(claim: Claim, name: str) -> Entry:
        spec = AgentSpec(name=name, role="", runtime="llm", settings={"model": "openai:small"})
        return Entry(claim=claim, input={}, spec=spec)

    assert one.admit(model(first, "x")) is None
    waits = one.admit(model(second, "y"))
    assert isinstance(waits, Waits)
    assert waits.key == "limit:provider:openai"
    assert one.admit(entry(third, {})) is None
    waits = one.admit(entry(fourth, {}))
    assert isinstance(waits, Waits)
    assert waits.reason == "2 attempts of all agents are at work, as many as may be"


def test_what_was_handed_to_somebody_outside_is_at_work_until_it_is_reported(world: World) -> None:
    one = door(world)
    first, second, third = claims(world, 3)
    assert [one.admit(entry(claim)) for claim in (first, second)] == [None, None]
    world.store.park(first, 60)
    one.leave(entry(first), Parked(seconds=60), 0.1)
    put_back(world, third, one.admit(entry(third)))
    assert one.sweep() == 0
    world.report(first)
    assert one.sweep() == 1


def test_an_agent_without_limits_costs_no_query(world: World) -> None:
    one = door(world)
    (claim,) = claims(world, 1)
    asked: list[object] = []
    world.store.transact = lambda work: asked.append(work)  # type: ignore[method-assign,assignment,return-value]  # counted
    assert one.admit(entry(claim, {})) is None
    one.leave(entry(claim, {}), Ok(), 0.1)
    assert asked == []


@pytest.mark.parametrize(("operators", "most"), [(None, 2), (1, 1)])
def test_all_runs_of_a_workflow_share_its_limit_and_others_go_on(
    world: World, operators: int | None, most: int
) -> None:
    """C4: set in its file or by the operator, whichever is stricter."""
    assert isinstance(world.store, DjangoStore)
    there = claims(world, 3)
    name = there[0].workflow
    limited = LimitDoor(world.store, world.hints, {f"workflow:{name}": Limit(concurrency=operators)},
                        lambda claim: TWO if claim.workflow == name else {})  # fmt: skip
    said = [limited.admit(entry(claim, {})) for claim in there]
    assert [isinstance(word, Waits) for word in said] == [False] * most + [True] * (3 - most)
    waits = said[-1]
    assert isinstance(waits, Waits)
    assert (waits.key, f"of workflow {name}" in waits.reason) == (f"limit:workflow:{name}", True)
    assert limited.admit(entry(replace(there[-1], workflow="another"), {})) is None
    limited.leave(entry(there[0], {}), Ok(), 0.1)
    assert limited.admit(entry(there[most], {})) is None
