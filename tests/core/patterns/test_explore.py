"""Explorers and critic (P9): explorers are sealed from each other, what lost is kept with the reason why."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.definition import Workflow
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.messages import RetryStep
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.patterns.stage import Fails, Says, Stage
from tests.core.workflows import AGENTS, workflow

TASK = {"task": "input.task"}


def explore(**more: Any) -> dict[str, Any]:
    own = {"explorers": ["bold", "calm"], "with": TASK, "critic": "editor", **more}
    return {"id": "it", "explore": own}


def stage(step: dict[str, Any], editor: Any, **more: Says) -> Stage:
    agents = {"bold": lambda given: f"a bold {given['task']}", "calm": lambda given: f"a calm {given['task']}",
              "editor": editor, **more}  # fmt: skip
    return Stage([step], agents, {"task": "title"})


def likes(chosen: object, **reasons: str) -> Says:
    return lambda given: {
        "chosen": chosen,
        "reasons": reasons,
        "scores": {name: len(reasons[name]) for name in reasons},
    }


GOOD = likes("calm", bold="too loud", calm="fits")


def test_the_critic_selects_and_the_rejected_are_kept_with_score_and_reason() -> None:
    run = stage(explore(), GOOD)
    assert run.output("it") == {
        "value": "a calm title",
        "chosen": "calm",
        "candidates": [
            {"from": "bold", "score": 8, "reason": "too loud", "chosen": False, "value": "a bold title"},
            {"from": "calm", "score": 4, "reason": "fits", "chosen": True, "value": "a calm title"},
        ],
        "failed": [],
    }
    assert run.step("it/Again").status == StepStatus.SKIPPED


def test_explorers_never_see_what_others_propose() -> None:
    """Sealed (P9): everything an explorer was given is recorded, and there is nothing of the others in it."""
    run = stage(explore(), GOOD)
    assert run.given["it/Proposals/bold"] == run.given["it/Proposals/calm"] == [{"task": "title"}]
    assert run.given["it/Critic"][0]["candidates"] == [
        {"number": 1, "name": "bold", "value": "a bold title"},
        {"number": 2, "name": "calm", "value": "a calm title"},
    ]
    seen = told("with: {task: steps.Proposals.output.calm}", "agents: []")
    assert "step 'Proposals' may not have ended before this one" in seen[0][1]


def test_the_critic_can_choose_by_number_and_judge_in_a_list() -> None:
    run = stage(explore(), lambda given: {"chosen": 2, "reasons": ["dull", "fits"], "scores": [1, 2.5]})
    kept = run.output("it")
    assert (kept["chosen"], [(one["reason"], one["score"]) for one in kept["candidates"]]) == (
        "calm", [("dull", 1), ("fits", 2.5)],
    )  # fmt: skip


def test_one_agent_explores_several_times_and_knows_which_time_it_is() -> None:
    writer = {"agent": "bold-writer", "times": 3}
    step = explore(explorers=writer)
    reasons = {f"bold_writer_{number}": "so it is" for number in (1, 2, 3)}
    agents = {"bold-writer": lambda given: given["explorer"] * 10, "editor": likes("bold_writer_3", **reasons)}
    run = Stage([step], agents, {"task": "title"})
    assert (run.output("it")["value"], run.output("it")["chosen"]) == (30, "bold_writer_3")
    assert run.given["it/Proposals/bold_writer_2"] == [{"task": "title", "explorer": 2}]


def test_the_critic_can_synthesise_and_still_says_of_each_what_became_of_it() -> None:
    step = explore(mode="synthesise")
    run = stage(step, lambda given: {"value": "both", "reasons": {"bold": "its start", "calm": "its end"}})
    kept = run.output("it")
    assert (kept["value"], kept["chosen"]) == ("both", None)
    assert [(one["from"], one["reason"], one["chosen"]) for one in kept["candidates"]] == [
        ("bold", "its start", False), ("calm", "its end", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ({"reasons": {"bold": "a", "calm": "b"}}, "'chosen' names nobody; candidates are 1 bold, 2 calm"),
        ({"chosen": "loud", "reasons": {"bold": "a", "calm": "b"}}, "'chosen' is 'loud', who is not a candidate"),
        ({"chosen": True, "reasons": {"bold": "a", "calm": "b"}}, "'chosen' is True, who is not a candidate"),
        ({"chosen": "calm", "reasons": {"calm": "b"}}, "'reasons' has none for bold"),
        ({"chosen": "calm", "reasons": {"bold": " ", "calm": "b"}}, "'reasons' has none for bold"),
        ({"chosen": 1, "reasons": ["a"]}, "'reasons' has none for calm"),
        ({"chosen": 1, "reasons": ["a", "b"], "scores": ["high"]}, "'scores' of bold must be a number, but is a text"),
        ("calm", "it must be an object, but is a text"),
    ],
)
def test_a_critic_who_cannot_be_understood_is_told_once_and_asked_again(word: Any, problem: str) -> None:
    run = stage(explore(), lambda given: GOOD(given) if "problems" in given else word)
    assert problem in run.given["it/Again"][0]["problems"]
    assert run.given["it/Again"][0]["task"] == "title"
    assert run.output("it")["chosen"] == "calm"


def test_a_critic_who_names_nobody_twice_fails_by_name() -> None:
    run = stage(explore(), likes("nobody", bold="a", calm="b"))
    assert (run.run.status, len(run.given["it/Critic"]), len(run.given["it/Again"])) == (RunStatus.FAILED, 1, 1)
    assert "The critic's word can't be used, also after it was told why: 'chosen' is 'nobody'" in run.step("it").reason


def test_an_explorer_that_failed_is_listed_and_marks_the_result() -> None:
    def calm(given: dict[str, Any]) -> Any:
        raise Fails("no idea")

    run = stage(explore(tolerate=1), likes("bold", bold="the only one"), calm=calm)
    assert (run.output("it")["chosen"], run.output("it")["failed"]) == ("bold", ["calm"])
    assert run.step("it").degraded == "Proposals: calm: it failed: no idea"
    assert stage(explore(), GOOD, calm=calm).step("it").reason.startswith("Proposals: calm: no idea")


def test_one_proposal_that_failed_can_be_retried() -> None:
    tried: list[int] = []

    def calm(given: dict[str, Any]) -> Any:
        tried.append(1)
        if len(tried) == 1:
            raise Fails("no idea")
        return "a second thought"

    run = stage(explore(), GOOD, calm=calm)
    assert run.call(RetryStep(path=StepPath("it/Proposals/calm"), actor="1")).status == 200
    run.go_on()
    assert run.output("it")["value"] == "a second thought"
    assert len(run.given["it/Proposals/bold"]) == 1


def test_it_nests_and_can_be_sent_back() -> None:
    ask = {"id": "ok", "gate": {"title": "Good?", "show": {"value": "steps.it.output.value"}}}
    body = [explore(**{"with": {"task": "x", "said": "feedback"}}), ask]
    run = Stage([{"id": "m", "map": {"over": "input", "as": "x", "do": body}}],
                {"bold": lambda given: f"{given['task']}{given['said']}", "calm": lambda given: "calm",
                 "editor": likes("bold", bold="a", calm="b")}, ["p", "q"])  # fmt: skip
    run.choose("m[0]/ok", "send_back", to="it", comment="!")
    run.choose("m[1]/ok")
    run.choose("m[0]/ok#2")
    assert run.output("m") == [{"value": "p!"}, {"value": "q"}]


def told(*lines: str, agents: str = "explorers: [quick, slow]", spec: dict[str, Any] | None = None) -> list[Any]:
    written = [agents, *(line for line in lines if line != "agents: []")]
    if not any(line.startswith("critic") for line in written):
        written.append("critic: spare")
    text = "workflow: w\nsteps:\n  - id: it\n    explore:\n" + "\n".join(f"      {line}" for line in written)
    specs = {one.name: one for one in AGENTS}
    if spec is not None:
        specs["spare"] = type(AGENTS[0])(name="spare", role="Judges.", runtime="scripted", output_schema=spec)
    found = read_workflow(read_text(text), specs)
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]


def test_its_node_says_what_it_was_written_as() -> None:
    step = {"id": "it", "explore": {"explorers": ["quick", "slow"], "critic": "spare"}, "retry": {"attempts": 1}}
    node = node_at(workflow(step), StepPath("it"))
    assert (node.pattern, node.kind) == ("explore", "sequence")
    assert node_at(workflow(step), StepPath("it/Proposals/slow")).retry.attempts == 1  # type: ignore[attr-defined]
    assert told() == []


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["explorers: [quick]"], 1, "there must be from 2 to 20 of them, but there are 1"),
        (["explorers: {agent: quick, times: 30}"], 1, "must be from 1 to 20, but is 30"),
        (["explorers: [{agent: quick, times: 15}, {agent: slow, times: 6}]"], 1, "but there are 21"),
        (["explorers: [{agent: quick}, slow]"], 1, "who is asked needs 'times'"),
        (["explorers: [quick, nobody]"], 1, "there is no agent 'nobody'"),
        (["explorers: [quick, 7]"], 1, "must be a text, but is a number"),
        (["explorers: {agent: quick, times: 3}"], 1, "the same agent several times needs 'with'"),
        (["explorers: [quick, slow]", "critic: nobody"], 2, "there is no agent 'nobody'"),
        (["explorers: [quick, slow]", "mode: vote"], 2, "must be one of select, synthesise"),
        (["explorers: [quick, slow]", "tolerate: 2"], 2, "must be from 0 to 1, but is 2"),
        (["explorers: [quick, slow]", "with: {candidates: '1'}"], 2, "'candidates' is what the critic is given"),
        (["explorers: [quick, slow]", "with: {n: input..}"], 2, "a point must follow a name"),
        (["explorers: [quick, slow]", "with: [n]"], 2, "'with' must be an object"),
        (["explorers: [quick, slow]", "rounds: 2"], 2, "'rounds' is not a field of 'explore'"),
    ],
)
def test_a_slip_is_told_where_it_was_written(lines: list[str], line: int, message: str) -> None:
    found = told(*lines[1:], agents=lines[0])
    assert [one for one in found if one[0] == line and message in one[1]], found


def test_a_critic_whose_contract_promises_no_choice_is_told_on_its_line() -> None:
    has = {"type": "object", "properties": {"best": {"type": "string"}, "reasons": {"type": "array"}}}
    (found,) = told("with: {}", "critic: spare", spec=has)
    assert found[:2] == (3, "rule.selected: 'chosen' (a whole number or a text) is missing")
    fine = {**has, "properties": {"value": {}, "reasons": {"type": "object"}}}
    assert told("critic: spare", "mode: synthesise", spec=fine) == []
    assert "'value' (a value) is missing" in told("critic: spare", "mode: synthesise", spec=has)[0][1]


def test_what_comes_of_it_is_known_to_the_steps_after_it() -> None:
    text = """\
workflow: w
steps:
  - id: it
    explore: {{explorers: [quick, {{agent: quick, times: 2}}], with: {{}}, critic: spare, mode: {mode}}}
  - {{id: use, agent: slow, with: {{n: 'steps.it.output.{path}'}}}}
"""
    specs = {one.name: one for one in AGENTS}
    kind = type(AGENTS[0])
    specs["quick"] = kind(name="quick", role="", runtime="scripted", output_schema={"type": "string"})
    specs["slow"] = kind(name="slow", role="", runtime="scripted",
                         input_schema={"type": "object", "properties": {"n": {"type": "string"}}})  # fmt: skip

    def wrong(path: str, mode: str = "select") -> str:
        found = read_workflow(read_text(text.format(path=path, mode=mode)), specs)
        return "" if isinstance(found, Workflow) else found[0].message

    assert wrong("value") == wrong("chosen") == wrong("value", "synthesise") == wrong("candidates[0].reason") == ""
    assert "but is true or false" in wrong("candidates[0].chosen")
    assert "but is nothing" in wrong("chosen", "synthesise")
    assert "has no field 'vlue'" in wrong("vlue")
