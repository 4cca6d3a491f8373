"""P11 on every store: mail that waits for an agent that is down, and turns that end at the same moment."""

from __future__ import annotations

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World, in_threads

ONCE: dict[str, Json] = {"agent": "quick", "retry": {"attempts": 1}}


def talk(**more: Json) -> dict[str, Json]:
    agents: Json = {"a": ONCE, "b": {**ONCE, "agent": "slow"}}
    return {"id": "t", "converse": {"agents": agents, "begin": {"to": "a", "text": "'go'"}, **more}}


def peer(claim: Claim, given: dict[str, Json]) -> Outcome:
    """Ask b three things; b answers each; then end with all it said."""
    inbox = given.get("inbox")
    if not isinstance(inbox, list):
        return Ok(output=given)  # what puts the first messages together
    heard: list[Json] = [one["text"] for one in inbox if isinstance(one, dict) and one["from"] == "b"]
    if claim.path.startswith("t/b"):
        return Ok(output={"send": [{"to": "a", "text": f"re {one['text']}"} for one in inbox if isinstance(one, dict)]})
    if heard:
        return Ok(output={"answer": heard})
    return Ok(output={"send": [{"to": "b", "text": text} for text in ("one", "two", "three")]})


def test_a_conversation_runs_to_its_end_and_everything_agrees(world: World) -> None:
    run_id = world.start(talk(), input={})
    world.work_off(perform=peer)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert world.window.steps(run_id)["t"].output["answer"] == ["re one", "re two", "re three"]
    world.check()


def test_many_who_write_at_the_same_moment_lose_no_message(world: World) -> None:
    names = "abcdef"
    agents: Json = dict.fromkeys(names, ONCE)
    begin: Json = [{"to": name, "text": "'go'"} for name in names]
    run_id = world.start({"id": "t", "converse": {"agents": agents, "begin": begin, "messages": 500}}, input={})
    (first,) = world.claim()
    world.finish(first)

    def once(claim: Claim, given: dict[str, Json]) -> Outcome:
        me = claim.path[2]
        send: list[Json] = [{"to": name, "text": f"from {me}"} for name in names if name != me]
        return Ok(output={"send": send if "#" not in claim.path else []})

    while world.window.run(run_id).status == RunStatus.RUNNING:
        in_threads(world, *(lambda number=number: world.work_off(f"w{number}", perform=once) for number in range(3)))
    state = world.window.steps(run_id)["t"]
    assert (state.output["talk"]["messages"], state.output["talk"]["unread"]) == (6 + 6 * 5, {})
    world.check()


def test_mail_waits_for_an_agent_that_is_down(world: World) -> None:
    run_id = world.start(talk(revive_after="200ms"), input={})
    tries: list[str] = []

    def shaky(claim: Claim, given: dict[str, Json]) -> Outcome:
        tries.append(claim.path)
        if claim.path == "t/b":
            return Failed(kind=Failure.UNAVAILABLE, reason="away")
        return peer(claim, given)

    world.work_off(perform=shaky)
    assert (world.window.run(run_id).status, world.window.queue(run_id)) == (RunStatus.RUNNING, [])
    world.window.wait(0.3)
    world.engine.sweep()
    world.work_off(perform=shaky)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert tries[-3:] == ["t/b", "t/b#2", "t/a#2"]
    assert world.store.next_moment() is None
    world.check()


@pytest.mark.parametrize("end", ["decided", "cancelled"])
def test_a_person_decides_between_answers(world: World, end: str) -> None:
    run_id = world.start(talk(conflict="person"), input={})

    def differ(claim: Claim, given: dict[str, Json]) -> Outcome:
        if "inbox" not in given:
            return Ok(output=given)
        return Ok(output={"answer": claim.path, "send": [{"to": "b", "text": "?"}] if claim.path == "t/a" else []})

    world.work_off(perform=differ)
    assert world.open_gates(run_id) == ["t/Person"]
    if end == "cancelled":
        world.engine.call(run_id, CancelRun(actor="1"))
        assert world.open_gates(run_id) == []
    else:
        world.decide(run_id, StepPath("t/Person"), edits={"answer": "neither"})
        assert world.window.steps(run_id)["t"].output["answer"] == "neither"
    world.check()
