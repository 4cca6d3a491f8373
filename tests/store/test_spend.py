"""The book of what was spent: held before a call, settled after it, once, in every budget it counts towards (C1)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Ok, Usage, Waits
from orchestrator.engine import budgets
from orchestrator.engine.admission import Entry
from orchestrator.engine.budgets import BudgetRefused
from orchestrator.engine.ports import Claim
from orchestrator.engine.requests import StartRequest
from orchestrator.models import Budget, Reservation, Spend
from orchestrator.reliability.budget import Charge
from orchestrator.store.budget_door import BudgetDoor
from orchestrator.store.purse import Purse
from orchestrator.store.spend import Bill, Refused, Spending, caller
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World, in_threads
from tests.core.workflows import workflow

pytestmark = pytest.mark.django_db
SPEC = AgentSpec(name="quick", role="Answers at once.", runtime="llm", lane=Lane.QUICK)
CALL = Bill(provider="openai", model="m", tokens_in=10, tokens_out=5, cost_usd="0.01", seconds=0.5)
CENT = Usage(cost_usd=Decimal("0.01"), tokens=15)


@pytest.fixture
def spending(world: World) -> Spending:
    assert isinstance(world.store, DjangoStore)
    return Spending(world.store)


def started(world: World, count: int = 1, **more: Any) -> list[Claim]:
    """Start a run whose steps are all to be done at once, and claim them."""
    branches = {f"b{number}": {"agent": "quick"} for number in range(count)}
    made = workflow({"id": "p", "parallel": {"branches": branches}}, **more)
    world.library.add(made)
    world.engine.start(StartRequest(workflow=made.name, version=made.version, input={}, actor="1"))
    claims = world.claim(count=count)
    assert len(claims) == count
    return claims


def purse(spending: Spending, claim: Claim, spec: AgentSpec = SPEC, **day: object) -> Purse:
    return Purse(spending, claim, spec, day, Event())


def held(key: str) -> tuple[int, int, int, int]:
    return Budget.objects.values_list("usd_held", "tokens_held", "calls_held", "minutes_held").get(key=key)


def spent(key: str) -> tuple[int, int, int, int]:
    return Budget.objects.values_list("usd", "tokens", "calls", "minutes").get(key=key)


def test_a_call_is_held_in_its_run_and_settled_with_what_it_took(world: World, spending: Spending) -> None:
    (claim,) = started(world, budget={"usd": 1, "calls": 3})
    mine = purse(spending, claim)
    id_ = mine.reserve(Usage(cost_usd=Decimal("0.25"), tokens=900))
    assert held(f"run:{claim.run_id}") == (250_000_000, 900, 1, 60_000)
    mine.settle(id_, CENT, CALL)
    assert held(f"run:{claim.run_id}") == (0, 0, 0, 0)
    assert spent(f"run:{claim.run_id}") == (10_000_000, 15, 1, 500)
    row = Spend.objects.get()
    assert (row.id, row.agent, row.provider, row.cost_usd, row.tokens_in, row.tokens_out, row.is_estimate) == (
        id_, "quick", "openai", "0.01", 10, 5, False)  # fmt: skip
    assert not Reservation.objects.exists()


def test_settling_twice_counts_once(world: World, spending: Spending) -> None:
    (claim,) = started(world, budget={"usd": 1})
    id_, who = uuid.uuid4().hex, caller(claim, SPEC)
    scopes = partial(budgets.scopes, claim, SPEC, {})
    for _ in range(2):
        assert spending.reserve(id_, who, claim.fence, scopes, Charge(usd=5, calls=1)) == Charge(usd=5, calls=1)
    assert held(f"run:{claim.run_id}") == (5, 0, 1, 0)
    for _ in range(2):
        spending.settle(id_, who, lambda held: Charge(usd=3, calls=1), CALL)
    assert (held(f"run:{claim.run_id}"), spent(f"run:{claim.run_id}")) == ((0, 0, 0, 0), (3, 0, 1, 0))
    assert Spend.objects.count() == 1


def test_who_asks_again_not_knowing_whether_it_was_held_holds_it_once(world: World, spending: Spending) -> None:
    """C1: the connection broke after the database had written it."""
    (claim,) = started(world, budget={"usd": 1})
    mine, id_ = purse(spending, claim), uuid.uuid4().hex
    assert {mine.reserve(CENT, id_), mine.reserve(CENT, id_)} == {id_}
    assert (held(f"run:{claim.run_id}")[2], Reservation.objects.count()) == (1, 1)


def test_a_call_that_was_not_made_gives_everything_back(world: World, spending: Spending) -> None:
    (claim,) = started(world, budget={"usd": 1})
    mine = purse(spending, claim)
    mine.settle(mine.reserve(CENT), Usage(), Bill())
    assert (held(f"run:{claim.run_id}"), spent(f"run:{claim.run_id}")) == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert not Spend.objects.exists()


def test_a_refusal_names_the_budget_its_limit_what_is_spent_and_the_remedy(world: World, spending: Spending) -> None:
    """S20: once something did not fit, nothing more begins in that run."""
    (claim,) = started(world, budget={"usd": 0.02})
    mine = purse(spending, claim)
    mine.settle(mine.reserve(CENT), CENT, CALL)
    words = (
        "The run budget does not hold this call of agent 'quick' (usd: limit 0.02 usd, spent 0.01 usd, held for calls "
        "in flight 0 usd, wanted 0.05 usd). Raise budget.usd of its workflow, and start it again."
    )
    with pytest.raises(BudgetRefused, match=re.escape(words)):
        mine.reserve(Usage(cost_usd=Decimal("0.05"), tokens=5))
    with pytest.raises(
        BudgetRefused, match=r"nothing begins under it since a call did not fit \(usd: limit 0.02 usd, spent 0.01 usd"
    ):
        mine.reserve(Usage(cost_usd=Decimal("0.001"), tokens=5))


def test_calls_of_child_runs_count_towards_the_runs_above_them(world: World, spending: Spending) -> None:
    """Correct under parallel children."""
    world.knows("below", {"id": "a", "agent": "quick"})
    made = workflow({"id": "w", "workflow": "below"}, budget={"calls": 1})
    world.library.add(made)
    top = world.engine.start(StartRequest(workflow=made.name, version=made.version, input={}, actor="1")).run_id
    (claim,) = world.claim()
    assert claim.run_id != top
    assert claim.budgets == {top: {"calls": 1}}
    mine = purse(spending, claim)
    mine.settle(mine.reserve(CENT), CENT, CALL)
    assert spent(f"run:{top}") == (10_000_000, 15, 1, 500)
    with pytest.raises(BudgetRefused, match=f"run budget of {top}, which this run is a part of, does not hold"):
        mine.reserve(CENT)


def test_two_hundred_at_once_against_fifty_hold_fifty(world: World, spending: Spending) -> None:
    """C1: the conditional update is what decides, whoever comes together with whom."""
    (claim,) = started(world, budget={"calls": 50})
    who, scopes = caller(claim, SPEC), partial(budgets.scopes, claim, SPEC, {})

    def ask() -> list[object]:
        wanted = Charge(calls=1)
        return [spending.reserve(uuid.uuid4().hex, who, claim.fence, scopes, wanted) for _ in range(25)]

    found = [one for each in in_threads(world, *[ask] * 8) for one in each]
    assert sum(isinstance(one, Charge) for one in found) == 50
    assert sum(isinstance(one, Refused) for one in found) == 150
    assert held(f"run:{claim.run_id}")[2] == Reservation.objects.count() == 50


def test_one_that_fits_once_others_have_settled_waits_for_them(world: World, spending: Spending) -> None:
    first, second = started(world, count=2, budget={"usd": 0.1})
    busy, waiting = purse(spending, first), purse(spending, second)
    id_ = busy.reserve(Usage(cost_usd=Decimal("0.09"), tokens=5))
    done = Event()

    def waits() -> str:
        try:
            return waiting.reserve(Usage(cost_usd=Decimal("0.05"), tokens=5))
        finally:
            done.set()

    def settles() -> str:
        assert not done.wait(0.3)
        busy.settle(id_, CENT, CALL)
        return ""

    assert in_threads(world, waits, settles)[0]
    assert held(f"run:{first.run_id}")[0] == 50_000_000


def test_it_waits_no_longer_than_its_attempt_may_take(world: World, spending: Spending) -> None:
    first, second = started(world, count=2, budget={"usd": 0.1})
    purse(spending, first).reserve(Usage(cost_usd=Decimal("0.09"), tokens=5))
    with pytest.raises(BudgetRefused, match=r"held for calls in flight 0\.09 usd"):
        purse(spending, replace(second, timeout_seconds=0.1)).reserve(Usage(cost_usd=Decimal("0.05"), tokens=5))
    assert Budget.objects.get().closed == ""


def test_the_budgets_of_a_step_an_agents_day_and_a_day_each_hold(world: World, spending: Spending) -> None:
    for named, spec, day in (
        ("step budget of agent 'quick'", replace(SPEC, budget={"step": {"calls": 1}}), {}),
        ("day budget of agent 'quick'", replace(SPEC, budget={"day": {"calls": 2}}), {}),
        ("The day budget", SPEC, {"calls": 3}),
    ):
        (claim,) = started(world)
        mine = purse(spending, claim, spec, **day)
        mine.settle(mine.reserve(CENT), CENT, CALL)
        with pytest.raises(BudgetRefused, match=f"{named} does not hold this call"):
            mine.reserve(CENT)


def test_a_day_begins_with_what_it_has_cost_before_anybody_set_a_limit(world: World, spending: Spending) -> None:
    (claim,) = started(world)
    mine = purse(spending, claim)
    for _ in range(3):
        mine.settle(mine.reserve(CENT), CENT, CALL)
    assert not Budget.objects.exists()
    with pytest.raises(BudgetRefused, match="limit 3 calls, spent 3 calls"):
        purse(spending, claim, calls=3).reserve(CENT)


def test_an_unknown_price_is_refused_where_a_budget_is_in_money_and_never_counts_as_nothing(
    world: World, spending: Spending
) -> None:
    (claim,) = started(world, budget={"usd": 1})
    unknown = Usage(tokens=10)
    with pytest.raises(BudgetRefused, match=r"run budget is in usd, and nobody knows what a call .* Give its prices"):
        purse(spending, claim).reserve(unknown)
    (other,) = started(world, budget={"tokens": 100})
    capped = replace(SPEC, budget={"call": {"usd": 1}})
    with pytest.raises(BudgetRefused, match="call budget is in usd"):
        purse(spending, other, capped).reserve(unknown)
    mine = purse(spending, other)
    mine.settle(mine.reserve(unknown), unknown, replace(CALL, cost_usd=None))
    assert Spend.objects.get().cost_usd is None


def test_no_more_is_held_than_one_call_may_take(world: World, spending: Spending) -> None:
    """C1: a call past its own cap is cut off there."""
    (claim,) = started(world, budget={"usd": 1})
    capped = replace(SPEC, budget={"call": {"usd": 0.05, "tokens": 100}})
    purse(spending, claim, capped).reserve(Usage(cost_usd=Decimal(3), tokens=5000))
    assert held(f"run:{claim.run_id}")[:2] == (50_000_000, 100)


def test_what_a_dead_worker_held_is_settled_by_the_sweep_and_marked(world: World, spending: Spending) -> None:
    """The call may have been made, so all that was held counts."""
    (claim,) = started(world, budget={"usd": 1})
    mine = purse(spending, claim)
    id_ = mine.reserve(CENT)
    assert spending.settle_gone() == 0
    world.store.beat("w", -1.0)
    world.engine.sweep()
    assert spending.settle_gone() == 1
    assert spending.settle_gone() == 0
    assert (held(f"run:{claim.run_id}")[0], spent(f"run:{claim.run_id}")[0]) == (0, 10_000_000)
    row = Spend.objects.get()
    assert (row.id, row.is_estimate, row.cost_usd, row.usd) == (id_, True, None, 10_000_000)


def test_a_worker_that_was_only_slow_mends_the_estimate(world: World, spending: Spending) -> None:
    """S6."""
    (claim,) = started(world, budget={"usd": 1})
    mine = purse(spending, claim)
    id_ = mine.reserve(Usage(cost_usd=Decimal("0.5"), tokens=5000))
    world.store.beat("w", -1.0)
    world.engine.sweep()
    spending.settle_gone()
    mine.settle(id_, CENT, CALL)
    assert spent(f"run:{claim.run_id}") == (10_000_000, 15, 1, 500)
    row = Spend.objects.get()
    assert (row.is_estimate, row.cost_usd) == (False, "0.01")


def test_an_attempt_whose_process_was_killed_settles_what_it_held(world: World, spending: Spending) -> None:
    (claim,) = started(world, budget={"usd": 1})
    mine = purse(spending, claim)
    mine.reserve(CENT)
    mine.close()
    assert spent(f"run:{claim.run_id}")[0] == 10_000_000
    assert Spend.objects.get().is_estimate


def test_work_that_nobody_meters_counts_as_one_call_and_its_time(world: World, spending: Spending) -> None:
    (claim,) = started(world, budget={"calls": 2, "minutes": 1, "usd": 5})
    door = BudgetDoor(spending, dict, lambda spec: False)
    entry = Entry(claim=claim, spec=SPEC, input={})
    assert door.admit(entry) is None
    assert held(f"run:{claim.run_id}") == (0, 0, 1, 60_000)
    door.leave(entry, Ok(), 1.5)
    assert spent(f"run:{claim.run_id}") == (0, 0, 1, 1500)
    assert door.admit(entry) is None
    door.leave(entry, Waits(key="k", seconds=1), 0.1)
    assert spent(f"run:{claim.run_id}") == (0, 0, 1, 1500)


def test_an_attempt_waits_without_a_slot_while_a_budget_is_full_and_fails_once_it_is_used_up(
    world: World, spending: Spending
) -> None:
    first, second = started(world, count=2, budget={"calls": 1})
    for is_metered in (False, True):
        door = BudgetDoor(spending, dict, lambda spec, it=is_metered: it)  # type: ignore[misc]
        if not is_metered:
            assert door.admit(Entry(claim=first, spec=SPEC, input={})) is None
        waits = door.admit(Entry(claim=second, spec=SPEC, input={}))
        assert isinstance(waits, Waits)
    plain = BudgetDoor(spending, dict, lambda spec: False)
    plain.leave(Entry(claim=first, spec=SPEC, input={}), Ok(), 0.1)
    for is_metered in (False, True):
        door = BudgetDoor(spending, dict, lambda spec, it=is_metered: it)  # type: ignore[misc]
        failed = door.admit(Entry(claim=second, spec=SPEC, input={}))
        assert getattr(failed, "kind", None) == "over_budget", failed
        assert "The run budget does not hold" in getattr(failed, "reason", "")


def test_without_a_budget_nothing_is_asked_of_the_database(
    world: World, spending: Spending, django_assert_num_queries: Callable[[int], Any]
) -> None:
    (claim,) = started(world)
    door = BudgetDoor(spending, dict, lambda spec: False)
    entry = Entry(claim=claim, spec=SPEC, input={})
    with django_assert_num_queries(0):
        assert door.admit(entry) is None
        door.leave(entry, Ok(), 1.0)
        purse(spending, claim).reserve(CENT)
