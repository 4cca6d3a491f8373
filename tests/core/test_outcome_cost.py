"""C6: what an accepted outcome costs, with rework and people's time; unknown is never zero."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.outcome_cost import Asked, Decided, OutcomeCost, Paid, outcome_cost

GOOD, BAD, LIVE = (Asked(run=name, status=status) for name, status in
                   (("good", "succeeded"), ("bad", "failed"), ("live", "running")))  # fmt: skip


def paid(run: Asked, usd: str | None, held: bool = True, unpriced: int = 0) -> Paid:
    return Paid(run=run.run, held=held, usd=None if usd is None else Decimal(usd), unpriced=unpriced)


def test_an_accepted_outcome_carries_what_its_failures_and_other_failed_runs_cost() -> None:
    cost = outcome_cost([GOOD, BAD], [paid(GOOD, "0.3"), paid(GOOD, "0.1", held=False), paid(BAD, "0.6")])
    assert (cost.over, cost.accepted, cost.usd, cost.each_usd) == (2, 1, Decimal("1.0"), Decimal("1.0"))
    assert (cost.rework_usd, cost.rework_share) == (Decimal("0.7"), 0.7)


def test_what_is_not_over_counts_nowhere() -> None:
    cost = outcome_cost([GOOD, LIVE], [paid(GOOD, "1"), paid(LIVE, "5")], [Decided(run="live", seconds=9, looked=True)])
    assert (cost.over, cost.usd, cost.decisions) == (1, Decimal(1), 0)


def test_runs_of_one_card_are_one_outcome_and_the_latest_decides() -> None:
    runs = [Asked(run="1", status="succeeded", card=7), Asked(run="2", status="succeeded", card=7)]
    cost = outcome_cost(runs, [paid(runs[0], "2"), paid(runs[1], "1")])
    assert (cost.over, cost.accepted, cost.each_usd, cost.rework_usd) == (1, 1, Decimal(3), Decimal(2))
    again = [*runs, Asked(run="3", status="running", card=7)]
    assert outcome_cost(again, [paid(runs[0], "2")]) == OutcomeCost(rework_usd=None)


def test_a_price_that_is_unknown_makes_the_cost_unknown_and_what_is_known_a_lower_bound() -> None:
    cost = outcome_cost([GOOD], [paid(GOOD, "1"), paid(GOOD, None, unpriced=2)])
    assert (cost.each_usd, cost.at_least_usd, cost.unpriced) == (None, Decimal(1), 2)
    nothing = outcome_cost([GOOD], [paid(GOOD, None)])
    assert (nothing.usd, nothing.rework_usd, nothing.each_usd, nothing.rework_share) == (None, None, None, None)


def test_without_an_accepted_outcome_there_is_no_cost_of_one() -> None:
    cost = outcome_cost([BAD], [paid(BAD, "1")], [Decided(run="bad", seconds=60, looked=False)])
    assert (cost.each_usd, cost.each_human_seconds, cost.rework_share) == (None, None, 1.0)


def test_people_are_counted_in_time_and_in_money_only_where_an_hour_has_a_price() -> None:
    people = [Decided(run="good", seconds=1200, looked=True), Decided(run="good", seconds=600, looked=False)]
    cost = outcome_cost([GOOD], [paid(GOOD, "1")], people)
    assert (cost.decisions, cost.looked, cost.each_human_seconds) == (2, 1, 1800)
    assert (cost.human_usd, cost.each_whole_usd) == (None, None)
    assert outcome_cost([GOOD], [paid(GOOD, "1")], people, Decimal(60)).each_whole_usd == Decimal(31)


@given(st.lists(st.tuples(st.sampled_from([GOOD, BAD]), st.integers(0, 1000), st.booleans()), max_size=20))
def test_rework_and_what_was_kept_are_all_that_was_paid(given: list[tuple[Asked, int, bool]]) -> None:
    cost = outcome_cost([GOOD, BAD], [paid(run, str(usd), held) for run, usd, held in given])
    kept = sum(usd for run, usd, held in given if held and run is GOOD)
    if given:
        assert cost.usd is not None
        assert cost.rework_usd == cost.usd - kept
        assert cost.usd == sum(usd for _, usd, _ in given)
