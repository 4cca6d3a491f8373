"""Kind `route` (A3): who can do it is found, the best is chosen with reasons, and the next best stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.events import RouteChosen
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.messages import RetryStep
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.outcomes import Failure
from orchestrator.core.problems import Problem
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.reliability.trust import Measured, Record, Trust
from tests.core.play import Play
from tests.core.workflows import workflow

GOOD, POOR = Record(trust=Trust(good=90, bad=2, tried=92)), Record(trust=Trust(good=20, bad=30, tried=50))
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
NUMBER = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
ONCE = {"retry": {"attempts": 1}}


def agent(name: str, **more: Any) -> AgentSpec:
    given = {"runtime": "scripted", "output_schema": TEXT, "capabilities": ("translate",), **more}
    return AgentSpec(name=name, role="Translates.", **given)


AGENTS = {name: agent(name) for name in ("anna", "berta", "carl")}


def play(
    agents: Mapping[str, AgentSpec] = AGENTS, measured: Measured | None = None, beside: Mapping[str, Any] = ONCE,
    **route: Any,
) -> Play:  # fmt: skip
    own = route or {"capability": "translate"}
    made = Play(workflow({"id": "say", "route": own, **beside}), {"text": "hello"}, agents)
    known = measured or Measured(records={"anna": POOR, "berta": GOOD, "carl": POOR})
    made.world = replace(made.world, measured=lambda names: replace(
        known, records={name: one for name, one in known.records.items() if name in names}))  # fmt: skip
    made.start()
    return made


def chosen(made: Play) -> list[RouteChosen]:
    return [one for one in made.facts if isinstance(one, RouteChosen)]


def out(one: RouteChosen) -> dict[str, str]:
    return {row["agent"]: row.get("out", "") for row in one.candidates}  # type: ignore[union-attr]


def wrong(*agents: AgentSpec, beside: Mapping[str, Any] | None = None, **route: Any) -> list[Problem]:
    source = {"workflow": "w", "input": TEXT, "steps": [{"id": "say", "route": route, **(beside or {})}]}
    found = read_workflow(from_plain(source), {one.name: one for one in agents})
    return list(found) if isinstance(found, tuple) else []


def test_the_work_goes_to_whoever_is_worth_most_trust_and_the_choice_says_why() -> None:
    made = play()
    (one,) = chosen(made)
    assert (one.agent, one.why, out(one)) == ("berta", "the highest score of 3", {"anna": "", "berta": "", "carl": ""})
    row = one.candidates[1]  # type: ignore[index]
    assert row == {"agent": "berta", "score": pytest.approx(0.971, abs=0.01), "trust": 0.968, "low": 0.934,
                   "high": 0.991, "tried": 92}  # fmt: skip
    assert made.queued("say/Work").agent == "berta"
    made.report("say/Work", {"text": "hallo"})
    assert (made.run.status, made.step("say").output) == (RunStatus.SUCCEEDED, {"text": "hallo"})
    assert made.step("say").degraded == ""


def test_one_that_is_not_known_is_tried_when_chance_will_have_it() -> None:
    made = Play(workflow({"id": "say", "route": {"among": ["anna", "berta"]}}), {"text": "x"}, AGENTS)
    rolled = iter([0.99, 0.5])
    made.world = replace(
        made.world, dice=lambda: next(rolled), measured=lambda names: Measured(records={"berta": GOOD})
    )
    made.start()
    assert (chosen(made)[0].agent, chosen(made)[0].why) == (
        "anna", "tried to learn how it does at all; berta is trusted more",
    )  # fmt: skip


def test_cost_and_time_decide_between_equals_as_much_as_the_workflow_prefers() -> None:
    dear, cheap = replace(GOOD, usd=0.5, seconds=1.0), replace(GOOD, usd=0.01, seconds=9.0)
    known = Measured(records={"anna": dear, "berta": cheap})
    by_cost = play(measured=known, among=["anna", "berta"], prefer={"cost": 1, "time": 0})
    by_time = play(measured=known, among=["anna", "berta"], prefer={"cost": 0, "time": 1})
    assert (chosen(by_cost)[0].agent, chosen(by_time)[0].agent) == ("berta", "anna")


def test_when_the_chosen_one_has_failed_for_good_the_next_best_has_it() -> None:
    made = play()
    made.fail("say/Work", Failure.CRASH, "it broke")
    _, second = chosen(made)
    assert (second.failed, second.reason, out(second)["berta"]) == ("berta", "it broke", "it failed here: it broke")
    assert made.queued("say/Work#2").agent == second.agent != "berta"
    made.report("say/Work#2", {"text": "hallo"})
    assert (made.run.status, made.step("say").degraded) == (RunStatus.SUCCEEDED, "")


def test_it_fails_when_everybody_has_with_what_each_said() -> None:
    made = play()
    for number in ("", "#2", "#3"):
        made.fail(f"say/Work{number}", Failure.CRASH, f"broke{number}")
    step = made.step("say")
    assert (step.status, step.failure) == (StepStatus.FAILED, Failure.CRASH)
    assert "broke#3; no agent that can 'translate' is left (anna: it failed here:" in step.reason


def test_what_nobody_could_mend_is_not_given_to_another() -> None:
    made = play()
    made.fail("say/Work", Failure.INVALID_INPUT, "no text")
    assert (len(chosen(made)), made.step("say").failure) == (1, Failure.INVALID_INPUT)


def test_one_whose_budget_is_used_up_is_followed_by_the_next_and_a_budget_that_holds_nobody_is_the_reason() -> None:
    """C1: a day's budget is the agent's own; a run's holds no other either, and the end says so."""
    made = play(among=["anna", "berta"])
    made.fail("say/Work", Failure.OVER_BUDGET, "the day budget of agent 'berta' does not hold this call")
    assert chosen(made)[1].agent == "anna"
    made.fail("say/Work#2", Failure.OVER_BUDGET, "the run budget does not hold this call")
    assert made.step("say").failure == Failure.OVER_BUDGET
    assert made.step("say").reason.startswith(
        "anna: the run budget does not hold this call; none of the agents is left"
    )


