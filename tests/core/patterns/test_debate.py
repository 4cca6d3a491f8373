"""Consensus and debate (P8): answers are sealed, dissent is kept, ties and low agreement go to a person."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.messages import RetryStep, SkipStep
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.patterns.stage import Fails, Says, Stage
from tests.core.workflows import workflow

WHO = ("legal", "safety", "tax", "ops")


def debate(*agents: Any, **more: Any) -> dict[str, Any]:
    return {"id": "it", "debate": {"agents": [*agents], "with": {"topic": "input.topic"}, "field": "verdict", **more}}


def says(verdict: Json, why: str = "because") -> Json:
    return {"verdict": verdict, "why": why}


def stage(step: dict[str, Any], agents: dict[str, Says | Json], **specs: Any) -> Stage:
    return Stage([step], agents, {"topic": "a lease"}, **specs)


def voting(*verdicts: Json, **more: Any) -> Stage:
    """Let each of legal, safety, … say one thing."""
    agents = dict(zip(WHO, map(says, verdicts), strict=False))
    return stage(debate(*agents, **more), agents)


def flags(outcome: dict[str, Any]) -> dict[str, list[str]]:
    return {one["flag"]: one["who"] for one in outcome["flags"]}


def test_the_majority_wins_and_dissent_is_kept_with_who_said_what_and_why() -> None:
    run = voting("yes", "no", "yes")
    assert run.output("it") == {
        "value": "yes", "by": "vote", "agreement": 0.6667, "tie": False, "split": "",
        "votes": [{"value": "yes", "votes": 2, "weight": 2, "who": ["legal", "tax"]},
                  {"value": "no", "votes": 1, "weight": 1, "who": ["safety"]}],
        "dissent": [{"who": "safety", "value": "no", "said": says("no")}],
        "flags": [], "judge": None, "review": None,
        "rounds": [{"answers": {"legal": says("yes"), "safety": says("no"), "tax": says("yes")},
                    "agreement": 0.6667, "tie": False, "absent": []}],
    }  # fmt: skip
    assert run.step("it/Decide").status == StepStatus.SKIPPED
    assert run.step("it").degraded == ""


def test_answers_are_sealed_until_all_are_in() -> None:
    """Sealed (P8): what each was given is on record: first the question, then also the answers of the round before."""
    rounds = {
        "legal": lambda given: says("yes", f"{given.get('round', 0)} legal"),
        "safety": lambda given: says("no", f"{given.get('round', 0)} safety"),
        "tax": lambda given: says("yes", f"{given.get('round', 0)} tax"),
    }
    run = stage(debate(*rounds, rounds=2), rounds)
    for name in rounds:
        assert run.given[f"it/Answers/{name}"] == [{"topic": "a lease"}]
        for number in (1, 2):
            (given,) = run.given[f"it/Rebuttal_{number}/{name}"]
            before = {who: says("no" if who == "safety" else "yes", f"{number - 1} {who}") for who in rounds}
            assert given == {"topic": "a lease", "round": number, "own": before.pop(name), "others": before}
    assert [one["answers"]["tax"]["why"] for one in run.output("it")["rounds"]] == ["0 tax", "1 tax", "2 tax"]


def test_the_last_round_counts() -> None:
    agents = {"legal": says("yes"), "safety": lambda given: says("yes" if "others" in given else "no")}
    run = stage(debate(*agents, rounds=1), agents)
    kept = run.output("it")
    assert (kept["value"], kept["agreement"], kept["dissent"]) == ("yes", 1.0, [])
    assert [one["agreement"] for one in kept["rounds"]] == [0.5, 1.0]


def test_a_tie_goes_to_a_person_whose_choice_is_the_outcome() -> None:
    run = voting("yes", "no", "yes", "no")
    shown = run.step("it/Decide").memo["shown"]
    assert shown["split"] == "a tie of 2 answers: legal and tax against safety and ops"  # type: ignore[index]
    assert (shown["value"], shown["answers"]["ops"], len(shown["votes"])) == (None, says("no"), 2)  # type: ignore[index, arg-type, call-overload]
    run.choose("it/Decide", edits={"value": "no"}, comment="too risky")
    kept = run.output("it")
    assert (kept["value"], kept["by"], kept["tie"], kept["split"]) == ("no", "person", True, shown["split"])  # type: ignore[index, call-overload]
    assert [(one["who"], one["value"], one["said"]["why"]) for one in kept["dissent"]] == [
        ("legal", "yes", "because"), ("tax", "yes", "because"),
    ]  # fmt: skip
    assert run.step("it").degraded == ""


def test_who_approves_a_tie_has_to_choose() -> None:
    run = voting("yes", "no")
    run.choose("it/Decide")
    assert run.step("it").status == StepStatus.FAILED
    assert "nobody chose one" in run.step("it").reason


def test_low_agreement_goes_to_a_person_who_can_let_it_stand() -> None:
    run = voting("yes", "no", "yes", agreement=0.7)
    assert run.step("it/Decide").memo["shown"]["split"] == "agreement is 0.6667, and 0.7 is asked for"  # type: ignore[index, call-overload]
    run.choose("it/Decide")
    assert (run.output("it")["value"], run.output("it")["by"]) == ("yes", "person")
    assert voting("yes", "no", "yes", agreement=0.66).output("it")["by"] == "vote"


def test_a_split_fails_or_is_kept_as_degraded_where_that_is_declared() -> None:
    fails = voting("yes", "no", on_split="fail")
    assert fails.run.status == RunStatus.FAILED
    assert "They came to no agreement: a tie of 2 answers" in fails.step("it").reason
    keeps = voting("yes", "no", "yes", agreement=0.9, on_split="keep")
    assert keeps.output("it")["value"] == "yes"
    assert keeps.step("it").degraded == "Verdict: no agreement: agreement is 0.6667, and 0.9 is asked for"
    assert voting("yes", "no", on_split="keep").output("it")["value"] is None
    assert voting("yes", "no", "yes", on_split="keep").step("it").degraded == ""


def test_a_person_can_send_it_back_or_reject_it() -> None:
    agents = {"legal": lambda given: says(given["said"] or "yes"), "safety": says("no")}
    step = debate(*agents)
    step["debate"]["with"] = {"said": "feedback"}
    run = stage(step, agents)
    run.choose("it/Decide", "send_back", to="Answers", comment="no")
    assert run.output("it")["value"] == "no"
    assert run.given["it/Answers#2/legal"] == [{"said": "no"}]
    rejected = voting("yes", "no")
    rejected.choose("it/Decide", "reject", comment="ask others")
    assert rejected.step("it").status == StepStatus.FAILED


def test_an_operator_who_skips_the_gate_lets_it_stand_degraded() -> None:
    run = voting("yes", "no", "yes", agreement=0.9)
    assert run.call(SkipStep(path=StepPath("it/Decide"), actor="1")).status == 200
    run.go_on()
    assert (run.output("it")["value"], run.output("it")["by"]) == ("yes", "vote")
    assert "no agreement" in run.step("it").degraded


def test_a_judge_decides_and_breaks_ties_unless_agreement_is_asked_for() -> None:
    agents = {"legal": says("yes"), "safety": says("no"), "chair": {"verdict": "no", "why": "risk", "score": 7}}
    run = stage(debate("legal", "safety", judge="chair"), agents)
    kept = run.output("it")
    assert (kept["value"], kept["by"], kept["tie"], kept["judge"]["score"]) == ("no", "judge", True, 7)
    assert kept["dissent"] == [{"who": "legal", "value": "yes", "said": says("yes")}]
    assert run.given["it/Judge"] == [{"topic": "a lease", "answers": {"legal": says("yes"), "safety": says("no")}}]
    asked = stage(debate("legal", "safety", judge="chair", agreement=0.66), agents)
    assert asked.step("it/Decide").memo["shown"]["value"] == "no"  # type: ignore[index, call-overload]
    asked.choose("it/Decide")
    assert asked.output("it")["by"] == "person"


def test_a_judge_against_the_majority_is_flagged() -> None:
    agents = {"legal": says("yes"), "safety": says("yes"), "tax": says("no"), "chair": says("no")}
    kept = stage(debate("legal", "safety", "tax", judge="chair"), agents).output("it")
    assert flags(kept) == {"against_majority": ["Judge"]}
    assert [one["who"] for one in kept["dissent"]] == ["legal", "safety"]


def test_without_a_field_whole_answers_are_compared_and_a_judge_speaks_for_itself() -> None:
    agents: dict[str, Says | Json] = {"legal": "yes", "safety": "yes", "tax": "no", "chair": {"plan": [1]}}
    step = debate("legal", "safety", "tax")
    del step["debate"]["field"]
    assert stage(step, agents).output("it")["value"] == "yes"
    step["debate"]["judge"] = "chair"
    kept = stage(step, agents).output("it")
    assert (kept["value"], kept["by"], flags(kept)) == ({"plan": [1]}, "judge", {})
    assert kept["dissent"] == [{"who": "tax", "value": "no", "said": "no"}]


def test_voters_that_share_a_model_are_flagged() -> None:
    """Correlated errors (P8): the versions the run is bound to are compared."""
    agents: dict[str, Says | Json] = {"legal": says("yes"), "safety": says("yes"), "tax": says("yes")}
    shared = {"runtime": "llm", "settings": {"model": "small-1"}}
    other = {"runtime": "callable", "settings": {"target": "tax:vote"}}
    kept = stage(debate(*agents), agents, legal=shared, safety=shared, tax=other).output("it")
    assert flags(kept) == {"shared_model": ["legal", "safety"]}
    assert kept["flags"][0]["says"] == "legal and safety answer by the same llm small-1: they may share its errors"


def test_a_judge_or_a_review_that_shares_the_model_of_a_voter_is_flagged_too() -> None:
    agents = {"legal": says("yes"), "safety": says("yes"), "chair": says("yes"), "audit": {"agrees": True}}
    shared = {"runtime": "command", "settings": {"command": ["vote", "--fast"]}}
    step = debate("legal", "safety", judge="chair", independent_review="audit")
    kept = stage(step, agents, legal=shared, audit=shared).output("it")
    assert flags(kept) == {"shared_model": ["legal", "Review"]}
    assert flags(stage(debate("legal", "safety", judge="legal"), agents).output("it")) == {
        "shared_model": ["legal", "Judge"]
    }


def test_one_agent_several_times_is_labelled_sampling() -> None:
    turn = iter(["yes", "no", "yes"])
    agents = {"big-llm": lambda given: says(next(turn)), "tax": says("yes")}
    kept = stage(debate({"agent": "big-llm", "times": 3}, "tax"), agents).output("it")
    assert flags(kept) == {"sampling": ["big_llm_1", "big_llm_2", "big_llm_3"]}
    assert "one agent (big-llm) asked 3 times: a sample, not several opinions" in kept["flags"][0]["says"]
    assert kept["agreement"] == 0.75


def test_an_independent_review_that_does_not_agree_goes_to_a_person() -> None:
    agents = {"legal": says("yes"), "safety": says("yes"), "audit": {"agrees": False, "reason": "one source"}}
    run = stage(debate("legal", "safety", independent_review="audit"), agents)
    assert run.given["it/Review"][0]["value"] == "yes"
    assert run.step("it/Decide").memo["shown"]["review"]["reason"] == "one source"  # type: ignore[index, call-overload]
    run.choose("it/Decide")
    kept = run.output("it")
    assert (kept["by"], kept["split"], flags(kept)) == (
        "person", "the review does not agree", {"objection": ["Review"]},
    )  # fmt: skip
    content = stage(debate("legal", "safety", independent_review="audit"), {**agents, "audit": {"agrees": True}})
    assert (content.output("it")["by"], content.output("it")["review"]) == ("vote", {"agrees": True})
    keeps = stage(debate("legal", "safety", independent_review="audit", on_split="keep"), agents)
    assert keeps.step("it").degraded == "Verdict: no agreement: the review does not agree"


def test_who_fails_in_a_rebuttal_stands_by_the_answer_before_and_who_never_answered_is_named() -> None:
    def tax(given: dict[str, Any]) -> Json:
        if "others" in given:
            raise Fails("tired")
        return says("yes")

    def ops(given: dict[str, Any]) -> Json:
        raise Fails("away")

    agents = {"legal": says("yes"), "safety": says("no"), "tax": tax, "ops": ops}
    run = stage(debate(*agents, rounds=1, tolerate=1), agents)
    kept = run.output("it")
    assert (kept["value"], kept["agreement"]) == ("yes", 0.6667)
    assert flags(kept) == {"stood_by": ["tax"], "absent": ["ops"]}
    assert run.step("it/Rebuttal_1/ops").status == StepStatus.SKIPPED
    assert [one["absent"] for one in kept["rounds"]] == [["ops"], ["tax", "ops"]]
    assert "it failed: away" in run.step("it").degraded


def test_an_answer_without_the_field_fails_by_name() -> None:
    run = stage(debate("legal", "safety"), {"legal": says("yes"), "safety": {"why": "dunno"}})
    assert "what safety gave has no 'verdict'" in run.step("it").reason


def test_one_answer_that_failed_can_be_retried_without_the_others() -> None:
    tried: list[int] = []

    def safety(given: dict[str, Any]) -> Json:
        tried.append(1)
        if len(tried) == 1:
            raise Fails("away")
        return says("yes")

    run = stage(debate("legal", "safety"), {"legal": says("yes"), "safety": safety})
    assert run.step("it").status == StepStatus.FAILED
    assert run.call(RetryStep(path=StepPath("it/Answers/safety"), actor="1")).status == 200
    run.go_on()
    assert (run.output("it")["value"], len(run.given["it/Answers/legal"])) == ("yes", 1)


def test_it_nests_in_maps_and_in_itself_with_its_own_names_in_sight() -> None:
    inner = {"id": "d", "debate": {"agents": ["legal", "tax"], "with": {"topic": "x"}, "field": "verdict", "rounds": 1}}
    use = {"id": "use", "agent": "ops", "with": {"value": "steps.d.output.value", "x": "x"}}
    run = Stage([{"id": "m", "map": {"over": "input", "as": "x", "do": [inner, use]}}],
                {"legal": lambda given: says(given["topic"]), "tax": lambda given: says(given["topic"]),
                 "ops": lambda given: given["value"]}, ["a", "b"])  # fmt: skip
    assert run.output("m") == ["a", "b"]
    node = node_at(workflow(debate("quick", "slow")), StepPath("it"))
    assert (node.pattern, node.kind) == ("debate", "sequence")


def test_a_loop_repeats_it_until_they_agree() -> None:
    agents = {"legal": says("yes"), "safety": lambda given: says("yes" if given["round_"] > 1 else "no")}
    inner = {**debate(*agents, on_split="keep"), "id": "d"}
    inner["debate"]["with"] = {"round_": "round"}
    del inner["id"]
    run = Stage([{"id": "it", "loop": {"do": inner, "rounds": 3, "until": "last.agreement == 1.0"}}], agents)
    assert (run.output("it")["value"], run.step("it[0]").degraded[:7]) == ("yes", "Verdict")
    assert (run.run.status, "it[2]" in run.store.tables.steps(run.run_id)) == (RunStatus.SUCCEEDED, False)


@pytest.mark.parametrize("size", [3, 400])
def test_long_answers_are_kept_apart_and_read_where_they_are_needed(size: int) -> None:
    agents = {name: says("yes", name * size * 100) for name in WHO[:3]}
    kept = stage(debate(*agents, rounds=1), agents).output("it")
    assert (kept["value"], len(kept["rounds"][1]["answers"]["tax"]["why"])) == ("yes", size * 300)
