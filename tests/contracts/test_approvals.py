"""H6: a risky call opens a gate by itself; the answer comes back to the agent, bound to what it asked for."""

from __future__ import annotations

import pytest

from orchestrator.core import approving
from orchestrator.core.agents import AgentSpec, Lane, Tool
from orchestrator.core.events import GateOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun, RetryStep
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.core.status import RunStatus
from orchestrator.engine.children import bindings
from orchestrator.engine.memory.world import MemoryLibrary
from orchestrator.engine.work import Live
from tests.contracts.test_calls import go
from tests.contracts.worlds import World
from tests.core.workflows import workflow

BOSS = AgentSpec(name="boss", role="Pays.", runtime="scripted", lane=Lane.QUICK,
                 tools=(Tool(name="pay", python="a.b:pay", risky=True), Tool(name="quick", agent="quick")))  # fmt: skip
WORK = {"id": "a", "agent": "boss", "retry": {"attempts": 2, "backoff": "1ms"}}
SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "amount": {"type": "integer", "maximum": 9}},
    "required": ["to", "amount"],
}
ARGUMENTS: dict[str, Json] = {"to": "ash", "amount": 9}


@pytest.fixture(autouse=True)
def _boss(world: World) -> None:
    world.library.add_agent(BOSS)


def wants(number: int = 1, **more: Json) -> Suspended:
    asked = {"kind": "approve", "tool": "pay", "arguments": ARGUMENTS, "schema": SCHEMA, "digest": f"d{number}"}
    return Suspended(requests=({"key": f"approve/{number}", **asked, **more},))


def pays(live: Live, given: dict[str, Json]) -> Outcome:
    return Ok(output=live.answers["approve/1"]) if "approve/1" in live.answers else wants()


def test_an_approval_shows_who_calls_what_with_what_and_binds_its_answer_to_it(world: World) -> None:
    run_id = world.start(WORK)
    go(world, pays)
    assert (world.window.run(run_id).status, world.open_gates(run_id)) == (RunStatus.WAITING, ["a/Approve"])
    opened = next(one.fact for one in world.window.events(run_id) if one.fact.type == "gate.opened")
    assert (opened.title, dict(opened.shown)) == ("⚠ tool: pay", {"agent": "boss", "tool": "pay", **ARGUMENTS})
    assert tuple(opened.edit) == ("to", "amount")
    world.decide(run_id, "a/Approve", edits={"amount": 4}, actor_name="Ada", comment="half")
    assert go(world, pays) == ["boss a 2"]
    assert world.window.steps(run_id)["a"].output == {
        "verdict": "approved", "tool": "pay", "digest": "d1", "arguments": {"to": "ash", "amount": 4}, "by": "Ada",
        "comment": "half",
    }  # fmt: skip
    world.check()


def test_a_no_is_an_answer_and_no_failure_of_the_step(world: World) -> None:
    run_id = world.start(WORK)
    go(world, pays)
    world.decide(run_id, "a/Approve", "reject", actor_name="Ada", comment="too dear")
    go(world, pays)
    answer = world.window.steps(run_id)["a"].output
    assert isinstance(answer, dict)
    assert (answer["verdict"], answer["by"], answer["comment"]) == ("rejected", "Ada", "too dear")
    assert (world.window.gates(run_id)["a/Approve"], world.window.run(run_id).status) == ("rejected", "succeeded")
    world.check()


def test_an_agent_that_ends_as_rejected_is_not_tried_again_and_a_persons_retry_keeps_the_answer(world: World) -> None:
    run_id = world.start(WORK)

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        said = live.answers.get("approve/1")
        return wants() if said is None else Failed(kind=Failure.REJECTED, reason="Ada said no")

    go(world, play)
    world.decide(run_id, "a/Approve", "reject", comment="no")
    assert go(world, play) == ["boss a 2"]
    step = world.window.steps(run_id)["a"]
    assert (step.failure, step.reason, world.window.run(run_id).status) == (Failure.REJECTED, "Ada said no", "failed")
    world.engine.call(run_id, RetryStep(path=StepPath("a"), actor="1"))
    assert go(world, play) == ["boss a 3"], "nobody is asked a second time about the same call"
    world.check()


