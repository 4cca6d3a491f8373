"""Pausing and resuming an agent over HTTP."""

from __future__ import annotations

import pytest

from orchestrator.models import AuditEntry
from tests import driven
from tests.api.conftest import Caller


@pytest.fixture(autouse=True)
def agent(surroundings: None) -> None:
    driven.agent("survey")


def test_it_is_paused_with_a_reason_and_resumed_and_both_are_in_the_audit_trail(operator: Caller) -> None:
    paused = operator.post("/agents/survey/pause", {"reason": "maintenance"}).body
    assert (paused["paused"], paused["by"], paused["reason"]) == (True, operator.user.username, "maintenance")
    assert (paused["working"], paused["queued"], paused["since"] is None) == (0, 0, False)
    again = operator.post("/agents/survey/pause").body
    assert (again["since"], again["reason"]) == (paused["since"], "")
    assert operator.post("/agents/survey/resume").body == {
        "paused": False, "since": None, "by": "", "reason": "", "working": 0, "queued": 0,
    }  # fmt: skip
    assert operator.post("/agents/survey/resume").status == 200, "it is not paused, as was asked for"
    told = AuditEntry.objects.filter(noun="agent").order_by("id").values_list("verb", "noun", "noun_id", "data")
    assert list(told) == [
        ("pause", "agent", "survey", {"reason": "maintenance"}),
        ("pause", "agent", "survey", {"reason": ""}),
        ("resume", "agent", "survey", {}),
    ]


def test_who_may_not_and_what_can_not_be_is_said(viewer: Caller, operator: Caller) -> None:
    assert [viewer.post(f"/agents/survey/{act}").status for act in ("pause", "resume")] == [403, 403]
    assert [operator.post(f"/agents/surve/{act}").status for act in ("pause", "resume")] == [404, 404]
    driven.agent("ann", runtime="human")
    refused = operator.post("/agents/ann/pause")
    assert (refused.status, refused.errors) == (422, {"name": "ann is a person, who is asked and has no queue"})
