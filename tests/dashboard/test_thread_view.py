"""View of a conversation on the page of a run: messages with hops, pairs, who is down, and the end (P11)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.core.outcomes import Failure, Json, Ok
from orchestrator.models import Event, User
from tests import driven
from tests.dashboard.patterned import begun, view

DEAL = """
workflow: dealt
steps:
  - id: deal
    converse:
      agents: {buyer: una, seller: vic}
      begin: {to: buyer, text: "'Get me <ten>.'"}
      replace: {seller: wes}
      conflict: {precedence: [buyer]}
"""
OUT: Json = {
    "type": "object",
    "properties": {
        "send": {"type": "array", "items": {"type": "object"}},
        "answer": {"type": "string"}, "done": {"type": "boolean"},
    },
}  # fmt: skip


def turn(output: Json = None) -> None:
    """Let whoever has mail take its turn; without an output it fails."""
    (one,) = [*driven.claim(1), *driven.claim(1, driven.Lane.QUICK)][:1]
    if output is None:
        driven.tell(one, failure=Failure.REFUSED, reason="out of office")
    else:
        driven.carry_out(one, Ok(output=output))
    driven.drain(one.run_id)


@pytest.fixture
def dealt(operator: User) -> str:
    """Return a conversation in which the seller has mail, after two messages."""
    for name in ("una", "vic", "wes"):
        driven.agent(name, returns=OUT)
    run_id = begun(operator, DEAL)
    while quick := driven.claim(1, driven.Lane.QUICK):
        driven.carry_out(quick[0])
    turn({"send": [{"to": "seller", "text": "How much for ten?"}]})
    return run_id


def test_a_thread_shows_who_wrote_what_to_whom_and_through_whom(dealt: str, operator_client: Client) -> None:
    html = view(operator_client, dealt, "deal")
    assert re.findall(r'data-message="(\d)"', html) == ["1", "2"]
    assert "Get me &lt;ten&gt;." in html
    assert re.findall(r'data-peer="(\w+)"', html) == ["buyer", "seller"]
    assert 'data-pair="buyer ↔ seller"' in html
    assert "Why it ended" not in html


def test_a_dead_peer_and_the_end_are_told(dealt: str, operator_client: Client) -> None:
    turn()
    assert "takes over its inbox" in view(operator_client, dealt, "deal")
    turn({"send": [{"to": "buyer", "text": "Nine."}], "answer": "nine"})
    turn({"answer": "nine", "done": True})
    html = view(operator_client, dealt, "deal")
    assert re.findall(r'data-message="(\d)"', html) == ["1", "2", "3"]
    assert "through buyer → seller" in html
    assert "<b>Why it ended:</b>" in html
    assert html.count("has answered") == 2


def test_a_thread_of_then_has_the_messages_of_then(dealt: str, operator_client: Client) -> None:
    first = Event.objects.filter(run_id=dealt, type="message.sent").order_by("n")[0]
    html = view(operator_client, dealt, "deal", at=str(first.n))
    assert re.findall(r'data-message="(\d)"', html) == ["1"]
