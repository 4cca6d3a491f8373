"""Kind `loop` at run time: rounds, what they see, what they come to, and how they share an advance (P7)."""

from __future__ import annotations

from random import Random

import pytest

from orchestrator.core import look, records
from orchestrator.core.events import RoundJudged, RunStarted, StepEnded
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import GoOn
from orchestrator.core.outcomes import Failure, Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.changes import changes_of
from orchestrator.engine.ports import Claim
from orchestrator.engine.replay import rebuild
from tests.core.nodes.looping import AGENT, GATE, UNTIL, ended, play, rounds_of, scored
from tests.core.play import Play
from tests.core.workflows import AGENTS, INPUT, workflow
from tests.engine.simulation import Simulation, Trouble


def test_rounds_follow_each_other_and_the_best_is_the_result() -> None:
    made = play(score="last.score")
    for number, score in enumerate((3, 9, 5)):
        assert made.live == [f"draft[{number}]"]
        made.report(f"draft[{number}]", {"score": score, "text": f"try {number}"})
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, {"score": 9, "text": "try 1"})
    assert (rounds_of(made).judged, rounds_of(made).best, rounds_of(made).best_score) == (3, 2, 9)


def test_without_a_score_the_last_round_is_the_result() -> None:
    made = scored(play(rounds=2), 9, 1)
    assert made.step("").output == {"score": 1, "text": "try 1"}


def test_a_round_that_is_good_enough_is_the_last() -> None:
    made = scored(play(**UNTIL), 8)
    assert (made.run.status, made.has("draft[1]")) == (RunStatus.SUCCEEDED, False)


def test_the_round_with_which_the_condition_holds_is_the_result_though_another_has_a_higher_score() -> None:
    made = play(until="last.approved", score="last.score")
    made.report("draft[0]", {"score": 9, "approved": False})
    made.report("draft[1]", {"score": 5, "approved": True})
    assert made.step("").output == {"score": 5, "approved": True}


def test_the_best_is_remembered_by_its_number_and_kept_where_it_is() -> None:
    made = play(score="round", rounds=2)
    made.report("draft[0]", output_ref="a" * 64)
    made.report("draft[1]", output_ref="b" * 64)
    assert (made.step("draft").output_ref, made.step("draft").output) == ("b" * 64, None)
    assert "output" not in made.step("draft").memo


def test_rounds_of_only_skipped_steps_count_so_that_it_ends() -> None:
    made = play({**AGENT, "when": "false"}, rounds=50)
    assert (made.run.status, rounds_of(made).judged) == (RunStatus.SUCCEEDED, 50)


def test_rounds_that_gave_nothing_hold_no_condition_and_have_no_score() -> None:
    made = play({"sequence": [{"id": "a", **AGENT, "when": "false"}]}, rounds=4, **UNTIL)
    assert ended(made) == ("failed", Failure.STUCK, "not done after 4 rounds")


def test_a_condition_may_ask_whether_a_round_gave_nothing() -> None:
    made = play({**AGENT, "when": "round < 3"}, rounds=9, until="last == null")
    scored(made, 1, 2)
    assert (made.run.status, rounds_of(made).judged) == (RunStatus.SUCCEEDED, 3)


def test_a_round_may_be_anything_and_sees_what_the_one_before_left() -> None:
    given = {"said": "feedback", "round": "round", "last": "last", "best": "best", "scores": "scores"}
    body = {"sequence": [{"id": "write", **AGENT, "with": given}, {"id": "judge", **AGENT}]}
    made = play(body, score="last.score", feedback="last.why")
    assert made.queued("draft[0]/write").input == {"said": "", "round": 1, "last": None, "best": None, "scores": []}
    made.report("draft[0]/write")
    made.report("draft[0]/judge", {"score": 3, "why": "too long"})
    seen = {"score": 3, "why": "too long"}
    assert made.queued("draft[1]/write").input == {
        "said": "too long", "round": 2, "last": seen, "best": seen, "scores": [3],
    }  # fmt: skip


def test_a_step_without_with_is_given_what_the_loop_is_given() -> None:
    made = play(before=({"id": "plan", **AGENT},))
    made.report("plan", {"topic": "cats"})
    assert made.queued("draft[0]").input == {"topic": "cats"}
    made.report("draft[0]", 1)
    assert made.queued("draft[1]").input == {"topic": "cats"}


def test_what_a_round_gave_is_handed_on_by_reference_where_it_is_large() -> None:
    made = play({**AGENT, "with": {"before": "last"}})
    made.report("draft[0]", output_ref="hash")
    assert made.queued("draft[1]").refs == {"before": "hash"}