def test_a_declared_value_stands_for_it_when_everybody_failed() -> None:
    value = {"value": "{'text': ''}", "why": "untranslated"}
    made = play(beside={**ONCE, "degrade": value}, among=["anna"])
    made.fail("say/Work", Failure.CRASH, "it broke")
    assert (made.step("say").status, made.step("say").output) == (StepStatus.SUCCEEDED, {"text": ""})
    assert made.step("say").degraded.startswith("untranslated (anna: it broke; none of the agents is left")


def test_who_has_another_contract_lacks_a_tool_or_takes_too_little_is_left_out_with_the_reason() -> None:
    web, agents = (Tool(name="web"),), {
        "anna": agent("anna", tools=(Tool(python="tools.net:web"),)),
        "berta": agent("berta", output_schema=NUMBER, tools=(Tool(name="web"),)),
        "carl": agent("carl"),
        "dora": agent("dora", tools=(Tool(agent="web"),), limits={"context": 4000}),
        "emil": agent("emil", tools=(Tool(name="web"),), limits={"context": 64000}),
    }  # fmt: skip
    assert web
    made = play(agents, capability="translate", tools=["web"], context=8000)
    reasons = out(chosen(made)[0])
    assert reasons["anna"] == reasons["emil"] == ""
    assert reasons["berta"].startswith("it has another contract than anna: it returns")
    assert reasons["carl"] == "it lacks web among its tools"
    assert reasons["dora"] == "it takes 4000 tokens, 8000 are asked for"


def test_like_says_whose_contract_counts() -> None:
    agents = {**AGENTS, "odd": agent("odd", output_schema=NUMBER)}
    made = play(agents, capability="translate", like="odd")
    assert chosen(made)[0].agent == "odd"


def test_who_has_an_open_breaker_gets_work_only_where_there_is_nobody_else() -> None:
    known = Measured(records={"berta": GOOD}, denied={"berta": "the breaker of berta is open: it broke"})
    made = play(measured=known)
    assert chosen(made)[0].agent != "berta"
    assert out(chosen(made)[0])["berta"] == "the breaker of berta is open: it broke"
    alone = play(measured=known, among=["berta"])
    assert chosen(alone)[0].agent == "berta"
    assert chosen(alone)[0].why == "there is nobody else, though the breaker of berta is open: it broke"


def test_a_person_is_chosen_only_where_there_is_nobody_else() -> None:
    agents = {"anna": agent("anna"), "paul": agent("paul", runtime="human")}
    made = play(agents)
    assert (chosen(made)[0].agent, out(chosen(made)[0])["paul"]) == ("anna", "a person is asked by name")
    made.fail("say/Work", Failure.CRASH, "it broke")
    assert chosen(made)[-1].agent == "paul"


