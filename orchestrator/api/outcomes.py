"""What accepted outcomes cost (C6), as the API shows it for agents and workflows."""

from __future__ import annotations

from decimal import Decimal

from ninja import Field, Schema

from orchestrator.core.outcome_cost import OutcomeCost


class Outcomes(Schema):
    """What outcomes cost that are over; null is unknown, which is not zero."""

    over: int
    accepted: int = Field(description="Those of them that succeeded.")
    each_usd: float | None = Field(description="Of an accepted one, with all that was paid for others.")
    at_least_usd: float | None = Field(description="The same without what nobody has a price for.")
    unpriced: int = Field(description="Attempts that used tokens whose price nobody knows.")
    rework_share: float | None = Field(description="Part that did not go into what was accepted, 0 to 1.")
    decisions: int
    human_minutes_each: float | None = Field(description="Of people, for an accepted one.")
    looked: int = Field(description="Decisions counted from the first look; the others from the opening of the gate.")
    whole_usd: float | None = Field(description="each_usd with people's time; null while no hour has a price.")


def outcomes(cost: OutcomeCost) -> Outcomes:
    """Return it as it is shown."""
    seconds = cost.each_human_seconds
    return Outcomes(
        over=cost.over, accepted=cost.accepted, each_usd=_number(cost.each_usd), decisions=cost.decisions,
        at_least_usd=_number(cost.at_least_usd), unpriced=cost.unpriced, rework_share=cost.rework_share,
        human_minutes_each=None if seconds is None else round(seconds / 60, 3), looked=cost.looked,
        whole_usd=_number(cost.each_whole_usd),
    )  # fmt: skip


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
