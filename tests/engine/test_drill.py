"""A drill says of each step and fault what caught it (R10): here one workflow for each thing that can."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.drill.catches import By
from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.report import Cell, Report, Verdict, as_json
from orchestrator.engine.drill import drill as drills
from orchestrator.engine.drill import dry
from orchestrator.engine.drill.drill import drill
from orchestrator.engine.drill.dry import Setting
from tests.core import workflows as some

N: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 9}
NUMBER: dict[str, Any] = {"type": "object", "required": ["n"], "properties": {"n": N}}
WORKER = AgentSpec(name="worker", role="Works.", runtime="scripted", output_schema=NUMBER)
SPARE = AgentSpec(name="spare", role="Stands in.", runtime="scripted", output_schema=NUMBER)
LOOSE = AgentSpec(name="loose", role="Promises nothing.", runtime="scripted")
JUDGE = AgentSpec(name="judge", role="Judges.", runtime="scripted", output_schema={
    "type": "object", "required": ["score", "why"],
    "properties": {"score": {"type": "number", "minimum": 0, "maximum": 1}, "why": {"type": "string"}}})  # fmt: skip
PERSON = AgentSpec(name="person", role="Decides.", runtime="human", lane=Lane.REMOTE, output_schema=NUMBER)
AGENTS = {one.name: one for one in (WORKER, SPARE, LOOSE, JUDGE, PERSON)}


def drilled(*steps: dict[str, Any], input: Any = None, **more: Any) -> Report:
    """Drill a workflow of these steps."""
    flow = some.workflow(*steps, **more)
    return drill(Setting(workflow=flow, agents=AGENTS, input=input, others=(), dice=lambda: Random(0).random))


def cell(report: Report, step: str, fault: Fault) -> Cell:
    """Return one cell of a drill whose clean run went well."""
    assert report.clean.how == "succeeded", report.clean
    return next(one for one in report.cells if (one.step, one.fault) == (step, fault))


def by(one: Cell) -> list[By]:
    return [each.by for each in one.caught_by]


def test_a_malformed_answer_is_stopped_by_the_contract_and_tried_once_more() -> None:
    one = cell(drilled({"id": "a", "agent": "worker"}), "a", Fault.MALFORMED)
    assert by(one) == [By.CONTRACT, By.RETRY, By.FAILED]
    assert one.verdict == Verdict.ENDS
    assert one.ending is not None
    assert one.ending.attempts == 2
    assert "n: a whole number is missing" in one.ending.words
    assert one.once is not None
    assert one.once.how == "succeeded", "the second try is good when the slip was the only one"


def test_a_fallback_stands_in_for_an_agent_that_dies_each_time() -> None:
    one = cell(drilled({"id": "a", "agent": "worker", "fallback": ["spare"]}), "a", Fault.CRASH)
    assert one.verdict == Verdict.CAUGHT
    assert by(one) == [By.RETRY, By.FALLBACK]
    assert "spare stood in" in one.said
    assert one.ending is not None
    assert (one.ending.how, one.ending.attempts) == ("degraded", 4)


def test_a_timeout_costs_its_time_at_each_try_and_a_declared_result_stands_for_it() -> None:
    step = {"id": "a", "agent": "worker", "timeout": "20s", "degrade": {"value": "{'n': 0}", "why": "nobody counted"}}
    one = cell(drilled(step), "a", Fault.TIMEOUT)
    assert by(one) == [By.TIME, By.RETRY, By.DEGRADE]
    assert one.ending is not None
    assert one.ending.how == "degraded"
    assert "nobody counted" in one.ending.words
    assert 60 < one.ending.seconds < 70, "three tries of 20 s, and the waits between them"


def test_an_optional_step_is_done_without() -> None:
    report = drilled({"id": "a", "agent": "worker", "optional": True}, {"id": "b", "agent": "worker", "with": {}})
    one = cell(report, "a", Fault.CRASH)
    assert one.verdict == Verdict.CAUGHT
    assert by(one)[-1] == By.CONTAINED
    assert "'a' is optional" in one.said


def test_a_map_goes_on_without_an_item() -> None:
    items = {"id": "m", "map": {"over": "input.items", "agent": "worker", "tolerate": 1}}
    one = cell(drilled(items, input={"items": [1, 2, 3]}), "m", Fault.CRASH)
    assert one.verdict == Verdict.CAUGHT
    assert by(one) == [By.RETRY, By.CONTAINED]
    assert one.ending is not None
    assert one.ending.attempts == 5, "only one of the items goes wrong"


def test_what_nobody_catches_ends_the_run_with_the_failure_in_words() -> None:
    one = cell(drilled({"id": "a", "agent": "worker", "retry": {"attempts": 1}}), "a", Fault.CRASH)
    assert one.verdict == Verdict.ENDS
    assert by(one) == [By.FAILED]
    assert "worker died while it was at work" in one.said
    assert one.once is None, "it is the same whether it happens once or for good"


def test_an_agent_that_promises_nothing_is_found_out() -> None:
    report = drilled({"id": "a", "agent": "loose"}, {"id": "b", "agent": "worker", "with": {}})
    one = cell(report, "a", Fault.MALFORMED)
    assert one.verdict == Verdict.MISSED
    assert "loose promises nothing" in one.said
    assert not report.is_good


def test_the_next_contract_catches_what_the_first_one_let_through() -> None:
    taker = AgentSpec(name="taker", role="Takes.", runtime="scripted", input_schema=NUMBER)
    flow = some.workflow({"id": "a", "agent": "loose"}, {"id": "b", "agent": "taker", "with": {"n": "steps.a.output"}})
    loose = AgentSpec(name="loose", role="Says a number.", runtime="scripted", output_schema={})
    report = drill(Setting(workflow=flow, agents={"loose": loose, "taker": taker}), ["a"], [Fault.MALFORMED])
    assert not report.clean.is_good, "made-up texts are no numbers, and that is said"
    assert any("does not come to a result" in note for note in report.notes)


def test_who_contradicts_others_is_outvoted_and_the_dissent_is_kept() -> None:
    votes = {"branches": {name: {"agent": "worker"} for name in "abc"}, "merge": {"how": "majority", "field": "n"}}
    one = cell(drilled({"id": "p", "parallel": votes}), "p/a", Fault.CONFLICT)
    assert one.verdict == Verdict.CAUGHT
    assert by(one) == [By.MERGE]
    assert "outvoted" in one.said


def test_two_writers_of_one_key_meet_on_a_board() -> None:
    writer = {"agent": "worker", "reads": ["n"], "writes": ["n"]}
    board = {"keys": {"n": N}, "start": {"n": "1"}, "contributions": 6, "agents": {"one": writer, "two": writer}}
    report = drilled({"id": "b", "blackboard": board})
    one = cell(report, "b/one", Fault.CONFLICT)
    assert one.verdict in (Verdict.CAUGHT, Verdict.ENDS)
    assert By.BOARD in by(one) or By.GUARD in by(one)


def test_a_conflict_needs_somebody_to_contradict() -> None:
    one = cell(drilled({"id": "a", "agent": "worker"}), "a", Fault.CONFLICT)
    assert one.verdict == Verdict.APART
    assert "nobody else answers the same" in one.said


def test_a_loop_that_is_told_the_same_for_ever_comes_to_its_limits() -> None:
    loop = {"do": {"agent": "judge"}, "rounds": 5, "until": "last.score > 0.5", "score": "last.score"}
    one = cell(drilled({"id": "l", "loop": loop}), "l", Fault.LOOP)
    assert one.verdict == Verdict.ENDS
    assert by(one) == [By.ROUNDS, By.GUARD, By.FAILED]
    assert "the same output came 3 times" in one.said


def test_a_writer_that_never_pleases_its_judge_comes_to_the_limits_as_well() -> None:
    refine = {"generate": "worker", "evaluate": "judge", "with": {}, "threshold": 0.8, "rounds": 6, "feedback": "why"}
    one = cell(drilled({"id": "r", "refine": refine}), "r/Draft", Fault.LOOP)
    assert one.verdict == Verdict.ENDS
    assert By.GUARD in by(one)


def test_a_run_that_is_too_large_without_a_fault_is_not_drilled_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dry, "MOST_CALLS", 20)
    items = {"id": "m", "map": {"over": "input.items", "agent": "worker"}}
    report = drilled(items, input={"items": list(range(90))})
    assert report.clean.how == "endless"
    assert {one.verdict for one in report.cells} == {Verdict.UNREACHED, Verdict.APART}
    assert any("give a smaller input" in note for note in report.notes)
    assert not report.is_good


def test_a_fault_before_the_place_where_the_run_fails_anyway_is_told_apart() -> None:
    steps = (
        {"id": "a", "agent": "worker", "fallback": ["spare"]},
        {"id": "b", "when": "input.nothing", "agent": "worker"},
    )
    report = drilled(*steps, input={})
    assert report.clean.how == "failed"
    one = next(one for one in report.cells if (one.step, one.fault) == ("a", Fault.CRASH))
    assert one.verdict == Verdict.CAUGHT
    assert "as it does without the fault" in one.said


def test_a_budget_stops_what_would_go_on_for_ever() -> None:
    loop = {"do": {"agent": "judge"}, "rounds": 1000, "until": "last.score > 0.5", "same": 0}
    one = cell(drilled({"id": "l", "loop": loop}, budget={"minutes": 0.5}), "l", Fault.LOOP)
    assert one.verdict == Verdict.ENDS
    assert By.BUDGET in by(one)
    assert one.ending is not None
    assert "The run budget does not hold this call of agent 'judge' (minutes: limit 0.5 minutes" in one.ending.words
    assert one.ending.attempts == 31, "thirty seconds of virtual work, and the one that was not let in"


def test_a_review_that_never_passes_ends_with_a_person() -> None:
    steps = ({"id": "a", "agent": "worker"},
             {"id": "r", "review": {"of": "steps.a.output", "rules": {"much": "output.n > 5"}}})  # fmt: skip
    one = cell(drilled(*steps), "a", Fault.LOOP)
    assert one.verdict == Verdict.CAUGHT
    assert By.REVIEW in by(one)
    assert By.PERSON in by(one)
    assert one.ending is not None
    assert one.ending.how == "waits"


def test_a_supervisor_gives_work_that_does_not_hold_to_somebody_else() -> None:
    step = {"id": "h", "handoff": {"agents": ["worker", "spare"], "check": {"much": "output.n > 5"}, "retries": 1}}
    one = cell(drilled(step), "h/Work", Fault.LOOP)
    assert one.verdict == Verdict.CAUGHT
    assert By.SUPERVISOR in by(one)
    assert one.ending is not None
    assert one.ending.attempts == 3


def test_a_route_gives_it_to_the_next_best_agent() -> None:
    one = cell(drilled({"id": "r", "route": {"among": ["worker", "spare"]}, "with": {}}), "r/Work", Fault.CRASH)
    assert one.verdict == Verdict.CAUGHT
    assert By.ROUTE in by(one)
    assert one.ending is not None
    assert one.ending.is_good


def test_an_odd_word_that_does_not_reach_the_others_is_no_conflict() -> None:
    branch = {"sequence": [{"id": "look", "agent": "worker"}, {"id": "say", "agent": "spare", "with": {}}]}
    votes = {"branches": dict.fromkeys("abc", branch), "merge": {"how": "majority", "field": "n"}}
    report = drilled({"id": "p", "parallel": votes})
    assert cell(report, "p/a/look", Fault.CONFLICT).verdict == Verdict.APART
    assert cell(report, "p/a/say", Fault.CONFLICT).verdict == Verdict.CAUGHT


def test_an_agent_that_asks_waits_for_a_person() -> None:
    one = cell(drilled({"id": "a", "agent": "worker"}), "a", Fault.ESCALATE)
    assert one.verdict == Verdict.CAUGHT
    assert by(one) == [By.PERSON]
    assert one.ending is not None
    assert one.ending.how == "waits"
    assert one.once is not None
    assert (one.once_words, one.once.how) == ("once answered", "succeeded")


def test_a_gate_that_nobody_comes_to_ends_at_its_deadline_or_waits() -> None:
    late = drilled({"id": "g", "gate": {"title": "Go on?", "deadline": {"after": "1h", "then": "reject"}}})
    one = cell(late, "g", Fault.TIMEOUT)
    assert one.verdict == Verdict.ENDS
    assert By.TIME in by(one)
    assert one.ending is not None
    assert one.ending.seconds >= 3600
    endless = cell(drilled({"id": "g", "gate": {"title": "Go on?"}}), "g", Fault.TIMEOUT)
    assert (endless.verdict, endless.ending and endless.ending.how) == (Verdict.CAUGHT, "waits")
    assert cell(late, "g", Fault.CRASH).verdict == Verdict.APART


def test_gates_and_forms_are_passed_by_a_rule_that_is_told() -> None:
    report = drilled(
        {"id": "p", "agent": "person"}, {"id": "g", "gate": {"title": "Go on?", "approvers": {"quorum": 2}}}
    )
    assert report.clean.how == "succeeded"
    assert any("a rule said yes at p, g" in note for note in report.notes)


def test_branches_that_are_not_taken_are_told_and_made_up_answers_look_for_them() -> None:
    kinds = AgentSpec(name="worker", role="Sorts.", runtime="scripted", output_schema={
        "type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["bug", "wish"]}}})  # fmt: skip
    bug = {"id": "bug", "when": "steps.a.output.kind == 'bug'", "agent": "spare"}
    branch = {"cases": [bug, {"id": "other", "agent": "spare"}]}
    flow = some.workflow({"id": "a", "agent": "worker"}, {"id": "b", "branch": branch})
    report = drill(Setting(workflow=flow, agents={**AGENTS, "worker": kinds}))
    assert cell(report, "b/bug", Fault.CRASH).verdict == Verdict.ENDS
    assert cell(report, "b/other", Fault.CRASH).verdict == Verdict.UNREACHED


def test_steps_and_faults_can_be_chosen() -> None:
    flow = some.workflow({"id": "a", "agent": "worker"}, {"id": "b", "agent": "worker"})
    report = drill(Setting(workflow=flow, agents=AGENTS), ["b"], [Fault.CRASH])
    assert [(one.step, one.fault) for one in report.cells] == [("b", Fault.CRASH)]


def test_a_run_that_never_ends_is_cut_off_and_not_called_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry, "MOST_CALLS", 20)
    loop = {"do": {"agent": "judge"}, "rounds": 1000, "until": "last.score > 0.5", "same": 0}
    one = cell(drilled({"id": "l", "loop": loop}), "l", Fault.LOOP)
    assert one.verdict == Verdict.MISSED
    assert "it goes on after 20 attempts" in one.said


@settings(
    max_examples=int(os.environ.get("SIGNALBOX_TEST_DRILLS", "20")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(source=some.workflows(), seed=st.integers(0, 2**32))
def test_the_drill_of_any_workflow_ends_within_its_bounds_and_is_the_same_again(source: some.Source, seed: int) -> None:
    agents = {one.name: one for one in some.AGENTS}
    patch = pytest.MonkeyPatch()
    patch.setattr(dry, "MOST_CALLS", 60)
    patch.setattr(drills, "MOST_ATTEMPTS", 600)
    try:
        setting = Setting(workflow=some.read(source), agents=agents, input=some.INPUT, others=some.OTHERS[:1],
                          dice=lambda: Random(seed).random)  # fmt: skip
        first, second = (drill(setting, faults=list(Fault)) for _ in range(2))
    finally:
        patch.undo()
    assert as_json(first) == as_json(second)
    for one in first.cells:
        assert "stumbled" not in one.said, one
        is_silent = one.fault in (Fault.TIMEOUT, Fault.CRASH, Fault.ESCALATE) and one.verdict == Verdict.MISSED
        assert not is_silent or (one.ending and one.ending.how == "endless"), f"a failure nobody tells of: {one}"
        assert one.ending is None or one.ending.attempts <= 60 + dry.AT_ONCE * len(Lane), one