def test_feedback_is_a_text_cut_where_it_is_too_long_and_climbs_from_further_out() -> None:
    body = {**AGENT, "with": {"said": "feedback"}}
    made = play(body, feedback="last.notes", before=({"id": "plan", **AGENT}, GATE))
    made.report("plan")
    made.decide("ok", "send_back", to="plan", comment="from a person")
    made.report("plan#2")
    made.decide("ok#2")
    made.report("draft[0]", {"notes": ["a", 1]})
    assert made.queued("draft[1]").input == {"said": '["a",1]'}
    made.report("draft[1]", {"notes": "x" * 30_000})
    assert made.queued("draft[2]").input["said"] == "x" * 20_000 + "… (10000 more characters)"


def test_loops_inside_loops_and_maps_have_paths_and_names_of_their_own() -> None:
    inner = {"map": {"over": "[1, 2]", "do": {**AGENT, "with": {"round": "round", "item": "item"}}}}
    made = play({"loop": {"do": inner, "rounds": 2}}, rounds=2)
    assert made.live == ["draft[0][0][0]", "draft[0][0][1]"]
    assert made.queued("draft[0][0][1]").input == {"round": 1, "item": 2}


def test_a_long_loop_of_rounds_that_end_at_once_takes_several_advances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MOST_FACTS", 60)
    made = play({**AGENT, "when": "false"}, rounds=100)
    assert (made.run.status, rounds_of(made).more) == (RunStatus.RUNNING, True)
    seen = [rounds_of(made).judged]
    while not made.run.is_ended:
        made.send(GoOn(path=StepPath("draft")))
        seen.append(rounds_of(made).judged)
    assert (made.run.status, seen) == (RunStatus.SUCCEEDED, [20, 41, 62, 83, 100])


def test_a_message_to_itself_is_left_exactly_where_a_round_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MOST_FACTS", 20)
    made = Play(workflow({"id": "draft", "loop": {"do": {**AGENT, "when": "false"}, "rounds": 30}}), {})
    advance = made._advance()
    advance.start(RunStarted(workflow="try", version="1", input={}, actor="1"))
    changes = changes_of(advance.book, made.run, lambda name: AGENTS[0].lane)
    assert [(key.split(":")[0], message) for key, message in changes.go_on] == [("go", GoOn(path=StepPath("draft")))]


def test_going_on_twice_opens_no_round_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MOST_FACTS", 20)
    made = play({"sequence": [{"id": "a", **AGENT, "when": "round > 20"}]}, rounds=30)
    while not made.live:
        made.send(GoOn(path=StepPath("draft")))
    before = made.run.n
    made.send(GoOn(path=StepPath("draft")))
    assert (made.run.n, made.live) == (before, ["draft[20]/a"])


def test_its_own_fact_is_stored_read_and_folded_like_any_other() -> None:
    made = scored(play(rounds=1, **UNTIL), 2)
    fact = next(fact for fact in made.facts if isinstance(fact, RoundJudged))
    stored = {"path": "draft", "round": 1, "digest": fact.digest, "score": 2, "best": True, "better": True}
    assert records.read_fact("loop.judged", stored) == fact
    assert rebuild(made.run.id, made.workflow, made.recorded).changed == made.desk.states


def test_each_round_is_judged_once_before_anything_follows() -> None:
    made = scored(play(**UNTIL), 3, 9)
    mine = [fact for fact in made.facts if isinstance(fact, RoundJudged | StepEnded) and fact.path.startswith("draft")]
    assert [fact.type for fact in mine] == ["step.ended", "loop.judged", "step.ended", "loop.judged", "step.ended"]
    assert [fact.done for fact in mine if isinstance(fact, RoundJudged)] == [False, True]


@pytest.mark.parametrize("seed", range(30))
def test_loops_keep_the_laws_whatever_goes_wrong(seed: int) -> None:
    random = Random(seed)

    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        return Ok(output={"score": random.randint(0, 9), "path": claim.path})

    gate = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"]}}
    body = {"sequence": [{"id": "a", "agent": "quick"}, {**gate, "optional": True}, {"id": "b", "agent": "quick"}]}
    loop = {"do": body, "rounds": 3, "score": "last.score", "until": "last.score > 8", "otherwise": "best"}
    sim = Simulation(workflow({"id": "b", "agent": "slow"}, {"id": "draft", "loop": loop}), AGENTS, act, random, INPUT)
    sim.start()
    Trouble(sim).stir(60)
    sim.finish()
    assert sim.store.tables.steps(sim.run_id)[StepPath("")].is_ended


def test_a_tolerated_round_that_failed_gives_nothing_though_it_kept_something_as_evidence() -> None:
    inner = {"loop": {"do": AGENT, "rounds": 1, "until": "false"}}
    made = play(inner, rounds=1, tolerate=1, until="last == null")
    made.report("draft[0][0]", {"score": 1})
    assert made.step("draft[0]").output == {"score": 1}, "the evidence"
    assert (made.run.status, made.step("draft").output) == (RunStatus.SUCCEEDED, None)
