"""Results become one on every store, by each strategy, and what a result lacks climbs to the run (P2, R12)."""

from __future__ import annotations

from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World

ONCE: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
SAID: dict[str, Json] = {
    "legal": {"verdict": "go", "sure": 0.9, "note": "x"},
    "tax": {"verdict": "wait", "sure": 0.5},
    "risk": {"verdict": "go", "sure": 0.3},
}


def opinion(claim: Claim, given: dict[str, Json]) -> Outcome:
    """Say what this branch says; one that has nothing to say fails."""
    name = claim.path.rpartition("/")[2]
    if name in ("Merge", "Told"):
        return Ok(output={"made of": given})
    found = SAID.get(name)
    return Ok(output=found) if found else Failed(kind=Failure.CRASH, reason="no opinion")


def merged(world: World, merge: Json, *branches: str, tolerate: int = 0) -> Any:
    """Run a fan-out to its end; return what came out of it."""
    fan = {"branches": dict.fromkeys(branches or tuple(SAID), ONCE), "merge": merge, "tolerate": tolerate}
    run_id = world.start({"id": "p", "parallel": fan})
    world.work_off(perform=opinion)
    world.check()
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED, world.window.run(run_id).reason
    state = world.window.steps(run_id)[""]
    return state.output, state.degraded


def test_a_majority_is_counted_with_its_dissent(world: World) -> None:
    made, _ = merged(world, {"how": "majority", "field": "verdict"})
    assert (made["value"], made["agreement"], made["dissent"]) == ("go", 0.6667, [{"who": "tax", "value": "wait"}])


def test_answers_weigh_as_much_as_somebody_is_sure(world: World) -> None:
    made, _ = merged(world, {"how": "confidence", "field": "verdict", "confidence": "sure"}, "tax", "risk")
    assert (made["value"], made["agreement"]) == ("wait", 0.625)


def test_the_best_is_taken_and_the_rest_kept(world: World) -> None:
    made, _ = merged(world, {"how": "best", "of": "sure"})
    assert (made["value"], [one["who"] for one in made["rejected"]]) == (SAID["legal"], ["tax", "risk"])


def test_fields_come_together_with_their_contradictions(world: World) -> None:
    made, _ = merged(world, {"how": "fields", "prefer": ["tax"]})
    assert made["value"] == {"verdict": "wait", "sure": 0.5, "note": "x"}
    assert [one["field"] for one in made["contradictions"]] == ["verdict", "sure"]


def test_an_agent_makes_one_of_all(world: World) -> None:
    made, _ = merged(world, {"how": "agent", "agent": "quick", "with": {"tone": "'dry'"}}, "tax", "risk")
    results = {name: SAID[name] for name in ("tax", "risk")}
    assert made["value"] == {"made of": {"tone": "dry", "results": results}}
    assert made["contributions"] == [{"who": name, "gave": SAID[name]} for name in ("tax", "risk")]


def test_a_tolerated_failure_is_absent_and_the_run_says_so(world: World) -> None:
    made, degraded = merged(world, {"how": "majority", "field": "verdict"}, "legal", "risk", "ill", tolerate=1)
    assert (made["value"], made["agreement"], made["absent"]) == ("go", 1.0, ["ill"])
    assert degraded == "p: ill: it failed: no opinion"


def test_a_share_that_can_not_be_merged_fails_the_step_in_words(world: World) -> None:
    run_id = world.start(
        {"id": "p", "parallel": {"branches": {"a": ONCE, "b": ONCE}, "merge": {"how": "best", "of": "x"}}}
    )
    world.work_off(perform=lambda claim, given: Ok(output={"x": 1} if claim.path == "p/a" else {}))
    state = world.window.steps(run_id)["p"]
    assert (state.failure, state.reason) == (Failure.SCHEMA, "what b gave has no 'x', which the merge needs")
    world.check()


def test_items_stand_under_their_keys_however_large(world: World) -> None:
    fan = {"over": "input", "as": "part", "do": ONCE, "merge": {"how": "structured", "key": "part.name"}}
    big = "x" * 70_000
    run_id = world.start({"id": "m", "map": fan}, input=[{"name": "core"}, {"name": "api"}])
    world.work_off(perform=lambda claim, given: Ok(output=big if claim.path == "m[0]" else "small"))
    state = world.window.steps(run_id)["m"]
    assert world.store.artifact(state.output_ref) == {"core": big, "api": "small"}
    world.check()


def test_a_merge_whose_worker_dies_is_done_again_by_another(world: World) -> None:
    """R5: it has a lease like any work."""
    run_id = world.start({"id": "p", "parallel": {"branches": {"a": ONCE}, "merge": "majority"}})
    world.finish(world.claim()[0])
    world.claim("dead", lane=Lane.QUICK)
    world.store.beat("dead", -1.0)
    world.engine.sweep()
    world.work_off("other")
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()
