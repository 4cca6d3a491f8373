"""How runs start on every store: once for a key, and within whatever transaction the caller has open."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.messages import CancelRun
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus
from orchestrator.engine.requests import StartRequest
from tests.contracts.worlds import World, in_threads
from tests.core.workflows import Source, read

A, B = ({"id": name, "agent": "quick"} for name in "ab")
FAN = {"id": "m", "map": {"over": "input", "do": {"agent": "quick"}}}


class Undone(Exception):
    """The caller's own work fails."""


def test_a_key_starts_one_run(world: World) -> None:
    run_id = world.start(A, input={"x": 1}, key="once")
    assert world.start(A, input={"x": 1}, key="once") == run_id
    with pytest.raises(RejectedConflict, match="started run"):
        world.start(A, input={"x": 2}, key="once")
    with pytest.raises(RejectedConflict):
        world.engine.start(world_request(world, B, {"x": 1}))


def world_request(world: World, step: Source, given: Json) -> StartRequest:
    """Ask for a run of another workflow under the same key."""
    other = read({"workflow": "other", "steps": [step]})
    world.library.add(other)
    return StartRequest(workflow="other", version=other.version, input=given, actor="1", key="once")


def test_a_key_starts_one_run_even_when_many_ask_at_once(world: World) -> None:
    world.start(A)  # the workflow is known
    runs = in_threads(world, *[lambda: world.start(A, input=5, key="once")] * 5)
    assert len(set(runs)) == 1
    assert world.facts(runs[0]).count("run.started") == 1


def test_a_start_goes_back_with_the_transaction_it_took_part_in(world: World) -> None:
    """Whoever writes a card and starts its run does both or neither."""
    started: list = []

    def both() -> None:
        with world.window.outer():
            started.append(world.start(A))
            assert world.hints.rung == {}, "nobody is told before the commit"
            raise Undone

    with pytest.raises(Undone):
        both()
    assert (world.store.exists(started[0]), world.store.ready(), world.hints.rung) == (False, {}, {})
    with world.window.outer():
        started.append(world.start(A))
    assert (world.store.exists(started[1]), world.hints.rung) == (True, {Lane.QUICK: 1})


def test_a_long_map_opens_in_parts_and_goes_on_by_itself(world: World) -> None:
    run_id = world.start(FAN, input=[0] * 600)
    assert (world.window.run(run_id).steps, world.window.mailbox()) == (601, [])
    world.check()


def test_a_long_map_started_inside_a_transaction_goes_on_after_it(world: World) -> None:
    with world.window.outer():
        run_id = world.start(FAN, input=[0] * 300)
    assert (world.window.run(run_id).steps, world.window.mailbox()) == (301, [])


def test_a_message_left_within_a_transaction_is_considered_after_it(world: World) -> None:
    run_id = world.start(A)
    with world.window.outer():
        world.engine.post(run_id, CancelRun(actor="1"), "cancel")
        assert world.window.run(run_id).status == RunStatus.RUNNING
    assert (world.window.run(run_id).status, world.window.mailbox()) == (RunStatus.CANCELLED, [])
