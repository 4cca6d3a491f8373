"""Loops and waits on each store: many rounds in small commits, timers that outlive their process, what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from orchestrator.core.messages import CancelRun
from orchestrator.core.outcomes import Json, Ok, Outcome, Usage
from orchestrator.core.rounds import remembered
from orchestrator.core.status import RunStatus
from orchestrator.engine.changes import Changes
from orchestrator.engine.driver import Driver
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db


def test_a_long_loop_of_rounds_that_end_at_once_takes_many_small_commits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction holds the run, and on SQLite the whole database: no loop may spin in one."""
    sizes: list[int] = []
    told = Driver.tell

    def tell(self: Driver, changes: Sequence[Changes], claims: Sequence[Claim] = ()) -> None:
        sizes.extend(len(one.events) for one in changes)
        told(self, changes, claims)

    monkeypatch.setattr(Driver, "tell", tell)
    run_id = world.start({"id": "many", "loop": {"do": {"agent": "quick", "when": "false"}, "rounds": 1000}})
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert remembered(world.window.steps(run_id)["many"]).judged == 1000
    assert len(sizes) > 5
    assert max(sizes) <= 510
    world.check()


def test_a_round_is_kept_by_reference_and_what_is_used_up_in_rounds_is_counted(world: World) -> None:
    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        scores = {"draft[0]": 2, "draft[1]": 1}
        return Ok(output={"score": scores[claim.path], "text": claim.path * 9000}, usage=Usage(tokens=600))

    loop = {"do": {"agent": "quick", "with": {"before": "last"}}, "rounds": 9, "score": "last.score",
            "budget": {"tokens": 1000}, "otherwise": "best"}  # fmt: skip
    run_id = world.start({"id": "draft", "loop": loop})
    while claims := world.claim():
        world.finish(claims[0], perform=act)
    steps = world.window.steps(run_id)
    assert steps["draft"].output_ref == steps["draft[0]"].output_ref != ""
    assert steps["draft"].degraded == (
        "its budget is used up after round 2: 1200 of 1000 tokens; scores 2, 1, best 2 in round 1"
    )
    world.check()


def test_a_wait_ends_when_its_timer_goes_off_and_a_cancelled_one_has_none(world: World) -> None:
    first = world.start({"id": "nap", "wait": "20ms"})
    second = world.start({"id": "nap", "wait": "1h"})
    world.engine.call(second, CancelRun(actor="1"))
    assert not world.window.run(first).is_ended
    world.window.wait(0.05)
    assert world.engine.sweep_timers() == 1
    assert [world.window.run(one).status for one in (first, second)] == [RunStatus.SUCCEEDED, RunStatus.CANCELLED]
    assert Counter(world.facts(first))["step.ended nap"] == 1
    assert world.engine.sweep_timers() == 0
    world.check()
