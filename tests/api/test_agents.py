"""Agents over HTTP: the same figures as their pages show (C6, A3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from orchestrator.models import Attempt, Run
from tests import cast, driven
from tests.api.conftest import Caller


@pytest.fixture
def run(surroundings: None, operator: Caller) -> Run:
    driven.agent("survey")
    return cast.run(1, operator.user, status="succeeded")


def tried(run: Run, number: int, **more: Any) -> None:
    now = datetime.now(UTC)
    Attempt.objects.create(run_id=run.id, path="a", attempt=number, agent="survey", ended_at=now, started_at=now,
                           **{"status": "succeeded", **more})  # fmt: skip


def test_an_agent_is_shown_with_state_trust_and_what_its_outcomes_cost(run: Run, operator: Caller) -> None:
    tried(run, 1, status="failed", failure="crash", cost_usd="0.25")
    tried(run, 2, cost_usd="0.75")
    (listed,) = operator.get("/agents").body["items"]
    shown = operator.get("/agents/survey").body
    assert {**listed, "outcomes": None} == {**shown, "outcomes": None}
    assert (shown["state"], shown["tried"], shown["success_rate"], shown["cost_usd"]) == ("idle", 2, 0.5, 1.0)
    assert shown["trust"]["tried"] == 2
    assert shown["trust"]["low"] < shown["trust"]["mean"] < shown["trust"]["high"]
    cost = shown["outcomes"]
    assert (cost["over"], cost["accepted"], cost["each_usd"], cost["rework_share"]) == (1, 1, 1.0, 0.25)
    assert (cost["human_minutes_each"], cost["whole_usd"]) == (0.0, None)
    operator.post("/agents/survey/pause")
    assert operator.get("/agents/survey").body["state"] == "paused"


def test_page_and_api_say_the_same(run: Run, operator: Caller, client: Client) -> None:
    tried(run, 1, status="failed", failure="crash", cost_usd="0.25")
    tried(run, 2, cost_usd="0.75")
    client.force_login(operator.user)
    html = client.get("/agents/survey/").content.decode()
    shown = operator.get("/agents/survey").body
    success = re.search(r"Success, 7 days</small> <b>([\d.]+)%", html)
    each = re.search(r"Per accepted outcome</small> <b>\$([\d.]+)<", html)
    assert success is not None
    assert each is not None
    assert float(success[1]) == shown["success_rate"] * 100
    assert float(each[1]) == shown["outcomes"]["each_usd"]


def test_what_nobody_has_a_price_for_is_unknown_and_never_zero(run: Run, operator: Caller) -> None:
    tried(run, 1, cost_usd="0.25")
    tried(run, 2, tokens=100)
    cost = operator.get("/agents/survey").body["outcomes"]
    assert (cost["each_usd"], cost["at_least_usd"], cost["unpriced"]) == (None, 0.25, 1)
