"""Unknown is a dash and never zero; spans and money read as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.templatetags import show

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("shown", [show.seconds(None), show.usd(None), show.usd(""), show.count(None),
                                   show.percent(None), show.between(None, NOW), show.moment(None)])  # fmt: skip
def test_unknown_is_a_dash(shown: str) -> None:
    assert shown == "–"


def test_zero_is_zero() -> None:
    assert (show.usd("0"), show.count(0), show.percent(0.0), show.seconds(0)) == ("$0.00", "0", "0.0%", "0 ms")


@pytest.mark.parametrize(("value", "said"), [(0.014, "14 ms"), (12.44, "12.4 s"), (220, "3 m 40 s"), (7265, "2 h 1 m")])
def test_spans_read_as_people_say_them(value: float, said: str) -> None:
    assert show.seconds(value) == said


def test_small_money_keeps_its_figures() -> None:
    assert (show.usd("0.004"), show.usd("3.1249"), show.usd("nonsense")) == ("$0.004", "$3.12", "–")


def test_a_moment_carries_the_exact_time() -> None:
    html = show.moment(NOW, "span", NOW + timedelta(seconds=90))
    assert 'data-at="2026-01-05T12:00:00+00:00"' in html
    assert 'title="2026-01-05 12:00:00 UTC"' in html
    assert ">1 m 30 s<" in html


def test_a_long_value_is_cut_and_says_so() -> None:
    assert show.pretty("x" * 30_000).endswith("… 10,000 more characters")
