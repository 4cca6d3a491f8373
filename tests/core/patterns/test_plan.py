"""P6: a plan is drafted, checked, sent back with all that is wrong, approved, and done."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.child_runs import child_of
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus
from tests.core.patterns.stage import Fails, Stage
from tests.core.workflows import read

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
WORDS = {"type": "object", "required": ["words"], "properties": {"words": {"type": "integer"}}}
GOOD = {"tasks": [
    {"id": "count", "agent": "counter", "input": {"text": "one two"}},
    {"id": "tell", "agent": "writer", "input": {"n": {"from": "count.words"}}},
]}  # fmt: skip
STEP = {"planner": "scout", "agents": ["counter", "writer"], "with": {"goal": "input.goal"}}


def plan(scout: Any, more: dict[str, Any] | None = None, **agents: Any) -> Stage:
    says = {"counter": lambda given: {"words": len(given["text"].split())}, "writer": lambda given: given, **agents}
    steps = [{"id": "p", "plan": {**STEP, **(more or {})}, "retry": {"attempts": 1}}]
    counter = {"input_schema": TEXT, "output_schema": WORDS}
    return Stage(steps, {"scout": scout, **says}, {"goal": "know"}, counter=counter)


def below(stage: Stage, path: str = "p/Work") -> dict[str, Any]:
    """Return the steps of the run that does the plan."""
    run = RunId(str(child_of(stage.step(path))["run"]))
    return {at: state for at, state in stage.store.tables.steps(run).items() if at}


def test_a_good_plan_is_done_by_tasks_that_see_only_what_they_are_given() -> None:
    stage = plan(GOOD)
    assert (stage.run.status, stage.output("p")) == (RunStatus.SUCCEEDED, {"n": 2})
    given = {path: state.input for path, state in below(stage).items()}
    assert given == {"count": {"text": "one two"}, "tell": {"n": 2}}
    (told,) = stage.given["p/Plan[0]/Draft"]
    assert (told["goal"], told["problems"], sorted(told["agents"])) == ("know", "", ["counter", "scout", "writer"])


def test_what_is_wrong_goes_back_to_the_planner_all_at_once_and_it_plans_again() -> None:
    bad = {"tasks": [{"id": "a", "agent": "nobody"}, {"id": "b", "agent": "writer", "needs": ["c"]}]}
    stage = plan(lambda given: GOOD if given["problems"] else bad)
    second = stage.given["p/Plan[1]/Draft"][0]["problems"]
    assert "nobody" in str(second)
    assert "no such task" in str(second)
    assert stage.run.status == RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"tasks": [{"id": "a", "agent": "writer", "needs": ["b"]}, {"id": "b", "agent": "writer", "needs": ["a"]}]},
         "wait for each other: a → b → a"),
        ({"tasks": [{"id": f"t{n}", "agent": "writer"} for n in range(30)]}, "at most 20 tasks, this has 30"),
        ({"tasks": [{"id": "a", "agent": "stranger"}]}, "agent 'stranger' may not be used here"),
        ("plan it yourself", "a plan is an object with a list of tasks"),
        ({"tasks": [{"id": "a", "agent": "counter", "input": {"text": 3}}]}, "task 'a': counter"),
    ],
)  # fmt: skip
def test_a_planner_that_never_makes_a_good_plan_is_stopped_with_a_clear_error(bad: Any, said: str) -> None:
    """S19: cyclic, oversized, unknown agents, no plan at all, contracts that can't fit; re-plans are bounded."""
    stage = plan(bad, {"replans": 1})
    assert (stage.run.status, stage.step("p/Accept").failure) == (RunStatus.FAILED, Failure.REFUSED)
    assert said in stage.run.reason
    assert [path for path in stage.given if path.startswith("p/Plan")] == ["p/Plan[0]/Draft", "p/Plan[1]/Draft"]
    assert "p/Work" not in stage.store.tables.steps(stage.run_id)


def test_a_plan_waits_at_its_gate_and_can_be_sent_back_with_words() -> None:
    stage = plan(GOOD, {"gate": "Do this?"})
    assert stage.run.status == RunStatus.WAITING
    assert [one["id"] for one in stage.step("p/Approve").memo["shown"]["tasks"]] == ["count", "tell"]  # type: ignore[index, call-overload, union-attr]
    stage.choose("p/Approve", "send_back", to="Plan", comment="shorter")
    assert stage.given["p/Plan#2[0]/Draft"][0]["problems"] == "shorter"
    stage.choose("p/Approve#2")
    assert stage.run.status == RunStatus.SUCCEEDED


def test_a_criterion_that_does_not_hold_runs_the_tasks_fallback_before_dependents_start() -> None:
    tasks = [{**GOOD["tasks"][0], "done_when": ["output.words > 5"], "fallback": ["better"]}, GOOD["tasks"][1]]
    stage = Stage(
        [{"id": "p", "plan": {**STEP, "agents": ["counter", "writer", "better"]}}],
        {"scout": {"tasks": tasks}, "counter": {"words": 2}, "better": {"words": 9}, "writer": lambda given: given},
        {"goal": "know"}, counter={"input_schema": TEXT, "output_schema": WORDS},
        better={"input_schema": TEXT, "output_schema": WORDS},
    )  # fmt: skip
    assert stage.run.status == RunStatus.SUCCEEDED
    assert stage.output("p") == {"n": 9}


def test_a_task_that_fails_for_good_fails_the_plan_in_its_words() -> None:
    def fail(given: dict[str, Any]) -> Any:
        raise Fails("no text to be had")

    stage = plan(GOOD, counter=fail)
    assert stage.run.status == RunStatus.FAILED
    assert "no text to be had" in stage.run.reason


def test_a_known_type_of_task_runs_its_template_and_asks_no_planner() -> None:
    more = {**STEP, "type": "input.kind", "templates": {"usual": "below"}}
    stage = Stage.__new__(Stage)
    stage.says = {"scout": GOOD, "counter": {"words": 2}, "writer": "done", "quick": "usual"}
    from tests.core.patterns.stage import _spec
    from tests.engine.simulation import Simulation

    made = tuple(_spec(name, {}) for name in stage.says)
    stage.given = {}
    others = (read({"workflow": "below", "steps": [{"id": "a", "agent": "quick"}]}),)
    flow = read({"workflow": "try", "steps": [{"id": "p", "plan": more}]})
    Simulation.__init__(stage, flow, made, stage._act, input={"goal": "know", "kind": "usual"}, others=others)
    stage.start()
    stage.go_on()
    assert (stage.run.status, stage.output("p")) == (RunStatus.SUCCEEDED, "usual")
    assert StepPath("p/Planned") not in stage.store.tables.steps(stage.run_id)
