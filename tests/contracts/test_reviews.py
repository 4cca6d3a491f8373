"""L1: a result is compared with what was accepted for similar input in earlier runs, on every store."""

from __future__ import annotations

from typing import Any

from orchestrator.core.events import ReviewJudged
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World

DRAFT = {"id": "draft", "agent": "quick"}
CHECK: dict[str, Any] = {"id": "check", "review": {"redo": "draft", "retries": 0, "similar": {"least": 0.5}}}
BILL = {"kind": "bill", "amount": 100}


def run(world: World, given: Json, answer: Json) -> RunId:
    """Have a run made whose draft is this answer, later than the one before."""
    world.window.wait(0.002)
    run_id = world.start(DRAFT, CHECK, input=given)

    def perform(claim: Claim, input: dict[str, Json]) -> Outcome:
        return Ok(output=answer)

    world.work_off(perform=perform)
    return run_id


def found(world: World, run_id: RunId) -> ReviewJudged:
    [fact] = [one.fact for one in world.window.events(run_id) if isinstance(one.fact, ReviewJudged)]
    return fact


def test_a_result_unlike_what_was_accepted_for_similar_input_goes_to_a_person(world: World) -> None:
    first = run(world, BILL, {"text": "pay within thirty days"})
    assert (found(world, first).compared, world.window.run(first).status) == (0, RunStatus.SUCCEEDED)
    alike = run(world, {**BILL, "amount": 98}, {"text": "pay within thirty days please"})
    assert (found(world, alike).verdict, found(world, alike).compared) == ("pass", 1)
    unlike = run(world, BILL, {"text": "burn it"})
    assert found(world, unlike) == ReviewJudged(
        path=StepPath("check"), verdict="ask", failed=("similar",), likeness=0.0, compared=2,
        why="similar (0.00 like what was accepted for similar input, at least 0.5)",
    )  # fmt: skip
    assert world.window.steps(unlike)["check/Person"].status == StepStatus.WAITING
    world.check()


def test_what_was_made_of_something_else_or_not_accepted_is_no_measure(world: World) -> None:
    run(world, {"kind": "letter", "amount": 3}, {"text": "dear all"})
    open_ = run(world, BILL, {"text": "pay now"})
    assert (found(world, open_).verdict, found(world, open_).compared) == ("pass", 0)
    waiting = run(world, BILL, {"text": "something else"})
    assert world.window.run(waiting).status == RunStatus.WAITING
    later = run(world, BILL, {"text": "something else"})
    assert (found(world, later).compared, found(world, later).likeness) == (1, 0.0), "nobody accepted that yet"


def test_what_a_person_let_out_is_accepted(world: World) -> None:
    run(world, BILL, {"text": "pay now"})
    asked = run(world, BILL, {"text": "something else"})
    world.decide(asked, "check/Person", edits={"output": {"text": "something better"}})
    again = run(world, BILL, {"text": "something better"})
    assert (found(world, again).likeness, found(world, again).compared) == (1.0, 2)
