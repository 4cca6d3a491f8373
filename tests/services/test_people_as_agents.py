"""Agents that are people, against the database (A2): asked, answered, refused in words, and no attempt anywhere."""

from __future__ import annotations

import pytest
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import RejectedError, RejectedForbidden
from orchestrator.core.parse_agent import read_agent
from orchestrator.files.yaml_text import read_text
from orchestrator.models import AgentVersion, Attempt, AuditEntry, Gate, QueueEntry, Run, Step, User
from orchestrator.queries.acts import acts_on
from orchestrator.services import agents, gates, runs, workflows
from orchestrator.store.verify import findings
from orchestrator.wiring import driver, store
from tests import cast, driven

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


def keep(by: User, spec: AgentSpec) -> AgentVersion:
    """Keep an agent as whoever applies a folder does: in a transaction."""
    with transaction.atomic():
        return agents.keep(by, spec).version


@pytest.fixture
def gate(operator: User) -> Gate:
    builder = cast.person("builder")
    keep(builder, agent(CLERK))
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
    keep(builder, agent(CLERK.replace("deadline: 4h", "group: accountants").replace("clerk", "auditor")))
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


CHECKER = """
agent: checker
role: Decides on an invoice by a rule.
runtime: scripted
settings: {outcomes: [{ok: {verdict: refuse}}]}
output:
  type: object
  required: [verdict]
  properties: {verdict: {enum: [pay, refuse]}, note: {type: string, minLength: 3}, by: {type: integer}}
"""


def test_a_step_that_began_as_a_person_gets_an_agent_that_was_written_later(operator: User, gate: Gate) -> None:
    """A2."""
    keep(User.objects.get(username="builder"), agent(CHECKER))
    with pytest.raises(RejectedError) as refused:
        runs.assign(operator, gate.run_id, "check", "nobody")
    assert refused.value.problems[0].path == "agent"
    run = runs.assign(operator, gate.run_id, "check", "checker", "once")
    assert runs.assign(operator, gate.run_id, "check", "checker", "once").n == run.n
    assert (run.agents, Gate.objects.get().status) == ({"clerk": 1, "checker": 1}, "withdrawn")
    assert QueueEntry.objects.get().agent == "checker"
    assert driven.work_off() == 1
    run.refresh_from_db()
    assert (run.status, AuditEntry.objects.filter(verb="assign")[0].data["agent"]) == ("succeeded", "checker")
    assert list(findings(store(), driver().actor.library)) == []


def test_a_person_takes_an_agent_s_step_over_and_only_operators_do(operator: User, gate: Gate) -> None:
    """A2."""
    keep(User.objects.get(username="builder"), agent(CHECKER))
    runs.assign(operator, gate.run_id, "check", "checker")
    with pytest.raises(RejectedForbidden):
        runs.assign(cast.person("viewer"), gate.run_id, "check")
    runs.assign(operator, gate.run_id, "check")
    (form,) = Gate.objects.filter(status="open")
    assert (form.path, form.title, QueueEntry.objects.exists()) == (
        "check/Form#3", "Decides on an invoice by a rule.", False,
    )  # fmt: skip
    gates.decide(operator, form.pk, "answer", {"verdict": "pay"})
    assert Run.objects.get().output == {"verdict": "pay"}
    assert acts_on(Run.objects.get(), "check").give == ()


def test_who_could_have_a_step_is_who_has_a_contract_like_it(operator: User, gate: Gate) -> None:
    builder = User.objects.get(username="builder")
    keep(builder, agent(CHECKER))
    keep(builder, agent(CHECKER.replace("checker", "talker").replace("required: [verdict]", "required: []")
                               .replace("[pay, refuse]", "[yes, no]")))  # fmt: skip
    can = acts_on(Run.objects.get(), "check")
    assert (can.take, can.give) == (False, ("checker",))
    runs.assign(operator, gate.run_id, "check", "checker")
    can = acts_on(Run.objects.get(), "check")
    assert (can.take, can.give) == (True, ())
