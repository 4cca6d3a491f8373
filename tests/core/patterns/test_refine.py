"""Planner, generator, evaluator (P7): better round by round, within hard limits, and the best is kept."""

from __future__ import annotations

from typing import Any

from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.messages import RetryStep
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.loop import Loop
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus
from tests.core.patterns.stage import Stage
from tests.core.workflows import workflow

TOPIC = {"topic": "input.topic"}


def refine(**more: Any) -> dict[str, Any]:
    own = {"generate": "writer", "evaluate": "judge", "with": TOPIC, "threshold": 0.8, "rounds": 5, **more}
    return {"id": "it", "refine": {name: value for name, value in own.items() if value is not None}}


def stage(step: dict[str, Any], *scores: Any, **more: Any) -> Stage:
    """Play with a judge that gives these scores, one a round, and a writer that takes up what it is told."""
    left = list(scores)

    def judge(given: dict[str, Any]) -> Any:
        score = left.pop(0)
        return {"score": score, "feedback": f"not {given['value']}"} if not isinstance(score, dict) else score

    agents = {"writer": lambda given: f"{given['topic']}{given['feedback'][-1:]}!", "judge": judge, **more}
    return Stage([step], agents, {"topic": "cats"})


def test_it_goes_round_again_with_the_feedback_until_the_score_is_good_enough() -> None:
    run = stage(refine(), 0.4, 0.6, 0.8)
    assert run.output("it") == {
        "value": "cats!!",
        "score": 0.8,
        "verdict": {"score": 0.8, "feedback": "not cats!!"},
    }
    assert [run.step(f"it[{index}]").status for index in range(3)] == ["succeeded"] * 3
    assert "it[3]" not in run.store.tables.steps(run.run_id)


def test_the_generator_is_given_feedback_and_its_last_round_and_the_evaluator_the_draft() -> None:
    run = stage(refine(), 0.4, 0.9)
    assert run.given["it[0]/Draft"] == [{"topic": "cats", "feedback": "", "last": None}]
    verdict = {"score": 0.4, "feedback": "not cats!"}
    last = {"value": "cats!", "score": 0.4, "verdict": verdict}
    assert run.given["it[1]/Draft"] == [{"topic": "cats", "feedback": "not cats!", "last": last}]
    assert run.given["it[1]/Verdict"] == [{"topic": "cats", "value": "cats!!"}]


def test_a_score_that_is_a_whole_number_is_compared_too() -> None:
    assert stage(refine(), 0, 1).output("it")["score"] == 1


def test_a_planner_is_asked_once_before_and_all_are_given_its_plan() -> None:
    run = stage(refine(plan="planner"), 0.4, 0.9, planner={"steps": 2})
    assert run.given["it/Plan"] == [{"topic": "cats"}]
    for path in ("it/Rounds[0]/Draft", "it/Rounds[1]/Draft", "it/Rounds[1]/Verdict"):
        assert run.given[path][0]["plan"] == {"steps": 2}
    assert run.output("it")["score"] == 0.9


def test_what_does_not_get_there_fails_with_evidence_and_keeps_its_best() -> None:
    """P7, R8, S19."""
    run = stage(refine(), 0.4, 0.7, 0.5, 0.6, 0.5)
    state = run.step("it")
    assert (state.failure, state.reason) == (
        Failure.STUCK,
        "not done after 5 rounds; scores 0.4, 0.7, 0.5, 0.6, 0.5, best 0.7 in round 2",
    )
    assert run.output("it")["score"] == 0.7


def test_what_does_not_improve_stops_early() -> None:
    run = stage(refine(rounds=50, improve=0.05, patience=1), 0.4, 0.6, 0.61)
    assert run.step("it").reason.startswith("no better by 0.05 for 1 round, up to round 3; scores 0.4, 0.6, 0.61")


def test_agents_that_say_the_same_again_and_again_are_stuck() -> None:
    run = stage(refine(rounds=50), *[0.5] * 50, writer="the same")
    assert run.step("it").reason.startswith("the same output came 3 times, up to round 3")


def test_the_best_may_be_declared_good_enough_and_is_marked() -> None:
    run = stage(refine(otherwise="best", rounds=2), 0.6, 0.4)
    assert (run.run.status, run.output("it")["score"]) == (RunStatus.SUCCEEDED, 0.6)
    assert run.step("").degraded == "it: not done after 2 rounds; scores 0.6, 0.4, best 0.6 in round 1"


