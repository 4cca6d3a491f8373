"""P12: an agent calls another, or asks a person, while it runs: its slot is free meanwhile; nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.child_runs import child_of
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import CancelRun, RetryStep
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.memory.store import MemoryStore
from orchestrator.engine.ports import Mail
from orchestrator.engine.work import Live, report, work
from tests.contracts.worlds import World, memory_world

Play = Callable[[Live, dict[str, Json]], Outcome]
BOSS = AgentSpec(name="boss", role="Asks others.", runtime="scripted", lane=Lane.QUICK, calls=("quick", "boss"))
WORK = {"id": "a", "agent": "boss", "retry": {"attempts": 1}}


@pytest.fixture(autouse=True)
def _boss(world: World) -> None:
    world.library.add_agent(BOSS)


def request(number: int, kind: str = "call", **more: Json) -> Suspended:
    return Suspended(requests=({"key": f"{kind}/{number}", "kind": kind, **more},))


def call(number: int, agent: str = "quick", **given: Json) -> Suspended:
    return request(number, agent=agent, input=given)


def go(world: World, play: Play) -> list[str]:
    """Do all there is to do, with the answers each attempt was given; return the attempts in order."""
    done: list[str] = []
    while claims := world.claim(count=8):
        for claim in claims:
            live = Live(claim=claim, started_at=claim.claimed_at, began=0.0)
            made = report(live, work(live, world.store, lambda at, given: play(at, given)), 0.01, "w")
            assert made is not None
            turn = world.driver.turn([Mail(run_id=claim.run_id, message=made.message)], artifacts=made.artifacts)
            world.driver.drain([claim.run_id, *turn.done.woken])
            done.append(f"{claim.agent} {claim.path} {claim.attempt}")
    return done


def child(world: World, run_id: RunId, path: str) -> RunId:
    return RunId(str(child_of(world.window.steps(run_id)[path])["run"]))


def twice(live: Live, given: dict[str, Json]) -> Outcome:
    """Call quick, and again with what it said; then end with both answers."""
    if live.claim.agent != "boss":
        return Ok(output={"said": given})
    if "call/1" not in live.answers:
        return call(1, n=1)
    if "call/2" not in live.answers:
        return call(2, before=live.answers["call/1"])
    return Ok(output=dict(live.answers))


def test_an_agent_calls_another_and_goes_on_with_its_answer(world: World) -> None:
    run_id = world.start(WORK)
    assert go(world, twice) == ["boss a 1", "quick work 1", "boss a 2", "quick work 1", "boss a 3"]
    run = world.window.run(run_id)
    first: Json = {"said": {"n": 1}}
    assert world.window.steps(run_id)["a"].output == {"call/1": first, "call/2": {"said": {"before": first}}}
    assert (run.status, run.retries) == (RunStatus.SUCCEEDED, 0), "to go on with an answer is no retry"
    assert world.window.run(child(world, run_id, "a/Call#2")).depth == 1
    world.check()


def test_its_slot_is_free_while_it_waits(world: World) -> None:
    run_id = world.start(WORK)
    (claim,) = world.claim()
    world.finish(claim, perform=lambda claim, given: call(1))
    assert world.window.queue(run_id) == []
    assert world.window.run(run_id).status == RunStatus.RUNNING


def test_only_agents_that_are_named_may_be_called(world: World) -> None:
    run_id = world.start(WORK)
    go(world, lambda live, given: call(1, agent="spare"))
    step = world.window.steps(run_id)["a"]
    assert (step.status, step.failure) == (StepStatus.FAILED, Failure.REFUSED)
    assert "may not call spare" in step.reason
    assert "a/Call" not in world.window.steps(run_id)
    world.check()


def test_a_call_that_fails_fails_the_caller_in_its_words_and_a_retry_does_only_the_call_again(world: World) -> None:
    run_id = world.start(WORK)
    broken = [True]

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if live.claim.agent == "quick" and broken:
            return Failed(kind=Failure.REFUSED, reason="not today")
        return twice(live, given)

    go(world, play)
    assert "Call: work: not today" in world.window.steps(run_id)["a"].reason
    broken.clear()
    assert world.engine.call(run_id, RetryStep(path=StepPath("a"), actor="1")).status == 200
    assert go(world, play)[0] == "quick work 2"
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()


def test_an_attempt_that_fails_after_an_answer_is_tried_again_with_it(world: World) -> None:
    run_id = world.start({**WORK, "retry": {"attempts": 2, "backoff": "1ms"}})

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if live.claim.agent == "boss" and live.claim.attempt == 2:
            return Failed(kind=Failure.CRASH, reason="once")
        return twice(live, given)

    done = go(world, play)
    world.window.wait(0.01)
    done += go(world, play)
    assert done.count("quick work 1") == 2, "what was answered is not asked again"
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()


def test_a_person_answers_a_question_and_a_cancel_withdraws_one(world: World) -> None:
    def play(live: Live, given: dict[str, Json]) -> Outcome:
        if "ask/1" in live.answers:
            return Ok(output=live.answers["ask/1"])
        return request(1, "ask", question="Which one?", options=["left", "right"])

    run_id = world.start(WORK)
    go(world, play)
    assert (world.window.run(run_id).status, world.open_gates(run_id)) == (RunStatus.WAITING, ["a/Ask"])
    world.decide(run_id, "a/Ask", edits={"answer": "left"})
    go(world, play)
    assert world.window.steps(run_id)["a"].output == "left"
    other = world.start(WORK)
    go(world, play)
    world.engine.call(other, CancelRun(actor="1"))
    assert world.window.gates(other) == {"a/Ask": "withdrawn"}
    world.check()


def test_agents_that_call_each_other_without_end_are_stopped_by_depth(world: World) -> None:
    run_id = world.start(WORK)
    done = go(world, lambda live, given: call(1, agent="boss"))
    assert len(done) == 4, "the first, and three below it"
    assert world.window.run(run_id).status == RunStatus.FAILED
    assert "3 deep" in world.window.run(run_id).reason
    world.check()


def test_depth_is_one_count_over_child_runs_and_calls() -> None:
    world = memory_world()
    world.library.add_agent(BOSS)
    world.knows("below", WORK)
    run_id = world.start({"id": "sub", "workflow": "below"})
    done = go(world, lambda live, given: call(1, agent="boss"))
    assert len(done) == 3, "the child run is one of the three"
    assert world.window.run(run_id).status == RunStatus.FAILED


def test_depth_is_one_count_over_child_runs_plans_and_calls() -> None:
    """The trap of P5, P6 and P12 in one: a child run, in it a plan, in that an agent that calls itself without end."""
    world = memory_world()
    world.library.add_agent(BOSS)
    step = {"planner": "quick", "agents": ["boss"], "with": {"goal": "1"}}
    world.knows("below", {"id": "p", "plan": step})
    run_id = world.start({"id": "sub", "workflow": "below"})
    plan: Json = {"tasks": [{"id": "t", "agent": "boss", "input": {}}]}

    def play(live: Live, given: dict[str, Json]) -> Outcome:
        return Ok(output=plan) if "problems" in given else call(1, agent="boss")

    done = go(world, play)
    assert [one for one in done if one.startswith("boss")] == ["boss t 1", "boss work 1"], (
        "in the plan, and called once"
    )
    depths = sorted(world.window.run(run).depth for run in _family(world))
    assert depths == [0, 1, 2, 3], "the run, its child, the plan, the call; the call below that is refused"
    assert world.window.run(run_id).status == RunStatus.FAILED
    assert "3 deep" in world.window.run(run_id).reason


def _family(world: World) -> list[RunId]:
    assert isinstance(world.store, MemoryStore)
    return list(world.store.tables.runs)
