"""Patterns on each store: the steps they are written as run, their rules in a worker, and what is kept agrees."""

from __future__ import annotations

from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World

EXPLORE = {"explorers": ["quick", {"agent": "slow", "times": 2}], "with": {"task": "input.task"}, "critic": "spare"}


def test_explorers_propose_and_a_critic_who_names_nobody_is_asked_again(world: World) -> None:
    """P9, with proposals so large that they are kept apart."""

    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        if claim.agent != "spare":
            return Ok(output=claim.path[-5:] * 20_000)
        reasons: Json = ["first", "second", "third"]
        return Ok(output={"chosen": "slow_1" if "problems" in given else "nobody", "reasons": reasons})

    run_id = world.start({"id": "it", "explore": EXPLORE}, input={"task": "t"})
    world.work_off(perform=act)
    run = world.window.run(run_id)
    assert run.status == RunStatus.SUCCEEDED, run.reason
    output = world.window.steps(run_id)["it"].output_ref
    told = world.store.artifact(output)
    assert (told["chosen"], told["value"][:10]) == ("slow_1", "low_1low_1")
    assert [one["reason"] for one in told["candidates"]] == ["first", "second", "third"]
    assert world.window.steps(run_id)["it/Again"].status == StepStatus.SUCCEEDED
    world.check()


DEBATE = {"agents": ["quick", {"agent": "slow", "times": 2}, "spare"], "with": {"topic": "input.topic"},
          "field": "verdict", "rounds": 1}  # fmt: skip


def test_a_debate_comes_to_a_tie_and_a_person_decides(world: World) -> None:
    """P8: on every store the roster is of the versions the run is bound to, and what was given is on record."""

    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        verdict = "yes" if claim.path.endswith(("quick", "slow_1")) else "no"
        return Ok(output={"verdict": verdict, "heard": sorted(given)})

    run_id = world.start({"id": "it", "debate": DEBATE}, input={"topic": "t"})
    world.work_off(perform=act)
    assert world.open_gates(run_id) == ["it/Decide"]
    steps = world.window.steps(run_id)
    assert steps["it/Answers/quick"].input == {"topic": "t"}
    assert steps["it/Rebuttal_1/quick"].input["others"].keys() == {"slow_1", "slow_2", "spare"}  # type: ignore[index, call-overload, union-attr]
    assert steps["it/Roster"].output["slow_2"] == {"agent": "slow", "model": ""}  # type: ignore[index, call-overload]
    world.decide(run_id, "it/Decide", edits={"value": "no"})
    world.work_off(perform=act)
    run = world.window.run(run_id)
    assert run.status == RunStatus.SUCCEEDED, run.reason
    told = world.window.steps(run_id)["it"].output
    assert isinstance(told, dict)
    assert (told["value"], told["by"], [one["flag"] for one in told["flags"]]) == ("no", "person", ["sampling"])
    assert [one["who"] for one in told["dissent"]] == ["quick", "slow_1"]
    world.check()
