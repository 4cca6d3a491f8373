"""The arithmetic of budgets (C1): what is held and settled never comes to more than a limit, and nothing gets lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reliability.budget import NOTHING, Account, Charge, Refusal, Unit, in_words, limits_of, parts, room

AMOUNTS = st.builds(
    Charge,
    usd=st.integers(0, 50),
    tokens=st.integers(0, 50),
    calls=st.integers(0, 2),
    minutes=st.integers(0, 50),
)
LIMITS = st.dictionaries(st.sampled_from(list(Unit)), st.integers(1, 120), min_size=1)


def least_of(one: Charge, most: Charge) -> Charge:
    return Charge(**{unit.value: min(one.of(unit), most.of(unit)) for unit in Unit})


@given(LIMITS, LIMITS, st.lists(st.tuples(AMOUNTS, AMOUNTS, st.booleans()), max_size=30))
def test_calls_that_keep_to_what_was_held_never_spend_more_than_any_limit(
    own: dict[Unit, int], wider: dict[Unit, int], calls: list[tuple[Charge, Charge, bool]]
) -> None:
    accounts = [Account(limits=own), Account(limits=wider)]
    open_, spent = list[tuple[Charge, Charge]](), NOTHING
    for wanted, used, ends_at_once in calls:
        held = room(accounts, wanted)
        if not isinstance(held, Refusal):
            accounts = [account.hold(held) for account in accounts]
            open_.append((held, least_of(used, held)))
        if open_ and ends_at_once:
            held_before, used_then = open_.pop(0)
            accounts = [account.settle(held_before, used_then) for account in accounts]
            spent += used_then
        for account in accounts:
            assert all(account.left(unit) >= 0 for unit in account.limits)
            assert account.spent == spent
            assert account.held == sum((one for one, _ in open_), NOTHING)


@given(LIMITS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_what_is_refused_for_good_would_not_fit_if_all_that_is_held_came_back(
    limits: dict[Unit, int], spent: Charge, held: Charge, wanted: Charge
) -> None:
    found = room([Account(limits=limits, spent=spent, held=held)], wanted)
    calm = room([Account(limits=limits, spent=spent)], wanted)
    if isinstance(found, Refusal) and found.is_for_good:
        assert isinstance(calm, Refusal)
    else:
        assert not isinstance(calm, Refusal)


@given(LIMITS, AMOUNTS, AMOUNTS)
def test_all_but_time_is_held_whole_and_time_as_far_as_there_is_any(
    limits: dict[Unit, int], spent: Charge, wanted: Charge
) -> None:
    held = room([Account(limits=limits, spent=spent)], wanted)
    if not isinstance(held, Refusal):
        assert (held.usd, held.tokens, held.calls) == (wanted.usd, wanted.tokens, wanted.calls)
        left = limits[Unit.MINUTES] - spent.minutes if Unit.MINUTES in limits else wanted.minutes
        assert held.minutes == min(wanted.minutes, left)


def test_a_closed_budget_holds_nothing_however_little() -> None:
    account = Account(limits={Unit.CALLS: 5}, closed="calls: limit 5")
    found = room([account], Charge(calls=1))
    assert isinstance(found, Refusal)
    assert found.is_for_good


def test_a_budget_in_money_does_not_hold_what_has_no_price_and_others_do() -> None:
    """Unknown is never zero."""
    found = room([Account(limits={Unit.USD: 5})], Charge(calls=1), knows_price=False)
    assert isinstance(found, Refusal)
    assert (found.unit, found.wanted, found.is_for_good) == (Unit.USD, None, True)
    assert room([Account(limits={Unit.CALLS: 5})], Charge(calls=1), knows_price=False) == Charge(calls=1)


def test_the_refusal_names_the_budget_that_can_never_hold_it_before_one_that_is_only_full_now() -> None:
    full = Account(limits={Unit.CALLS: 1}, held=Charge(calls=1))
    over = Account(limits={Unit.CALLS: 1}, spent=Charge(calls=1))
    found = room([full, over], Charge(calls=1))
    assert isinstance(found, Refusal)
    assert (found.number, found.is_for_good) == (1, True)


@pytest.mark.parametrize(
    ("unit", "amount", "expected"),
    [
        (Unit.USD, "0.000000001", 1),
        (Unit.USD, "0.0000000001", 1),
        (Unit.USD, 2.5, 2_500_000_000),
        (Unit.TOKENS, 7, 7),
        (Unit.MINUTES, 0.5, 30_000),
    ],
)
def test_amounts_are_whole_and_rounded_up(unit: Unit, amount: str | float, expected: int) -> None:
    assert parts(unit, amount) == expected


@given(st.decimals(0, 1_000_000, places=9))
def test_money_is_said_as_it_was_counted(amount: Decimal) -> None:
    said, unit = in_words(Unit.USD, parts(Unit.USD, amount)).split()
    assert (Decimal(said), unit) == (amount, "usd")


def test_limits_are_rounded_down() -> None:
    assert limits_of({"usd": 0.1, "tokens": 1000, "minutes": 1.5}) == {
        Unit.USD: 100_000_000,
        Unit.TOKENS: 1000,
        Unit.MINUTES: 90_000,
    }
