"""Pattern `debate`: what is wrong with one is told where it was written, by contracts too, before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text

VERDICT = {"type": "object", "properties": {"verdict": {"type": "string"}, "why": {"type": "string"}}}
TASK = {"type": "object", "required": ["topic"], "additionalProperties": False,
        "properties": {"topic": {"type": "string"}}}  # fmt: skip
OPEN = {**TASK, "additionalProperties": True}
CAST = {
    "legal": {"output_schema": VERDICT, "input_schema": OPEN},
    "tax": {"output_schema": VERDICT},
    "closed": {"output_schema": VERDICT, "input_schema": TASK},
    "vague": {"output_schema": {"type": "object", "properties": {"why": {"type": "string"}}}},
    "plain": {"output_schema": {"type": "string"}},
    "anybody": {},
    "hears-texts": {"input_schema": {"type": "object", "properties": {"own": {"type": "string"}}},
                    "output_schema": VERDICT},
    "auditor": {"output_schema": {"type": "object", "properties": {"agrees": {"type": "boolean"}}}},
}  # fmt: skip
GIVEN = "with: {topic: \"'a lease'\"}"


def told(*lines: str, use: str = "") -> list[tuple[int, str, str]]:
    text = "workflow: w\nsteps:\n  - id: it\n    debate:\n" + "\n".join(f"      {line}" for line in lines)
    specs = {name: AgentSpec(name=name, role="", runtime="scripted", **more) for name, more in CAST.items()}
    found = read_workflow(read_text(text + use), specs)
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]


@pytest.mark.parametrize(
    "lines",
    [
        ["agents: [legal, tax]", GIVEN, "field: verdict"],
        ["agents: [plain, plain]"],
        ["agents: {agent: anybody, times: 5}"],
        ["agents: [legal, tax]", GIVEN, "field: verdict", "rounds: 5", "judge: tax", "agreement: 1",
         "independent_review: auditor", "approvers: {role: builder, quorum: 2}", "deadline: {after: 4h}"],
        ["agents: [legal, tax, anybody]", GIVEN, "field: verdict", "on_split: keep", "tolerate: 1"],
    ],
)  # fmt: skip
def test_what_fits_is_read_without_a_word(lines: list[str]) -> None:
    assert told(*lines) == []


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["field: verdict"], 0, "'debate' needs 'agents'"),
        (["agents: [legal]"], 1, "there must be from 2 to 20 of them, but there are 1"),
        (["agents: [legal, nobody]", GIVEN], 1, "there is no agent 'nobody'"),
        (["agents: [legal, tax]", GIVEN, "field: the verdict"], 3, "'the verdict' is not the name of a field"),
        (["agents: [legal, tax]", GIVEN, "rounds: 6"], 3, "must be from 0 to 5, but is 6"),
        (["agents: [tax, plain]", "rounds: 1"], 2, "rounds of rebuttal need 'with'"),
        (["agents: [legal, tax]", GIVEN, "agreement: 66"], 3, "must be a number above 0 and up to 1"),
        (["agents: [legal, tax]", GIVEN, "agreement: true"], 3, "must be a number above 0 and up to 1"),
        (["agents: [legal, tax]", GIVEN, "on_split: toss"], 3, "must be one of human, fail, keep"),
        (["agents: [legal, tax]", GIVEN, "judge: nobody"], 3, "there is no agent 'nobody'"),
        (["agents: [legal, tax]", GIVEN, "independent_review: tax"], 3, "'tax' is one of those who answer"),
        (["agents: [legal, tax]", GIVEN, "on_split: keep", "deadline: {after: 4h}"], 4, "goes with 'on_split: human'"),
        (["agents: [legal, tax]", GIVEN, "deadline: {after: soon}"], 3, "must be a time such as 60s"),
        (["agents: [legal, tax]", GIVEN, "tolerate: 1"], 3, "must be from 0 to 0, but is 1"),
        (["agents: [tax, anybody]", "with:", "  others: '1'", "rounds: 1"], 3, "'others' is what who speaks later"),
        (["agents: [legal, tax]", "with: {topic: steps.Answers.output}"], 2, "may not have ended before this one"),
    ],
)
def test_a_slip_is_told_where_it_was_written(lines: list[str], line: int, message: str) -> None:
    assert [one for one in told(*lines) if one[0] == line and message in one[1]], told(*lines)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["agents:", "  - legal", "  - vague", GIVEN, "field: verdict"], 3,
         "what vague gives has no field 'verdict', but the merge needs it"),
        (["agents:", "  - legal", "  - closed", GIVEN, "field: verdict", "rounds: 1"], 3, "closed: 'own' is not taken"),
        (["agents: [legal, tax]", "with: {topic: 7}"], 2, "legal: expected a text, found 7"),
        (["agents: [tax, hears-texts]", GIVEN, "field: verdict", "rounds: 1"], 1,
         "hears-texts: must be a text, but is an object"),
        (["agents: [legal, tax]", GIVEN, "field: verdict", "judge: auditor"], 4,
         "'steps.Judge.output' has no field 'verdict'"),
        (["agents: [legal, tax]", GIVEN, "field: verdict", "judge: plain"], 4, "'steps.Judge.output' is a text"),
        (["agents: [legal, tax]", GIVEN, "independent_review: vague"], 3,
         "'steps.Review.output' has no field 'agrees'"),
        (["agents: [tax, anybody]", GIVEN, "judge: closed"], 3, "closed: 'answers' is not taken"),
    ],
)  # fmt: skip
def test_contracts_that_cannot_fit_are_told_on_the_line_of_who_it_is(lines: list[str], line: int, message: str) -> None:
    assert [one for one in told(*lines) if one[0] == line and message in one[1]], told(*lines)


def test_what_comes_of_it_is_known_to_the_steps_after_it() -> None:
    lines = ["agents: [legal, tax]", GIVEN, "field: verdict"]

    def after(expression: str, **more: Any) -> list[str]:
        step = f"\n  - {{id: use, agent: closed, with: {{topic: {expression}}}}}"
        return [message for _, message, _ in told(*lines, *more, use=step)]

    assert after("steps.it.output.value") == after("steps.it.output.split") == []
    assert "has no field 'verdict'" in after("steps.it.output.verdict")[0]
    assert after("steps.it.output.agreement") == ["closed: must be a text, but is a number"]
