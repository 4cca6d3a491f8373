"""What an accepted outcome costs, with rework and people's time (C6). Pure.

An *outcome* is what somebody asked for: a run that nobody's step started, with all runs below it; runs of the same card
are one outcome, of which the latest run decides. It is *over* once that run has ended, and *accepted* when it
succeeded: no gate, review or check stopped it.

    cost per outcome = (everything that was paid for outcomes that are over) / (how many of them were accepted)

What was paid counts whatever came of it: attempts that failed, were sent back, lost a race or were called off, and all
of outcomes that were not accepted. *Rework* is that part: all but what succeeded, was not sent back, and stands in the
deciding run of an accepted outcome. Unknown is never zero: attempts that used tokens nobody has a price for make the
cost unknown, and what is known of it a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.core.status import RUN_ENDED, RunStatus

HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run that somebody asked for."""

    run: str
    """Its id; ids sort by time."""
    status: str
    card: int | None = None
    """The card it is of, if it is of one."""

    @property
    def outcome(self) -> str:
        """Return which outcome it works towards."""
        return self.run if self.card is None else f"card:{self.card}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What one attempt, or several of one run that came out alike, used up."""

    run: str
    """The run that was asked for, for which this was done."""
    held: bool
    """It succeeded, and what it made was not sent back."""
    usd: Decimal | None = None
    """None where nothing of it was metered."""
    unpriced: int = 0
    """Attempts that used tokens whose price nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The time of a person for one decision."""

    run: str
    seconds: float
    looked: bool
    """Counted from when they first looked at the request; else from when it was opened, waiting included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCost:
    """What outcomes cost that are over. None is unknown, which is not zero."""

    over: int = 0
    accepted: int = 0
    usd: Decimal | None = None
    """All that is known to have been paid; None where nothing was metered."""
    rework_usd: Decimal | None = None
    """The part of it that did not go into what was accepted."""
    unpriced: int = 0
    """Attempts whose price nobody knows: with any, `usd` is a lower bound."""
    decisions: int = 0
    human_seconds: float = 0.0
    looked: int = 0
    """Decisions whose time is counted from when the person first looked; the others' from when the gate opened."""
    human_usd: Decimal | None = None
    """Price of the people's time; None while nobody has said what an hour costs."""

    @property
    def each_usd(self) -> Decimal | None:
        """Return what an accepted outcome costs in agents; None where none was accepted or part of it is unknown."""
        return None if self.unpriced else self.at_least_usd

    @property
    def at_least_usd(self) -> Decimal | None:
        """Return what an accepted outcome costs in agents at least."""
        return None if self.usd is None or not self.accepted else self.usd / self.accepted

    @property
    def rework_share(self) -> float | None:
        """Return which part of what is known to have been paid was rework, 0 to 1."""
        if self.usd is None or self.rework_usd is None or not self.usd:
            return None
        return float(self.rework_usd / self.usd)

    @property
    def each_human_seconds(self) -> float | None:
        """Return how long people are at an accepted outcome."""
        return self.human_seconds / self.accepted if self.accepted else None

    @property
    def each_whole_usd(self) -> Decimal | None:
        """Return what an accepted outcome costs with its people's time; None where either is unknown."""
        each = self.each_usd
        return None if each is None or self.human_usd is None else each + self.human_usd / self.accepted


def outcome_cost(
    asked: Sequence[Asked], paid: Sequence[Paid], decided: Sequence[Decided] = (), hour_usd: Decimal | None = None
) -> OutcomeCost:
    """Put together what outcomes cost; what belongs to one that is not over, or to none of these, is left out.

    `hour_usd` is the price of an hour of a person, None where nobody has said.
    """
    latest = _latest(asked)
    over = {one.run: latest[one.outcome] for one in asked if latest[one.outcome].status in RUN_ENDED}
    accepted = {one.run for one in over.values() if one.status == RunStatus.SUCCEEDED}
    counted = [one for one in paid if one.run in over]
    rework = [one for one in counted if not (one.held and one.run in accepted)]
    human = [one for one in decided if one.run in over]
    seconds = sum(one.seconds for one in human)
    return OutcomeCost(
        over=len({one.outcome for one in over.values()}), accepted=len(accepted),
        usd=(usd := _sum(counted)), rework_usd=None if usd is None else _sum(rework) or Decimal(0),
        unpriced=sum(one.unpriced for one in counted), decisions=len(human), human_seconds=seconds,
        looked=sum(one.looked for one in human),
        human_usd=None if hour_usd is None else hour_usd * Decimal(str(seconds)) / HOUR,
    )  # fmt: skip


def _latest(asked: Iterable[Asked]) -> Mapping[str, Asked]:
    found: dict[str, Asked] = {}
    for one in asked:
        if one.outcome not in found or found[one.outcome].run < one.run:
            found[one.outcome] = one
    return found


def _sum(paid: Iterable[Paid]) -> Decimal | None:
    known = [one.usd for one in paid if one.usd is not None]
    return sum(known, Decimal(0)) if known else None
