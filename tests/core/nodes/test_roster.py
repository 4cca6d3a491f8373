"""Kind `roster`: what it tells of agents, and in which version."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.messages import RetryStep, SkipStep
from orchestrator.core.nodes.roster import Roster
from orchestrator.core.status import RunStatus
from tests.core.nodes.reading import node, read, told
from tests.core.play import Play
from tests.core.workflows import workflow

TEAM = {"id": "team", "roster": {"first": "big", "second": "checker"}}


def spec(name: str, **more: object) -> AgentSpec:
    return AgentSpec(name=name, role=f"Is {name}.", runtime="llm", **more)  # type: ignore[arg-type]


def test_it_tells_role_capabilities_and_what_answers_for_each_and_calls_nobody() -> None:
    big = spec("big", version=3, capabilities=("vote",), settings={"model": "large-2", "key": "secret"})
    made = Play(workflow(TEAM, {"id": "use", "agent": "quick", "with": {"team": "steps.team.output"}}), {},
                {"big": big, "checker": spec("checker")})  # fmt: skip
    made.start()
    assert made.step("use").input == {"team": {
        "first": {"agent": "big", "role": "Is big.", "version": 3, "model": "llm large-2", "capabilities": ["vote"]},
        "second": {"agent": "checker", "role": "Is checker.", "version": 1, "model": "", "capabilities": []},
    }}  # fmt: skip
    assert made.live == ["use"]


def test_a_list_goes_by_the_agents_names_and_the_run_is_bound_to_them() -> None:
    read_ = node("roster: [critic, critic-lite]")
    assert isinstance(read_, Roster)
    assert read_.who == {"critic": "critic", "critic-lite": "critic-lite"}
    found = read("roster: {a: critic, b: critic, c: surveyor}")
    assert isinstance(found, Workflow)
    assert found.agents == ("critic", "surveyor")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("roster: critic", 1, "'roster' must be a list of agents, but is a text"),
        ("roster: [critic, nobody]", 1, "there is no agent 'nobody'"),
        ("roster:\n  a: critic\n  b: nobody", 3, "there is no agent 'nobody'"),
        ("roster: {a: 7}", 1, "must be a text, but is a number"),
        ("roster: [critic]\nwith: {a: '1'}", 2, "'with' is not a field of a step"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)


def test_what_it_tells_is_known_before_a_run() -> None:
    assert told("roster: {a: critic}", output="steps.it.output.a.model") == []
    assert "has no field 'secret'" in told("roster: {a: critic}", output="steps.it.output.a.secret")[0][1]


def test_it_is_over_at_once_so_there_is_nothing_to_retry_or_skip() -> None:
    made = Play(workflow(TEAM, {"id": "use", "agent": "quick"}))
    made.start()
    assert (made.send(RetryStep(path="team")).status, made.send(SkipStep(path="team")).status) == (409, 409)
    made.report("use")
    assert made.run.status == RunStatus.SUCCEEDED
