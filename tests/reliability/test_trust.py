"""Trust says what outcomes tell and how sure that is, and gives work to whoever holds (A3)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reliability import beta, trust
from orchestrator.reliability.trust import Outcome, Record, Trust, Wishes

COUNTS = st.floats(min_value=0, max_value=200)


def test_a_single_success_is_no_certainty() -> None:
    one = trust.faded([Outcome("a", True)])["a"]
    assert one.mean == pytest.approx(2 / 3)
    assert one.interval() == pytest.approx((0.05**0.5, 0.95**0.5), abs=1e-6)  # Beta(2, 1): P(rate < x) = x²


def test_nothing_known_means_every_rate_is_equally_likely() -> None:
    assert Trust().interval() == pytest.approx((0.05, 0.95), abs=1e-6)


def test_intervals_are_those_of_the_tables() -> None:
    """R: qbeta(c(.05, .95), 96, 6)."""
    assert Trust(good=95, bad=5).interval() == pytest.approx((0.8987310, 0.9740), abs=5e-4)


@given(COUNTS, COUNTS)
def test_the_interval_lies_around_the_median_and_holds_what_it_says(good: float, bad: float) -> None:
    one = Trust(good=good, bad=bad)
    low, high = one.interval()
    assert 0 <= low < high <= 1
    assert beta.below(high, good + 1, bad + 1) - beta.below(low, good + 1, bad + 1) == pytest.approx(0.9, abs=1e-6)


@given(COUNTS, COUNTS, st.floats(min_value=1.1, max_value=10))
def test_more_of_the_same_makes_it_surer(good: float, bad: float, times: float) -> None:
    low, high = Trust(good=good + 1, bad=bad + 1).interval()
    surer_low, surer_high = Trust(good=(good + 1) * times, bad=(bad + 1) * times).interval()
    assert surer_high - surer_low < high - low


def test_who_is_not_chosen_fades_back_to_not_being_known() -> None:
    past = [Outcome("a", False)] * 20
    known = [trust.faded([*past, *[Outcome("b", True)] * more])["a"] for more in (0, 50, 200)]
    assert [round(one.mean, 2) for one in known] == [0.06, 0.19, 0.49]
    assert known[2].interval()[1] > 0.9


def test_a_changed_rate_is_counted_from_the_change_on() -> None:
    steady = [True] * 60
    assert trust.since_change([*steady, False]) == 0
    assert trust.since_change([*steady, *[False] * 6]) == 60
    assert trust.since_change([*[False] * 6, *steady]) == 6
    assert trust.faded([Outcome("a", one) for one in [*steady, *[False] * 6]])["a"].tried == 6


@given(st.integers(0, 10_000))
def test_a_rate_that_does_not_change_is_seldom_taken_for_another(seed: int) -> None:
    random = Random(seed)
    found = sum(trust.since_change([random.random() < 0.85 for _ in range(60)]) > 0 for _ in range(20))
    assert found <= 4


@given(COUNTS, COUNTS, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_a_rate_is_drawn_as_often_as_it_is_likely(good: float, bad: float, chance: float, other: float) -> None:
    one = Trust(good=good, bad=bad)
    assert beta.below(one.drawn(chance), good + 1, bad + 1) == pytest.approx(chance, abs=1e-5)
    assert (one.drawn(chance) <= one.drawn(other)) == (chance <= other) or one.drawn(chance) == one.drawn(other)


def test_of_equals_the_cheaper_the_faster_and_the_idler_one_is_chosen() -> None:
    sure = Trust(good=1e9)
    dear = trust.scores({"a": Record(trust=sure, usd=0.2), "b": Record(trust=sure, usd=0.1)}, lambda: 0.5)
    slow = trust.scores({"a": Record(trust=sure, seconds=9.0), "b": Record(trust=sure, seconds=3.0)}, lambda: 0.5)
    busy = trust.scores({"a": Record(trust=sure, load=7), "b": Record(trust=sure, load=2)}, lambda: 0.5)
    assert dear["b"] - dear["a"] == pytest.approx(0.05, abs=1e-3)
    assert slow["b"] - slow["a"] == pytest.approx(0.1 * 2 / 3, abs=1e-3)
    assert busy["b"] - busy["a"] == pytest.approx(0.05, abs=1e-3)


def test_what_does_not_matter_weighs_nothing_and_unknown_is_not_free() -> None:
    sure = Trust(good=1e9)
    records = {"a": Record(trust=sure, usd=9.0), "b": Record(trust=sure, usd=0.1), "c": Record(trust=sure)}
    none = trust.scores(records, lambda: 0.5, Wishes(cost=0, time=0, load=0))
    assert max(none.values()) - min(none.values()) < 1e-3
    usual = trust.scores(records, lambda: 0.5)
    assert usual["b"] > usual["c"] > usual["a"]
