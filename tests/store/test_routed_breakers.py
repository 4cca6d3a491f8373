"""A route and breakers (A3, R3): the next best has it while one is open, and whoever is last waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.events import RouteChosen
from orchestrator.core.outcomes import Failed, Failure, Outcome, Waits
from orchestrator.engine.ports import Claim
from orchestrator.reliability.breaker import tripped
from tests.contracts.worlds import World
from tests.store.test_breakers import Door

pytestmark = pytest.mark.django_db


def routed(world: World, **more: Any) -> str:
    return world.start({"id": "a", "route": {"among": ["quick", "slow"]}, "retry": {"attempts": 1}, **more})


def claimed(world: World) -> Claim:
    """Claim the one attempt there is."""
    (claim,) = [*world.claim(), *world.claim(lane=Lane.SLOW)]
    return claim


def open_all(door: Door) -> None:
    for name in ("quick", "slow"):
        door.breakers.change(f"agent:{name}", lambda one, now: tripped(one, "down", now))


def test_an_attempt_that_meets_an_open_breaker_goes_to_the_next_best_and_the_last_one_waits(world: World) -> None:
    door, run_id = Door(world), routed(world)
    open_all(door)
    first = claimed(world)
    said: Outcome | None = door.admit(first)
    assert isinstance(said, Failed)
    assert said.kind == Failure.TRIPPED
    world.report(first, failure=said.kind, reason=said.reason)
    second = claimed(world)
    assert {first.agent, second.agent} == {"quick", "slow"}
    assert isinstance(door.admit(second), Waits)
    chosen = [one.fact for one in world.window.events(run_id) if isinstance(one.fact, RouteChosen)]
    assert [(one.agent, one.failed) for one in chosen] == [(first.agent, ""), (second.agent, first.agent)]
    world.check()


def test_with_a_declared_result_nobody_waits(world: World) -> None:
    door, run_id = Door(world), routed(world, degrade={"value": "1", "why": "nobody could"})
    open_all(door)
    for _ in range(2):
        claim = claimed(world)
        said = door.admit(claim)
        assert isinstance(said, Failed)
        world.report(claim, failure=said.kind, reason=said.reason)
    assert world.window.run(run_id).status == "succeeded"
    assert world.window.steps(run_id)["a"].degraded.startswith("nobody could")
