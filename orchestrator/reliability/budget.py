"""The arithmetic of budgets: what is held before work begins, and settled when it is over. Whole numbers only.

Money is counted in nano-dollars, time in milliseconds: sums are exact, and a token at a tenth of a cent a million is
still a whole number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import reduce


class Unit(StrEnum):
    """What a budget can limit."""

    USD = "usd"
    TOKENS = "tokens"
    CALLS = "calls"
    MINUTES = "minutes"


PARTS = {Unit.USD: 1_000_000_000, Unit.TOKENS: 1, Unit.CALLS: 1, Unit.MINUTES: 60_000}
"""The smallest parts of each: a dollar is so many nano-dollars, a minute so many milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An amount of everything that budgets limit, in smallest parts."""

    usd: int = 0
    tokens: int = 0
    calls: int = 0
    minutes: int = 0

    def of(self, unit: Unit) -> int:
        """Return how much of one unit."""
        found: int = getattr(self, unit.value)
        return found

    def __add__(self, other: Charge) -> Charge:
        """Return both together."""
        return Charge(usd=self.usd + other.usd, tokens=self.tokens + other.tokens, calls=self.calls + other.calls,
                      minutes=self.minutes + other.minutes)  # fmt: skip

    def __sub__(self, other: Charge) -> Charge:
        """Return what is left of it."""
        return Charge(usd=self.usd - other.usd, tokens=self.tokens - other.tokens, calls=self.calls - other.calls,
                      minutes=self.minutes - other.minutes)  # fmt: skip


NOTHING = Charge()
Limits = Mapping[Unit, int]
"""The most of each unit, in smallest parts; what is left out has no limit."""


def parts(unit: Unit, amount: float | str | Decimal) -> int:
    """Return an amount in smallest parts, rounded up: what was used up is never less than is said."""
    return int((Decimal(str(amount)) * PARTS[unit]).to_integral_value(ROUND_CEILING))


def in_words(unit: Unit, amount: int) -> str:
    """Say an amount in its unit, such as `0.25 usd`."""
    exact = Decimal(amount) / PARTS[unit]
    return f"{exact.normalize():f} {unit.removesuffix('s') if exact == 1 else unit}"


def limits_of(amounts: Mapping[str, object]) -> dict[Unit, int]:
    """Return limits as they are written in a file, in smallest parts, rounded down."""
    return {Unit(name): int(Decimal(str(most)) * PARTS[Unit(name)]) for name, most in amounts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One budget at one moment."""

    limits: Limits
    spent: Charge = NOTHING
    """By what is over."""
    held: Charge = NOTHING
    """For what is at work."""
    closed: str = ""
    """What did not fit before, so that nothing begins under it any more; empty while it is open."""

    def left(self, unit: Unit) -> int:
        """Return how much may still be set aside; below 0 where more was used up than was set aside for it."""
        return self.limits[unit] - self.spent.of(unit) - self.held.of(unit)

    def hold(self, amount: Charge) -> Account:
        """Set an amount aside."""
        return replace(self, held=self.held + amount)

    def settle(self, held: Charge, used: Charge) -> Account:
        """Count what was used up, and give the rest of what was held for it back."""
        return replace(self, held=self.held - held, spent=self.spent + used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An amount that does not fit, and why."""

    number: int
    """Which of the budgets asked says no, counted from 0."""
    unit: Unit
    wanted: int | None
    """None: nobody knows how much it would be."""
    is_for_good: bool
    """It would not fit either if everything that is held came back."""


def room(accounts: Iterable[Account], wanted: Charge, *, knows_price: bool = True) -> Charge | Refusal:
    """Return what to hold in all budgets for something that wants so much, or the first refusal.

    Time is held as far as there is any, for work may end sooner: it begins while some is left. All else must fit.
    """
    every = tuple(accounts)
    refused = [one for number, account in enumerate(every) if (one := _refusal(number, account, wanted, knows_price))]
    for_good = [one for one in refused if one.is_for_good]
    if refused:
        return (for_good or refused)[0]
    times = [account.left(Unit.MINUTES) for account in every if Unit.MINUTES in account.limits]
    return replace(wanted, minutes=min([wanted.minutes, *times]))


def _refusal(number: int, account: Account, wanted: Charge, knows_price: bool) -> Refusal | None:
    found: list[Refusal] = []
    for unit in account.limits:
        least = min(1, wanted.minutes) if unit is Unit.MINUTES else wanted.of(unit)
        is_unknown = unit is Unit.USD and not knows_price
        over = least > account.left(unit)
        for_good = least > account.limits[unit] - account.spent.of(unit) or bool(account.closed) or is_unknown
        if over or for_good:
            amount = None if is_unknown else wanted.of(unit)
            found.append(Refusal(number=number, unit=unit, wanted=amount, is_for_good=for_good))
    return next((one for one in found if one.is_for_good), next(iter(found), None))


def total(amounts: Iterable[Charge]) -> Charge:
    """Return all of them together."""
    return reduce(Charge.__add__, amounts, NOTHING)