def test_score_and_feedback_may_stand_anywhere_in_the_verdict_and_the_threshold_be_an_expression() -> None:
    step = refine(score="marks.overall", feedback="notes", threshold="input.bar")
    verdicts = [{"marks": {"overall": n}, "notes": f"more {n}"} for n in (3, 7)]
    run = Stage([step], {"writer": lambda given: given["feedback"], "judge": lambda given: verdicts.pop(0)},
                {"topic": "cats", "bar": 7})  # fmt: skip
    assert (run.output("it")["value"], run.output("it")["score"]) == ("more 3", 7)


def test_a_call_may_be_written_out_with_all_that_it_is_given() -> None:
    judge = {"agent": "judge", "with": {"text": "steps.Draft.output"}, "timeout": "5s"}
    step = refine(generate={"agent": "writer", "fallback": ["spare"]}, evaluate=judge)
    agents = {"writer": "hello", "spare": None, "judge": lambda given: {"score": len(given["text"]), "feedback": ""}}
    run = Stage([step], agents, {"topic": "x"})
    assert (run.output("it")["score"], run.given["it[0]/Verdict"]) == (5, [{"text": "hello"}])
    draft, verdict = (node_at(run.workflow, StepPath(f"it[0]/{name}")) for name in ("Draft", "Verdict"))
    assert isinstance(draft, AgentNode)
    assert isinstance(verdict, AgentNode)
    assert (draft.fallback, verdict.timeout_seconds) == (("spare",), 5.0)
    assert run.given["it[0]/Draft"] == [{"topic": "x", "feedback": "", "last": None}]


def test_a_large_draft_is_handed_on_by_reference() -> None:
    run = stage(refine(rounds=2, otherwise="best"), 0.1, 0.2, writer="x" * 70_000)
    assert run.step("it[0]/Draft").output_ref
    assert run.step("it[1]/Draft").refs.keys() == {"last"}
    assert run.step("it").output_ref == run.step("it[1]").output_ref
    assert run.output("it")["score"] == 0.2


def test_a_verdict_without_a_score_fails_the_round_in_words() -> None:
    run = stage(refine(), {"mark": 3})
    assert "'steps.Verdict.output' has no field 'score'" in run.step("it").reason
    run = stage(refine(), {"score": "good", "feedback": ""})
    assert run.step("it").reason.startswith("score: 'last.score' is a text, not a number")


def test_it_can_be_begun_anew_after_it_came_to_no_good_end() -> None:
    run = stage(refine(rounds=2), 0.1, 0.2, 0.9)
    assert run.call(RetryStep(path=StepPath("it"), actor="1")).status == 200
    run.go_on()
    assert (run.run.status, run.output("it")["score"]) == (RunStatus.SUCCEEDED, 0.9)


def test_a_gate_after_it_sends_it_back_with_words_for_its_first_round() -> None:
    gate = {"id": "ok", "gate": {"title": "Good?", "show": {"value": "steps.it.output.value"}}}
    scores = [0.9, 0.1, 0.9]
    agents = {"writer": lambda given: given["feedback"],
              "judge": lambda given: {"score": scores.pop(0), "feedback": "by the judge"}}  # fmt: skip
    run = Stage([refine(), gate], agents, {"topic": "x"})
    run.choose("ok", "send_back", comment="by a person")
    assert [run.given[f"it#2[{index}]/Draft"][0]["feedback"] for index in (0, 1)] == ["by a person", "by the judge"]


def test_its_node_says_what_it_was_written_as() -> None:
    step = refine(generate="quick", evaluate="slow") | {"retry": {"attempts": 1}}
    node = node_at(workflow(step), StepPath("it"))
    assert isinstance(node, Loop)
    assert (node.pattern, node.until, node.score) == ("refine", "last.score >= (0.8)", "last.score")
    assert node_at(workflow(step), StepPath("it[0]/Draft")).retry.attempts == 1  # type: ignore[attr-defined]
    planned = refine(generate="quick", evaluate="slow", plan="quick")
    assert (node_at(workflow(planned), StepPath("it")).pattern, node_at(workflow(planned), StepPath("it")).kind) == (
        "refine", "sequence",
    )  # fmt: skip
