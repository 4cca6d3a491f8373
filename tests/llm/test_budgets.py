"""Budgets of agents that are models, through real workers and children, against a server that counts (C1, S20)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Json
from orchestrator.models import Attempt, Budget, Reservation, Run, Spend, Step, User
from orchestrator.services import agents, people
from orchestrator.store.spend_check import checked
from tests import cast
from tests.llm.answers import Answer
from tests.llm.server import ModelServer
from tests.test_budgets import MANY, begin, work

PRICES: Json = {"input": 1, "output": 10}
CALL = Decimal("0.00012")
"""What one answer of the server costs: 20 tokens in, 10 out."""


@pytest.fixture
def operator(transactional_db: None, redis_url: str) -> Iterator[User]:
    wiring.runtimes.cache_clear()
    yield cast.person("operator")
    wiring.runtimes().close()
    wiring.runtimes.cache_clear()


def model(name: str, server: ModelServer, settings: dict[str, Json] | None = None, **more: Any) -> str:
    """Keep an agent that is a model behind the server."""
    given: dict[str, Json] = {"model": "openai:tiny", "base_url": server.url, "max_tokens": 10, "prices": PRICES}
    spec = AgentSpec(name=name, role="Answers.", runtime="llm", lane=Lane.SLOW, settings=given | (settings or {}),
                     timeout_seconds=30.0, **more)  # fmt: skip
    with transaction.atomic():
        agents.keep(people.shell_account(), spec)
    return name


def run_of(by: User, name: str, budget: str, agent: str, width: int) -> Run:
    text = MANY.format(name=name, budget=budget, agent=agent, tolerate=0)
    return work(begin(by, text, {"list": list(range(width)), "url": ""}), slots=2, slow=4)


@pytest.mark.parametrize("budget", ["budget: {calls: 50}", "budget: {usd: 0.006}"])
def test_two_hundred_calls_against_a_budget_of_fifty(operator: User, server: ModelServer, budget: str) -> None:
    """C1: at most 50 are made, the rest fail with the budget's name, and the book says what the server says."""
    run = run_of(operator, "models", budget, model(f"clerk-{budget[9:12].strip(': ')}", server), 200)
    made = len(server.asked)
    assert made == 50 if "calls" in budget else 30 <= made <= 50
    assert (run.status, Step.objects.get(run_id=run.id, path="").failure) == ("failed", "over_budget"), run.reason
    failed = Step.objects.filter(run_id=run.id, path__startswith="each[", status="failed")
    assert failed.count() == 200 - made
    others = [one.reason for one in failed if "The run budget does not hold this call" not in one.reason]
    assert others == []
    sums = Spend.objects.aggregate(calls=Sum("calls"), tokens=Sum("tokens"), usd=Sum("usd"))
    assert sums == {"calls": made, "tokens": server.tokens, "usd": int(made * CALL * 1_000_000_000)}
    assert sum(Decimal(str(one)) for one in Spend.objects.values_list("cost_usd", flat=True)) == made * CALL
    assert Decimal(run.cost_usd or 0) == made * CALL
    kept = Budget.objects.get(key=f"run:{run.id}")
    assert (kept.calls, kept.tokens, kept.usd) == (sums["calls"], sums["tokens"], sums["usd"])
    assert not Reservation.objects.exists()
    assert checked(wiring.store()) == []


def test_a_call_past_its_own_cap_is_cut_in_mid_stream_and_what_came_is_in_the_book(
    operator: User, server: ModelServer
) -> None:
    """C1, S20: the capped call is cut off."""
    server.script(Answer(text="word " * 2000, between=0.002, piece=20))
    name = model("talker", server, {"max_tokens": 4000}, budget={"call": {"tokens": 300}, "day": {"calls": 10}})
    run = run_of(operator, "capped", "budget: {tokens: 5000}", name, 1)
    (asked,) = server.asked
    assert not asked.whole
    assert (run.status, Step.objects.get(run_id=run.id, path="").failure) == ("failed", "over_budget")
    assert "One call may use 300 tokens" in run.reason
    row = Spend.objects.get()
    assert 300 < row.tokens < 400
    assert Attempt.objects.get(run_id=run.id, agent=name).tokens == row.tokens
    assert Budget.objects.get(key=f"run:{run.id}").tokens == row.tokens
    assert checked(wiring.store()) == []


def test_an_agents_day_and_the_day_stop_models_alike(operator: User, server: ModelServer, settings: Any) -> None:
    """C1."""
    limited = model("limited-model", server, budget={"day": {"usd": 0.003}})
    first = run_of(operator, "agents-day", "", limited, 30)
    assert "day budget of agent 'limited-model'" in first.reason
    made = len(server.asked)
    assert made <= 25
    settings.BUDGET_DAY = {"usd": made * CALL + 10 * CALL}
    second = run_of(operator, "the-day", "", model("free-model", server), 30)
    assert "The day budget" in second.reason
    assert "SIGNALBOX_BUDGET_DAY_USD" in second.reason
    assert len(server.asked) <= made + 10
    assert Spend.objects.aggregate(tokens=Sum("tokens"))["tokens"] == server.tokens
    assert checked(wiring.store()) == []


def test_a_model_whose_price_nobody_knows_is_not_asked_under_a_budget_in_money(
    operator: User, server: ModelServer
) -> None:
    """C1: unknown is never zero."""
    name = model("unpriced", server)
    with transaction.atomic():
        given: dict[str, Json] = {"model": "openai:tiny", "base_url": server.url}
        spec = AgentSpec(name=name, role="Answers.", runtime="llm", lane=Lane.SLOW, settings=given)
        agents.keep(people.shell_account(), spec)
    run = run_of(operator, "unknown", "budget: {usd: 5}", name, 1)
    assert "nobody knows what a call of agent 'unpriced' costs" in run.reason
    assert server.asked == []
    run = run_of(operator, "known", "budget: {tokens: 50000}", name, 1)
    assert run.status == "succeeded"
    assert (Spend.objects.get().cost_usd, Spend.objects.get().tokens) == (None, 30)
