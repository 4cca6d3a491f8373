"""What is shown of budgets: on the page of a run, over HTTP, to those who watch over an installation (C1)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from orchestrator.core.outcomes import Usage
from orchestrator.engine.ports import Claim
from orchestrator.models import AgentVersion, Run, User
from orchestrator.queries import spend
from orchestrator.services import people, runs
from orchestrator.store.library import _agent
from orchestrator.store.purse import Purse
from orchestrator.wiring import driver, spending
from tests import cast, driven
from tests.api.test_metrics import figures
from tests.store.test_spend import CALL

FLOW = """
workflow: priced
budget: {usd: 5, calls: 10, minutes: 30}
steps: [{id: first, agent: writer}]
"""


@pytest.fixture
def operator(transactional_db: None, redis_url: str) -> User:
    return cast.person("operator")


@pytest.fixture
def claim(operator: User) -> Claim:
    """Give the claim of a run whose agent has a budget of a day, one call settled, one in flight."""
    driven.agent("writer")
    row = AgentVersion.objects.get(name="writer")
    row.spec |= {"budget": {"day": {"tokens": 1000}}}
    row.save()
    _agent.cache_clear()  # versions never change, but here one did, and each test begins with none
    runs.start(operator, driven.workflow(people.shell_account(), FLOW), {})
    (claim,) = driven.claim()
    spec = driver().actor.library.agent("writer", claim.agent_version)
    purse = Purse(spending(), claim, spec, {"usd": Decimal(20)}, None)  # type: ignore[arg-type]  # nothing waits here
    used = Usage(cost_usd=Decimal("0.01"), tokens=15)
    purse.settle(purse.reserve(used), used, CALL)
    purse.reserve(Usage(cost_usd=Decimal("0.25"), tokens=100))
    return claim


def test_the_run_over_http_has_its_budget_spent_and_held(claim: Claim, operator: User) -> None:
    found = {one.unit: (one.limit, one.spent, one.held) for one in spend.run_budget(Run.objects.get(pk=claim.run_id))}
    assert found["usd"] == (5, Decimal("0.01"), Decimal("0.25"))
    assert found["calls"] == (10, 1, 1)
    client = Client()
    client.force_login(operator)
    page = client.get(f"/runs/{claim.run_id}/").content.decode()
    (usd,) = re.findall(r'data-budget="usd".*?</span>', page)
    assert "$0.010" in usd
    assert "of $5.00, $0.250 held" in usd
    assert "of 10 calls, 1 held" in page


def test_an_agents_day_and_the_day_are_known(claim: Claim, settings: Any) -> None:
    settings.BUDGET_DAY = {"usd": Decimal(20)}
    (line,) = spend.agent_days([AgentVersion.objects.get(name="writer")])["writer"]
    assert (line.unit, line.limit, line.spent, line.held) == ("tokens", 1000, 15, 100)
    (day,) = spend.day_budget()
    assert (day.unit, day.limit, day.spent, day.held) == ("usd", 20, Decimal("0.01"), Decimal("0.25"))
    assert round(day.share, 3) == 0.013


def test_what_was_spent_is_counted_by_provider_and_model(claim: Claim, settings: Any) -> None:
    settings.BUDGET_DAY, settings.METRICS_OPEN = {"usd": Decimal(20)}, True
    found = figures()
    assert found["signalbox_spent_usd_total", "m"] == 0.01
    assert found["signalbox_spent_tokens_total", "m"] == 15
    assert found["signalbox_spent_calls_total", "m"] == 1
    assert found["signalbox_spent_calls_unpriced_total", "m"] == 0
    assert found["signalbox_budget_day_held", "usd"] == 0.25