def test_a_tool_says_who_may_approve_and_until_when(world: World) -> None:
    """H3: when time is up the call counts as rejected."""
    run_id = world.start(WORK)

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if "approve/1" in live.answers:
            return Ok(output=live.answers["approve/1"])
        tool = Tool(name="pay", risky=True, role="admin", group="tills", not_starter=True, deadline_seconds=0.05)
        return wants(**approving.policy(tool))

    go(world, play)
    opened = next(one.fact for one in world.window.events(run_id) if isinstance(one.fact, GateOpened))
    assert (opened.role, opened.group, opened.not_starter) == ("admin", "tills", True)
    assert (opened.deadline_seconds, opened.deadline_then) == (0.05, "reject")
    world.window.wait(0.1)
    world.engine.sweep_timers()
    go(world, play)
    answer = world.window.steps(run_id)["a"].output
    assert isinstance(answer, dict)
    assert (answer["verdict"], answer["comment"]) == ("rejected", "nobody decided before the deadline")
    assert world.window.gates(run_id) == {"a/Approve": "expired"}
    world.check()


def test_several_calls_at_once_wait_for_all_their_decisions(world: World) -> None:
    run_id = world.start(WORK)

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if live.answers:
            return Ok(output=sorted(live.answers))
        return Suspended(requests=(*wants().requests, *wants(2).requests))

    go(world, play)
    assert world.open_gates(run_id) == ["a/Approve", "a/Approve#2"]
    world.decide(run_id, "a/Approve#2")
    assert go(world, play) == []
    world.decide(run_id, "a/Approve", "reject", comment="no")
    go(world, play)
    assert world.window.steps(run_id)["a"].output == ["approve/1", "approve/2"]
    world.check()


def test_an_attempt_lost_after_the_approval_is_made_again_with_it(world: World) -> None:
    run_id = world.start(WORK)
    go(world, pays)
    world.decide(run_id, "a/Approve")
    world.claim()
    world.store.expire_all()
    world.engine.sweep()
    go(world, pays)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert world.facts(run_id).count("gate.opened a/Approve") == 1
    world.check()


def test_a_cancel_withdraws_an_approval(world: World) -> None:
    run_id = world.start(WORK)
    go(world, pays)
    world.engine.call(run_id, CancelRun(actor="1"))
    assert world.window.gates(run_id) == {"a/Approve": "withdrawn"}
    world.check()


def test_arguments_that_have_no_schema_of_their_own_are_shown_whole_and_not_changed(world: World) -> None:
    run_id = world.start(WORK)

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        said = live.answers.get("approve/1")
        return Ok(output=said) if said is not None else wants(arguments={"tool": "saw"}, schema={})

    go(world, play)
    opened = next(one.fact for one in world.window.events(run_id) if one.fact.type == "gate.opened")
    assert (opened.shown["arguments"], tuple(opened.edit)) == ({"tool": "saw"}, ())
    world.decide(run_id, "a/Approve")
    go(world, play)
    answer = world.window.steps(run_id)["a"].output
    assert isinstance(answer, dict)
    assert (answer["tool"], answer["arguments"]) == ("pay", {"tool": "saw"})
    world.check()


def test_an_agent_among_the_tools_may_be_called(world: World) -> None:
    """P12."""
    run_id = world.start(WORK)

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if live.claim.agent == "quick":
            return Ok(output="did it")
        if "call/1" in live.answers:
            return Ok(output=live.answers["call/1"])
        return Suspended(requests=({"key": "call/1", "kind": "call", "agent": "quick", "input": {}},))

    assert go(world, play) == ["boss a 1", "quick work 1", "boss a 2"]
    assert world.window.steps(run_id)["a"].output == "did it"


def test_a_run_is_bound_to_the_versions_of_agents_that_are_tools() -> None:
    """A1: what its agents may call is pinned with them."""
    library = MemoryLibrary()
    for spec in (BOSS, AgentSpec(name="quick", role="Helps.", runtime="scripted", version=3)):
        library.add_agent(spec)
    assert bindings(library, workflow(WORK), None).agents == {"boss": 1, "quick": 3}
