"""A debate that is split, in the inbox: nothing is approved without a choice, and a word is enough to choose (P8)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.models import Gate, Run, User
from orchestrator.services import runs, workflows
from tests import cast

SPLIT = """\
workflow: split
steps:
  - id: decide
    gate:
      title: They are split
      show: {value: "null", votes: "[1, 2]"}
      edit: [value]
      edit_schema: {type: object, required: [value], properties: {value: {type: [string, number, object]}}}
"""


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def gate(operator: User) -> Gate:
    workflows.apply(cast.person("builder"), SPLIT)
    return Gate.objects.get(run_id=runs.start(operator, "split", {}).run_id)


def decide(client: Client, gate: Gate, verdict: str, value: str) -> str:
    sent = {"verdict": verdict, "digest": gate.digest, "edit.value": value, "comment": ""}
    headers = {"HX-Request": "true", "HX-Target": "approval"}
    return client.post(f"/approvals/{gate.pk}/decision/", sent, headers=headers).content.decode()


def test_it_cannot_be_approved_as_it_is(gate: Gate, operator_client: Client) -> None:
    assert re.search(
        r'<input id="edit\.value"[^>]*value=""', operator_client.get(f"/approvals/{gate.pk}/").content.decode()
    )
    html = decide(operator_client, gate, "approve", "")
    assert "It cannot be approved as it is." in html
    assert re.search(r"expected [^<]*a text[^<]*, found null", html), re.findall("expected[^<]*", html)
    assert Gate.objects.get(pk=gate.pk).status == "open"


@pytest.mark.parametrize(("typed", "value"), [("no", "no"), ("7", 7), ('{"plan": 1}', {"plan": 1})])
def test_what_is_typed_is_the_outcome(gate: Gate, operator_client: Client, typed: str, value: object) -> None:
    decide(operator_client, gate, "approve_edits", typed)
    assert Run.objects.get(pk=gate.run_id).output == {"value": value, "votes": [1, 2]}
