"""C4: limits on attempts at once and attempts in a time, as arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reliability import limits
from orchestrator.reliability.limits import LOOK_SECONDS, Limit

RATE = Limit(calls=3, seconds=60.0)


def test_no_more_than_so_many_are_at_work_at_once() -> None:
    limit = Limit(concurrency=2)
    assert [limits.wait(limit, at_work, [], 0, 0.0) for at_work in (0, 1, 2)] == [None, None, LOOK_SECONDS]


def test_a_free_place_is_for_those_who_have_waited_longer() -> None:
    assert limits.wait(Limit(concurrency=2), 1, [], 1, 0.0) == LOOK_SECONDS
    assert limits.wait(Limit(concurrency=2), 0, [], 1, 0.0) is None
    assert limits.wait(RATE, 0, [90.0, 91.0], 1, 100.0) is not None


def test_the_wait_for_a_rate_ends_when_the_one_whose_place_it_takes_leaves_the_window() -> None:
    begun = [50.0, 70.0, 90.0]
    assert [limits.wait(RATE, 0, begun, ahead, 100.0) for ahead in range(4)] == [10.0, 30.0, 50.0, 70.0]


def test_where_two_limits_are_set_the_stricter_one_holds() -> None:
    both = limits.stricter(Limit(concurrency=4, calls=10, seconds=1.0), Limit(concurrency=2, calls=60, seconds=60.0))
    assert both == Limit(concurrency=2, calls=60, seconds=60.0)
    assert limits.stricter(Limit(), Limit()).is_none


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 3)), max_size=60), st.integers(1, 5))
def test_no_window_ever_holds_more_beginnings_than_are_allowed(steps: list[tuple[float, int]], calls: int) -> None:
    limit, now, begun = Limit(calls=calls, seconds=60.0), 0.0, list[float]()
    for pause, asked in steps:
        now += pause
        for _ in range(asked):
            recent = [at for at in begun if at > now - 60.0]
            if limits.wait(limit, 0, recent, 0, now) is None:
                begun.append(now)
    assert all(len([at for at in begun if start <= at < start + 60.0]) <= calls for start in begun)


def test_it_says_why_an_attempt_waits() -> None:
    assert limits.said("agent:x", Limit(concurrency=1), 1) == "1 attempt of agent x is at work, as many as may be"
    assert limits.said("all", RATE, 0) == "no more than 3 attempts of all agents may begin in 60 s"
    assert limits.said("provider:p", Limit(concurrency=2), 1) == "others of provider p have waited longer"