def test_nobody_at_all_is_a_clear_failure() -> None:
    made = play({"x": agent("x", capabilities=())})
    assert made.step("say").reason == "no agent that can 'translate' is left"
    assert (chosen(made)[0].agent, chosen(made)[0].why) == ("", "there is nobody")


def test_retried_as_a_whole_it_chooses_anew_among_all() -> None:
    made = play(among=["anna", "berta"])
    for number in ("", "#2"):
        made.fail(f"say/Work{number}", Failure.CRASH, "broke")
    assert made.send(RetryStep(path="say", actor="1")).status == 200
    assert (chosen(made)[-1].failed, out(chosen(made)[-1])) == ("", {"anna": "", "berta": ""})
    made.report("say/Work#3", {"text": "hallo"})
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_fan_out_in_one_advance_is_spread_by_load() -> None:
    """What was given away a moment ago is in no table yet, and counts as load all the same."""
    sure = Record(trust=Trust(good=1e6))
    body = {"over": "input.n", "do": {"route": {"among": ["anna", "berta"], "prefer": {"load": 1}}}}
    made = Play(workflow({"id": "m", "map": body}), {"n": [*range(10)]}, AGENTS)
    made.world = replace(made.world, measured=lambda names: Measured(records=dict.fromkeys(names, sure)))
    made.start()
    given = [one.agent for one in chosen(made)]
    assert (given.count("anna"), given.count("berta")) == (5, 5)


def test_a_file_is_told_that_nobody_can_do_it() -> None:
    (one,) = wrong(*AGENTS.values(), capability="translat")
    assert (one.path, one.message) == ("steps[0].route.capability", "no agent has the capability 'translat'")
    assert one.hint == "did you mean 'translate'?"


def test_a_file_is_told_whose_contract_is_unequal() -> None:
    (one,) = wrong(*AGENTS.values(), agent("odd", output_schema=NUMBER), capability="translate")
    assert one.message.startswith("odd can't do it: it has another contract than anna: it returns: 'text'")
    assert "say with 'like' whose contract counts" in one.hint
    (named,) = wrong(*AGENTS.values(), agent("odd", output_schema=NUMBER), among=["anna", "odd"])
    assert named.path == "steps[0].route.among[1]"


def test_with_like_or_others_left_what_some_lack_is_no_fault_of_the_file() -> None:
    agents = (*AGENTS.values(), agent("odd", output_schema=NUMBER), agent("able", tools=(Tool(name="web"),)))
    assert wrong(*agents, capability="translate", like="anna", tools=["web"]) == []
    none = wrong(*agents[:3], capability="translate", tools=["web"])
    assert [one.message for one in none] == [
        f"{name} can't do it: it lacks web among its tools" for name in ("anna", "berta", "carl")
    ]


def test_a_file_is_told_what_does_not_fit_what_they_take() -> None:
    takes = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    found = wrong(agent("anna", input_schema=takes), capability="translate", beside={"with": {"n": "input.text"}})
    assert [one.path for one in found] == ["steps[0].with.n"]


@pytest.mark.parametrize("route", [{}, {"capability": "translate", "among": ["anna"]}, {"among": []},
                                   {"capability": "translate", "prefer": {"cost": 11}},
                                   {"capability": "translate", "like": "nobody"}, "translate"])  # fmt: skip
def test_a_file_is_told_what_is_wrong_with_a_route(route: Any) -> None:
    source = {"workflow": "w", "steps": [{"id": "say", "route": route}]}
    found = read_workflow(from_plain(source), AGENTS)
    assert isinstance(found, tuple)
    assert found
    assert all(one.message and one.path for one in found)


def test_the_same_dice_choose_the_same() -> None:
    assert chosen(play()) == chosen(play())


def test_a_budget_and_limits_beside_it_are_those_of_whoever_is_chosen() -> None:
    """C1, C7."""
    made = play(beside={**ONCE, "budget": {"usd": 1}, "limits": {"memory": 64}, "timeout": "9s"})
    assert made.queued("say/Work").timeout_seconds == 9.0
    for path in ("say/Work", "say/Work#2"):
        node = node_at(made.workflow, StepPath(path))
        assert isinstance(node, AgentNode)
        assert (node.agent, node.budget, node.limits) == ("", {"usd": 1}, {"memory": 64})
