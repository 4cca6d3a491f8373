"""Planner, generator, evaluator (P7): how it is written, and what is told of it when it is applied."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text

TEXT = {"type": "string"}
VERDICT = {"type": "object", "required": ["score", "feedback"],
           "properties": {"score": {"type": "number"}, "feedback": TEXT}}  # fmt: skip
GOOD = ("generate: writer", "evaluate: judge", "with: {topic: input.topic}", "threshold: 0.8", "rounds: 5")


def told(*lines: str, judge: dict[str, Any] = VERDICT, writer: dict[str, Any] | None = None) -> list[Any]:
    """Return line (from 1, of what stands in `refine`), message and hint of each problem."""
    text = "workflow: w\nsteps:\n  - id: it\n    refine:\n" + "\n".join(f"      {line}" for line in lines)
    made = (
        AgentSpec(name="writer", role="Writes.", runtime="scripted", output_schema=TEXT, input_schema=writer or {}),
        AgentSpec(name="judge", role="Judges.", runtime="scripted", output_schema=judge),
        AgentSpec(name="planner", role="Plans.", runtime="scripted"),
    )
    found = read_workflow(read_text(text), {spec.name: spec for spec in made})
    return [] if isinstance(found, Workflow) else [(one.line - 4, one.message, one.hint) for one in found]


def without(name: str) -> list[str]:
    return [line for line in GOOD if not line.startswith(name)]


def test_five_lines_are_enough() -> None:
    assert told(*GOOD) == []
    assert told(*GOOD, "plan: planner", "improve: 0.05", "patience: 1", "otherwise: best", "budget: {usd: 1}") == []


@pytest.mark.parametrize("name", ["generate", "evaluate", "threshold", "rounds"])
def test_what_it_cannot_do_without_is_asked_for(name: str) -> None:
    assert [(line, message) for line, message, _ in told(*without(name))] == [(0, f"'refine' needs '{name}'")]


def test_an_evaluator_that_promises_no_score_or_feedback_is_told_where_it_is_named() -> None:
    lacking = {"type": "object", "properties": {"mark": {"type": "number"}}}
    assert [(line, message) for line, message, _ in told(*GOOD, judge=lacking)] == [
        (2, "'steps.Verdict.output' has no field 'score'"),
        (2, "'last.verdict' has no field 'feedback'"),
    ]
    wrong = {"type": "object", "properties": {"score": TEXT, "feedback": {"type": "number"}}}
    assert [(line, message) for line, message, _ in told(*GOOD, judge=wrong)] == [
        (2, "a score is a number, this is a text"),
        (2, "feedback is a text, this is a number"),
    ]
    assert told(*GOOD, "score: mark", "feedback: note", judge={"type": "object"}) == []
    ((line, message, hint),) = told(*GOOD, "score: skore")
    assert (line, message, hint) == (6, "'steps.Verdict.output' has no field 'skore'", "did you mean 'score'?")


def test_a_generator_that_takes_no_feedback_is_told() -> None:
    closed = {"type": "object", "properties": {"topic": {}, "last": {}}, "additionalProperties": False}
    ((line, message, _),) = told(*GOOD, writer=closed)
    assert (line, message) == (1, "writer: 'feedback' is not taken")


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ([*GOOD, "evaluator: judge"], 6, "'evaluator' is not a field of 'refine'"),
        (["generate: nobody", *without("generate")], 1, "there is no agent 'nobody'"),
        (["generate: 7", *without("generate")], 1, "must be a text, but is a number"),
        (["generate: {with: {}}", *without("generate")], 1, "a call needs 'agent'"),
        (["generate: {agent: writer, when: x}", *without("generate")], 1, "'when' is not a field of a call"),
        (["with: {feedback: '1'}", *without("with")], 1, "'feedback' is what one of its agents is given besides"),
        (["with: [n]", *without("with")], 1, "'with' must be an object"),
        (["threshold: input..", *without("threshold")], 1, "a point must follow a name"),
        (["threshold: nowhere", *without("threshold")], 1, "there is no 'nowhere' here"),
        (["rounds: 0", *without("rounds")], 1, "must be from 1 to 10000"),
        ([*GOOD, "same: 1"], 6, "must be 0 or from 2 on"),
        ([*GOOD, "score: 'a b'"], 6, "is not an expression"),
        ([*GOOD, "plan: nobody"], 6, "there is no agent 'nobody'"),
        ([*GOOD, "otherwise: maybe"], 6, "must be one of fail, best, last"),
    ],
)
def test_a_slip_is_told(lines: list[str], line: int, message: str) -> None:
    assert [one for one in told(*lines) if one[0] == line and message in one[1]], told(*lines)
