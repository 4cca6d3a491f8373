"""Kind `loop`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.loop import Loop
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.rounds import Limits
from tests.core.nodes.reading import node, told

BODY = "  agent: checklist\n  with: {files: input.any}"


def loop(*lines: str, body: str = BODY, rounds: str = "5") -> str:
    return "\n".join(["loop:", *body.splitlines(), f"  rounds: {rounds}", *(f"  {line}" for line in lines)])


def test_the_short_form_repeats_one_agent() -> None:
    read = node(loop("until: last.done", "tolerate: 2", "otherwise: last"))
    assert isinstance(read, Loop)
    assert isinstance(read.body, AgentNode)
    assert (read.body.id, read.body.agent, read.limits) == ("it", "checklist", Limits(rounds=5))
    assert (read.until, read.tolerate, read.otherwise) == ("last.done", 2, "last")


def test_every_limit_can_be_said() -> None:
    more = ("score: last.n", "improve: 0.5", "patience: 4", "same: 0", "budget: {usd: 1, tokens: 10, minutes: 2}")
    read = node(loop(*more))
    assert isinstance(read, Loop)
    budget = {"usd": 1, "tokens": 10, "minutes": 2}
    assert read.limits == Limits(rounds=5, improve=0.5, patience=4, same=0, budget=budget)


def test_improve_alone_waits_two_rounds() -> None:
    read = node(loop("score: last.n", "improve: 0.5"))
    assert isinstance(read, Loop)
    assert read.limits.patience == 2


STEPS = """\
  do:
    - {id: write, agent: checklist, with: {files: input.any}}
    - {id: judge, agent: critic, with: {sections: steps.write.output.files}}
"""


def test_a_list_of_steps_is_one_round_and_may_say_what_it_comes_to() -> None:
    read = node(loop("output: steps.write.output", "until: last.files == []", body=STEPS))
    assert isinstance(read, Loop)
    assert isinstance(read.body, Sequence)
    assert ([step.id for step in read.body.steps], read.body.output) == (["write", "judge"], "steps.write.output")
    text = loop("output: steps.write.output", body=STEPS)
    assert told(text, output="steps.it.output.files") == []
    assert "has no field 'summary'" in told(text, output="steps.it.output.summary")[0][1]
    assert told(loop(body=STEPS), output="steps.it.output.summary") == []


def test_inside_and_in_its_conditions_names_mean_what_a_round_gives() -> None:
    given = "agent: checklist\nwith: {files: '[round, last, best, scores]'}"
    good = loop("until: last.files == [] || round > 3", "score: size(last.files)", body=given.replace("\n", "\n  "))
    assert told(good.replace("loop:\nagent", "loop:\n  agent")) == []


def test_what_the_round_before_gives_is_known_inside() -> None:
    text = loop(body="  agent: checklist\n  with: {files: last.flies}")
    ((line, message, hint),) = told(text)
    assert (line, message, hint) == (3, "'last' has no field 'flies'", "did you mean 'files'?")


def test_there_is_no_best_without_a_score() -> None:
    ((line, message, _),) = told(loop("until: best != null"))
    assert (line, message) == (5, "there is no 'best' here")


def test_the_names_of_a_loop_mean_nothing_outside_it() -> None:
    assert [message for _, message, _ in told(loop(), output="round")] == ["there is no 'round' here"]


def test_without_with_a_step_inside_is_given_what_the_loop_is_given() -> None:
    ((_, message, _),) = told("loop: {agent: checklist, rounds: 2}")
    assert message.startswith("checklist is given what comes by itself, which does not fit")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("loop:\n  agent: checklist", 1, "'loop' needs 'rounds'"),
        ("loop:\n  rounds: 3", 1, "'loop' needs 'agent' or 'do'"),
        (loop(rounds="0"), 4, "must be from 1 to 10000, but is 0"),
        (loop("do: {agent: checklist}"), 5, "a loop has 'agent' or 'do', not both"),
        (loop("output: last"), 5, "'output' goes with a list of steps in 'do'"),
        (loop("output: last", body="  do: {agent: checklist}"), 4, "'output' goes with a list of steps in 'do'"),
        (loop("until: last.files"), 5, "a condition is true or false, this is a list"),
        (loop("score: last.files"), 5, "a score is a number, this is a list"),
        (loop("feedback: last.files"), 5, "feedback is a text, this is a list"),
        (loop("until: steps.it.output == 1"), 5, "step 'it' may not have ended before this one"),
        (loop("until: steps.judge.output.summary != ''", body=STEPS), 6, "'judge' is inside the loop"),
        (loop("improve: 1"), 5, "'improve' needs 'score'"),
        (loop("patience: 1"), 5, "'patience' needs 'score'"),
        (loop("score: round", "improve: much"), 6, "must be a number, but is a text"),
        (loop("score: round", "improve: -1"), 6, "must be at least 0, but is -1"),
        (loop("score: round", "patience: 0"), 6, "must be from 1 to 1000, but is 0"),
        (loop("same: 1"), 5, "must be 0 or from 2 on, but is 1"),
        (loop("same: 11"), 5, "must be from 0 to 10, but is 11"),
        (loop("budget: {euro: 3}"), 5, "'euro' is not a field of 'budget'"),
        (loop("budget: {usd: 0}"), 5, "must be a number above 0, but is 0"),
        (loop("otherwise: best"), 5, "'best' needs 'score'"),
        (loop("otherwise: never"), 5, "must be one of fail, best, last"),
        (loop("untill: last.done"), 5, "'untill' is not a field of 'loop'"),
        ("loop: {do: {agent: checklist, optional: true}, rounds: 3}", 1, "'optional' is not a field of a step"),
        ("loop: 3", 1, "'loop' must be an object, but is a number"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
