"""A blackboard and a conversation on the pages of a run: drawn as a stack, told in words, at any moment."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.core.outcomes import Json, Ok
from orchestrator.core.status import RunStatus
from orchestrator.models import Event, Run, User
from orchestrator.services import people, runs
from tests import driven

FLOW = """
workflow: shared
steps:
  - id: assess
    blackboard:
      keys: {facts: {type: array}, risk: {type: integer}}
      start: {facts: "['a']"}
      agents:
        legal: {agent: reader, reads: [facts], writes: [risk]}
        finance: {agent: reader, reads: [facts], writes: [risk]}
  - id: deal
    converse:
      agents: {buyer: reader, seller: reader}
      begin: {to: buyer, text: "'How much is <b>it</b>?'"}
"""
SAID: dict[str, Json] = {
    "assess/legal": {"risk": 3},
    "assess/finance": {"risk": 4},
    "assess/finance#2": {"risk": 4},
    "deal/buyer": {"send": [{"to": "seller", "text": "Ten?"}, {"to": "boss", "text": "May I?"}]},
    "deal/buyer#2": {"answer": 10},
    "deal/seller": {"answer": 10, "send": [{"to": "buyer", "text": "Ten."}]},
}


@pytest.fixture
def run(operator: User) -> Run:
    """Return a run that has come to its end."""
    driven.agent("reader")
    name = driven.workflow(people.shell_account(), FLOW)
    run_id = runs.start(operator, name, {}).run_id
    for _ in range(40):
        for claim in [*driven.claim(8), *driven.claim(8, driven.Lane.QUICK)]:
            said = SAID.get(claim.path)
            driven.carry_out(claim, Ok(output=said) if said is not None else None)
    found = Run.objects.get(pk=run_id)
    assert found.status == RunStatus.SUCCEEDED, found.reason
    return found


def page(client: Client, run: Run, query: str = "") -> str:
    answer = client.get(f"/runs/{run.id}/{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_track_has_a_stack_for_each_and_its_turns_stand_below_it(run: Run, operator_client: Client) -> None:
    text = page(operator_client, run)
    for path in ("assess", "deal"):
        assert f'data-step-path="{path}"' in text
    assert page(operator_client, run, "?step=assess/finance%232")


def test_its_story_says_who_wrote_which_version_and_who_lost(run: Run, operator_client: Client) -> None:
    text = page(operator_client, run, "?tab=events")
    assert "legal&#x27;s turn 1 wrote risk (version 1)" in text
    assert "finance&#x27;s turn 1 lost to legal on risk and is done again" in text
    assert "nobody has anything to add" in text


def test_its_story_has_the_thread(run: Run, operator_client: Client) -> None:
    text = page(operator_client, run, "?tab=events")
    assert "start wrote to buyer: How much is &lt;b&gt;it&lt;/b&gt;?" in text
    assert "buyer wrote to seller: Ten?" in text
    assert "buyer is told that what it sent did not arrive" in text
    assert "all have answered" in text


def test_any_moment_of_it_can_be_seen(run: Run, operator_client: Client) -> None:
    for event in Event.objects.filter(run_id=run.id, type__in=["board.written", "message.sent"]):
        assert page(operator_client, run, f"?at={event.n}")
