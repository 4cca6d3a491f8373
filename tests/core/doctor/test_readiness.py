"""How ready a workflow is (A8): each point, lacking and mended."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.definition import Workflow
from orchestrator.core.doctor.finding import Facts
from orchestrator.core.doctor.readiness import Point, State, report
from orchestrator.core.trials import Proof
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text

OBJECT = {"type": "object"}
BARE = """
workflow: post
steps:
  - {id: write, agent: writer, retry: {attempts: 1}}
  - {id: sign, gate: {title: Sign it}}
"""
READY = """
workflow: post
input: {type: object}
budget: {usd: 1}
labels: {owner: letters}
steps:
  - {id: write, agent: writer, fallback: [clerk]}
  - {id: sign, gate: {title: Sign it, deadline: {after: 4h}}}
"""


def spec(**more: object) -> AgentSpec:
    given = {"name": "writer", "role": "Writes.", "runtime": "llm", "tools": (Tool(name="mail", python="a:mail"),)}
    return AgentSpec(**{**given, **more})  # type: ignore[arg-type]


def points(text: str, agent: AgentSpec, **more: object) -> dict[str, Point]:
    flow = read_workflow(read_text(text), None)
    assert isinstance(flow, Workflow)
    facts = Facts(agents={agent.name: agent}, workflows={flow.name: flow}, **more)  # type: ignore[arg-type]
    return {one.name: one for one in report(flow, facts)}


def test_everything_that_lacks_is_named_with_its_remedy() -> None:
    found = points(BARE, spec())
    assert {name for name, one in found.items() if one.state == State.LACKING} == {*found} - {"alert route"}
    assert all(one.remedy for one in found.values())
    assert "sign" in found["timeouts"].words
    assert "writer.mail" in found["risky tools"].words
    assert found["alert route"].state == State.UNKNOWN, "nothing can alert yet, and it says so"
    assert "no alerts yet" in found["alert route"].words


def test_a_workflow_that_is_ready_says_so_at_every_point() -> None:
    good = spec(input_schema=OBJECT, output_schema=OBJECT, owner="letters",
                tools=(Tool(name="mail", python="a:mail", risky=True),))  # fmt: skip
    found = points(READY, good, proofs={"writer": Proof.PROVEN}, routes=("mail to letters",))
    assert [name for name, one in found.items() if one.state != State.READY] == []


@pytest.mark.parametrize(
    ("point", "proofs", "words"),
    [("test bench", {"writer": Proof.FAILING}, "failing: writer"), ("test bench", {}, "unproven: writer")],
)
def test_the_test_bench_has_to_be_green(point: str, proofs: dict[str, Proof], words: str) -> None:
    assert points(BARE, spec(), proofs=proofs)[point].words == words


def test_plain_code_needs_neither_fallback_nor_budget() -> None:
    found = points(BARE, spec(runtime="callable", tools=()))
    assert (found["fallbacks"].state, found["budgets"].state, found["risky tools"].state) == (State.READY,) * 3


def test_a_budget_of_each_step_that_costs_will_do() -> None:
    """A8, C1."""
    one = "{id: write, agent: writer, budget: {usd: 1}}"
    assert points(f"workflow: post\nsteps: [{one}]", spec())["budgets"].state == State.READY
    other = "{id: check, agent: clerk, fallback: [writer]}"
    assert points(f"workflow: post\nsteps: [{one}, {other}]", spec())["budgets"].state == State.LACKING


def test_steps_that_signalbox_adds_are_nobodys_to_mend() -> None:
    pool = """
workflow: post
steps:
  - id: sorted
    supervise: {over: input.items, as: item, agents: [writer, clerk], retries: 0}
"""
    assert points(pool, spec())["retries"].state == State.READY


def test_those_who_may_be_chosen_are_looked_at_like_those_who_are_named() -> None:
    """A3, A8."""
    text = "workflow: post\nsteps: [{id: write, route: {capability: letters}}]"
    assert "writer" in points(text, spec(capabilities=("letters",)))["owner"].words
    assert "writer" not in points(text, spec())["owner"].words
