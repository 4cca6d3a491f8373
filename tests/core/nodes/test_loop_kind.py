"""The node contract, tried on a kind that is not shipped: a loop plugged in from outside."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from orchestrator.core import events, records
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.ports import Claim
from orchestrator.engine.replay import rebuild
from tests.core.nodes.loop_kind import LoopKind, RoundScored
from tests.core.play import Play
from tests.core.workflows import AGENTS, workflow
from tests.engine.simulation import Simulation, Trouble

AGENT = {"agent": "quick", "retry": {"attempts": 1}}


@pytest.fixture(autouse=True)
def _loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plug the kind and its fact in."""
    monkeypatch.setitem(KINDS, "loop", LoopKind())
    monkeypatch.setitem(events.FACTS, RoundScored.type, RoundScored)


def play(do: dict[str, Any], rounds: int = 3, **more: Any) -> Play:
    made = Play(workflow({"id": "draft", "loop": {"do": do, "rounds": rounds, **more}}), {"n": 1})
    made.start()
    return made


def test_rounds_follow_each_other_and_the_best_is_the_result() -> None:
    made = play(AGENT)
    for number, score in enumerate((3, 9, 5)):
        assert made.live == [f"draft[{number}]"]
        made.report(f"draft[{number}]", {"score": score, "text": f"try {number}"})
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, {"score": 9, "text": "try 1"})
    assert made.step("draft").memo == {"rounds": 3, "best": 1, "score": 9}, "the best is kept by its number"


def test_a_round_that_is_good_enough_is_the_last() -> None:
    made = play(AGENT, enough=8)
    made.report("draft[0]", {"score": 8})
    assert (made.run.status, made.has("draft[1]")) == (RunStatus.SUCCEEDED, False)


def test_rounds_of_only_skipped_steps_count_so_that_it_ends() -> None:
    made = play({**AGENT, "when": "false"}, rounds=50)
    assert (made.run.status, made.step("draft").memo["rounds"]) == (RunStatus.SUCCEEDED, 50)


def test_a_round_may_be_anything_and_sees_what_the_one_before_left() -> None:
    made = play({"sequence": [{"id": "write", **AGENT, "with": {"said": "feedback"}}, {"id": "judge", **AGENT}]})
    made.report("draft[0]/write")
    made.report("draft[0]/judge", {"score": 1})
    assert made.queued("draft[1]/write").input == {"said": "round 1 is over"}


def test_loops_inside_loops_and_maps_have_paths_of_their_own() -> None:
    made = play({"loop": {"do": {"map": {"over": "[1, 2]", "do": AGENT}}, "rounds": 2}}, rounds=2)
    assert made.live == ["draft[0][0][0]", "draft[0][0][1]"]


def test_a_gate_inside_sends_back_out_of_the_loop_which_starts_over() -> None:
    inner = {"loop": {"rounds": 2, "do": [{"id": "x", **AGENT}]}}
    inner["loop"]["do"] = {"sequence": [{"id": "ok", "gate": {"title": "?", "show": {"n": "1"}}}]}
    made = Play(workflow({"id": "plan", **AGENT}, {"id": "draft", **inner}))
    made.start()
    made.report("plan")
    made.decide("draft[0]/ok")
    made.decide("draft[1]/ok", "send_back", comment="again")
    assert (made.live, made.step("draft").status) == (["plan#2"], StepStatus.FAILED)
    made.report("plan#2")
    assert made.step("draft#2[0]/ok").status == StepStatus.WAITING


def test_its_own_fact_is_stored_read_and_folded_like_any_other() -> None:
    made = play(AGENT, rounds=1)
    made.report("draft[0]", {"score": 2})
    fact = next(fact for fact in made.facts if isinstance(fact, RoundScored))
    assert records.read_fact("loop.scored", {"path": "draft", "round": 0, "score": 2}) == fact
    assert rebuild(made.run.id, made.workflow, made.recorded).changed == made.desk.states


@pytest.mark.parametrize("seed", range(40))
def test_the_laws_hold_for_a_kind_that_the_engine_does_not_know(seed: int) -> None:
    random = Random(seed)

    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        return Ok(output={"score": random.randint(0, 9), "path": claim.path})

    gate = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"]}}
    body = {"sequence": [{"id": "a", "agent": "quick"}, {**gate, "optional": True}]}
    steps = [{"id": "b", "agent": "slow"}, {"id": "draft", "loop": {"do": body, "rounds": 3}}]
    sim = Simulation(workflow(*steps), AGENTS, act, random, {})
    sim.start()
    Trouble(sim).stir(60)
    sim.finish()
    assert sim.store.tables.steps(sim.run_id)[StepPath("")].is_ended
