"""Agents that are people, against the database (A2): asked, answered, refused in words, and no attempt anywhere."""

from __future__ import annotations

import pytest

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import RejectedError, RejectedForbidden
from orchestrator.core.parse_agent import read_agent
from orchestrator.files.yaml_text import read_text
from orchestrator.models import Attempt, Gate, QueueEntry, Run, Step, User
from orchestrator.services import agents, gates, runs, workflows
from orchestrator.store.verify import findings
from orchestrator.wiring import driver, store
from tests import cast

CLERK = """
agent: clerk
role: Decides on an invoice.
runtime: human
instructions: Compare it with the order.
settings: {title: Check the invoice, deadline: 4h}
output:
  type: object
  required: [verdict]
  properties: {verdict: {enum: [pay, refuse]}, note: {type: string, minLength: 3}, by: {type: integer}}
"""
FLOW = """
workflow: invoices
input: {type: object, required: [amount], properties: {amount: {type: number}}}
steps:
  - {id: check, agent: clerk}
output: steps.check.output
"""


def agent(text: str) -> AgentSpec:
    found = read_agent(read_text(text), wiring.runtimes())
    assert isinstance(found, AgentSpec), found
    return found


@pytest.fixture
def gate(operator: User) -> Gate:
    builder = cast.person("builder")
    agents.keep(builder, agent(CLERK))
    workflows.apply(builder, FLOW)
    return Gate.objects.get(run_id=runs.start(operator, "invoices", {"amount": 12}).run_id)


def test_a_person_s_step_waits_as_a_form_and_no_attempt_is_queued(gate: Gate) -> None:
    """A2."""
    assert (gate.path, gate.title, gate.deadline_at is not None) == ("check/Form", "Check the invoice", True)
    assert gate.shown == {"what to do": "Compare it with the order.", "amount": 12}
    assert Run.objects.get().status == "waiting"
    assert not QueueEntry.objects.exists()


def test_an_answer_is_the_step_s_output_and_everything_agrees(operator: User, gate: Gate) -> None:
    """A2."""
    gates.decide(operator, gate.pk, "answer", {"verdict": "pay"}, digest=gate.digest)
    assert gates.decide(operator, gate.pk, "answer", {"verdict": "pay"}, digest=gate.digest).status == "approved"
    run = Run.objects.get()
    assert (run.status, run.output, run.retries) == ("succeeded", {"verdict": "pay"}, 0)
    assert Step.objects.get(path="check").agent == "clerk"
    assert not Attempt.objects.exists()
    assert list(findings(store(), driver().actor.library)) == []


@pytest.mark.parametrize(("answer", "path", "words"), [
    ({}, "edits.verdict", "is missing"), ({"verdict": "perhaps"}, "edits.verdict", "pay"),
    ({"verdict": "pay", "note": "a"}, "edits.note", "3"), ({"verdict": "pay", "by": "x"}, "edits.by", "whole number"),
    ({"verdict": "pay", "other": 1}, "edits.other", "may not be changed"),
])  # fmt: skip
def test_an_answer_that_does_not_fit_the_contract_is_refused_at_its_field(
    operator: User, gate: Gate, answer: dict[str, object], path: str, words: str
) -> None:
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, "answer", answer)
    (problem,) = refused.value.problems
    assert (problem.path, words in str(problem)) == (path, True), problem
    assert Gate.objects.get().status == "open"


def test_only_the_group_that_is_named_answers(operator: User) -> None:
    builder = cast.person("builder")
    agents.keep(builder, agent(CLERK.replace("deadline: 4h", "group: accountants").replace("clerk", "auditor")))
    workflows.apply(builder, FLOW.replace("clerk", "auditor"))
    runs.start(operator, "invoices", {"amount": 12})
    with pytest.raises(RejectedForbidden) as refused:
        gates.decide(operator, Gate.objects.get().pk, "answer", {"verdict": "pay"})
    assert "accountants" in refused.value.detail


@pytest.mark.parametrize(("settings", "words"), [
    ("{titel: x}", "'titel' is not a setting of a person; did you mean 'title'?"),
    ("{role: boss}", "this is no role"), ("{deadline: soon}", "must be a time such as"),
    ("{group: 3}", "must be a text"), ("{not_starter: maybe}", "must be true or false"),
])  # fmt: skip
def test_settings_of_a_person_are_checked_where_they_are_written(settings: str, words: str) -> None:
    text = f"agent: a\nrole: Looks.\nruntime: human\nsettings: {settings}\n"
    found = read_agent(read_text(text), wiring.runtimes())
    assert not isinstance(found, AgentSpec)
    assert (found[0].line, words in str(found[0])) == (4, True), found
