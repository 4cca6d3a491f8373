"""Risky calls that wait for a person, on pages without a browser: nobody approves one without seeing it (H6)."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.core.outcomes import Json, Suspended
from orchestrator.engine.work import answered
from orchestrator.models import Gate, Run, User
from orchestrator.queries.gates import my_gates
from orchestrator.queries.inbox import kind_of
from orchestrator.services import gates, people, runs, workflows
from orchestrator.wiring import store
from tests import driven

FLOW = """
workflow: page-payments
input: {type: object}
steps:
  - {id: pay, agent: page-payer}
"""
SCHEMA: Json = {"type": "object", "properties": {"to": {"type": "string"}, "amount": {"type": "integer"}}}


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def gate(operator: User) -> Gate:
    driven.agent("page-payer")
    workflows.apply(people.shell_account(), FLOW)
    run_id = runs.start(operator, "page-payments", {}).run_id
    [claimed] = driven.claim()
    request = {"key": "approve/1", "kind": "approve", "tool": "pay", "schema": SCHEMA, "digest": "d",
               "arguments": {"to": "<b>Ash</b>", "amount": 12}}  # fmt: skip
    driven.carry_out(claimed, Suspended(requests=(request,)))
    return Gate.objects.get(run_id=run_id)


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_inbox_says_who_wants_to_call_what_with_what_and_what_each_decision_does(
    gate: Gate, operator_client: Client
) -> None:
    html = page(operator_client, f"/approvals/{gate.pk}/")
    assert "⚠ tool: pay" in html
    assert "&lt;b&gt;Ash&lt;/b&gt;" in html
    assert "<b>Ash</b>" not in html
    assert all(f'name="edit.{name}"' in html for name in ("to", "amount"))
    assert "page-payer makes this call, once, as it stands here" in html
    assert "the call is never made, and page-payer is told so" in html


def test_a_risky_call_is_approved_only_where_it_is_shown_and_never_with_others(
    gate: Gate, operator: User, operator_client: Client
) -> None:
    overview = page(operator_client, "/")
    assert "⚠ tool: pay" in overview
    assert 'value="approve"' not in overview
    assert kind_of(gate, Run.objects.get(pk=gate.run_id)) == ""
    assert list(my_gates(operator)) == [gate]


def test_the_drawer_of_the_step_shows_the_call_and_not_how_it_is_described(gate: Gate, operator_client: Client) -> None:
    html = page(operator_client, f"/runs/{gate.run_id}/?step=pay%2FApprove")
    assert "&quot;tool&quot;: &quot;pay&quot;" in html
    assert "properties" not in html


def test_what_a_person_changed_is_what_the_agent_is_told(gate: Gate, operator: User) -> None:
    """H2, H6."""
    gates.decide(operator, gate.pk, "approve", {"amount": 10}, "Less will do.")
    [claimed] = driven.claim()
    answer = answered(claimed, store())["approve/1"]
    assert isinstance(answer, dict)
    assert (answer["verdict"], answer["arguments"]) == ("approved", {"to": "<b>Ash</b>", "amount": 10})
    assert (answer["digest"], answer["comment"]) == ("d", "Less will do.")


def test_changes_that_do_not_fit_the_tool_are_refused(gate: Gate, operator_client: Client) -> None:
    sent = {"verdict": "approve_edits", "digest": gate.digest, "comment": "", "edit.to": "Ash", "edit.amount": "much"}
    got = operator_client.post(f"/approvals/{gate.pk}/decision/", sent, headers={"HX-Request": "true"})
    assert got.status_code == 422
    assert Gate.objects.get().status == "open"


def test_the_step_is_drawn_as_one_that_waits(gate: Gate, operator_client: Client) -> None:
    html = page(operator_client, f"/runs/{gate.run_id}/")
    assert "<title>pay: waiting" in html
