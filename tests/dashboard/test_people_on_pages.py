"""Forms of people who are agents, without a browser: in the inbox, and in the drawer of a card (A2)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.models import AgentVersion, Gate, Run, User
from orchestrator.services import people, runs, workflows

FRAGMENT = {"HX-Request": "true", "HX-Target": "approval"}
RETURNS = {"type": "object", "required": ["verdict"],
           "properties": {"verdict": {"enum": ["pay", "refuse"]}, "sure": {"type": "boolean"},
                          "note": {"type": "string", "description": "Why."}}}  # fmt: skip
FLOW = """
workflow: page-invoices
input: {type: object}
steps:
  - {id: check, agent: page-clerk}
"""


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def gate(operator: User) -> Gate:
    spec = {"name": "page-clerk", "role": "Decides.", "runtime": "human", "lane": "remote", "output_schema": RETURNS,
            "instructions": "Compare it <b>well</b>.", "settings": {"title": "Check the invoice"}}  # fmt: skip
    AgentVersion.objects.create(name="page-clerk", version=1, digest="x", spec=spec)
    workflows.apply(people.shell_account(), FLOW)
    return Gate.objects.get(run_id=runs.start(operator, "page-invoices", {"amount": 12}).run_id)


def answer(client: Client, gate: Gate, pressed: str, **typed: str) -> tuple[int, str]:
    sent = {"verdict": pressed, "digest": gate.digest, "comment": "",
            **{f"edit.{name}": text for name, text in typed.items()}}  # fmt: skip
    got = client.post(f"/approvals/{gate.pk}/decision/", sent, headers=FRAGMENT)
    return got.status_code, got.content.decode()


def test_the_inbox_asks_for_an_answer_and_not_for_an_approval(gate: Gate, operator_client: Client) -> None:
    html = operator_client.get(f"/approvals/{gate.pk}/").content.decode()
    assert re.findall(r'<button[^>]*name="verdict"[^>]*aria-label="([^"]+)"', html) == ["Answer", "Decline"]
    assert "Compare it &lt;b&gt;well&lt;/b&gt;." in html
    assert all(f'name="edit.{name}"' in html for name in ("verdict", "sure", "note"))


def test_an_answer_from_the_inbox_is_the_output(gate: Gate, operator_client: Client) -> None:
    assert answer(operator_client, gate, "answer", verdict="pay", sure="on", note="")[0] == 200
    run = Run.objects.get()
    assert (run.status, run.output) == ("succeeded", {"verdict": "pay", "sure": True})


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(gate: Gate, operator_client: Client) -> None:
    status, html = answer(operator_client, gate, "answer", verdict="", sure="", note="still here")
    assert (status, "still here" in html, "is missing" in html) == (422, True, True)
    assert Gate.objects.get().status == "open"


def test_who_declines_says_why(gate: Gate, operator_client: Client) -> None:
    assert answer(operator_client, gate, "reject")[0] == 422
    sent = {"verdict": "reject", "digest": gate.digest, "comment": "not mine"}
    operator_client.post(f"/approvals/{gate.pk}/decision/", sent, headers=FRAGMENT)
    assert "not mine" in Run.objects.get().reason
