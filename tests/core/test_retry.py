"""Whether and when a failed attempt is tried again (R4, R5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.definition import Retry
from orchestrator.core.outcomes import Failure
from orchestrator.reliability.retry import NEVER, NOT_AGAIN, ONCE, decide

USUAL = Retry(attempts=3, backoff_seconds=2.0, max_backoff_seconds=5.0)


@pytest.mark.parametrize(("tried", "shortest", "longest"), [(1, 1.0, 2.0), (2, 2.0, 4.0)])
def test_the_wait_doubles_and_half_of_it_is_chance(tried: int, shortest: float, longest: float) -> None:
    assert decide(USUAL, Failure.TIMEOUT, tried, 0.0) == shortest
    assert decide(USUAL, Failure.TIMEOUT, tried, 0.999999) == pytest.approx(longest, abs=0.001)


def test_the_wait_has_a_limit() -> None:
    patient = Retry(attempts=100, backoff_seconds=2.0, max_backoff_seconds=5.0)
    assert decide(patient, Failure.CRASH, 99, 1.0) == 5.0


@given(st.sampled_from(Failure), st.integers(1, 10), st.floats(0, 1, exclude_max=True))
def test_no_more_tries_than_were_asked_for(failure: Failure, tried: int, dice: float) -> None:
    wait = decide(USUAL, failure, tried, dice)
    assert wait is None if tried >= USUAL.attempts else wait is None or 0 <= wait <= USUAL.max_backoff_seconds


@pytest.mark.parametrize("failure", sorted(NEVER | NOT_AGAIN))
def test_what_another_try_cannot_mend_is_not_tried_again(failure: str) -> None:
    everything = Retry(attempts=9, on=frozenset(Failure))
    assert decide(everything, failure, 1, 0.5) is None


@pytest.mark.parametrize("failure", sorted(ONCE))
def test_a_slip_is_tried_again_once(failure: str) -> None:
    patient = Retry(attempts=9)
    assert decide(patient, failure, 1, 0.5) is not None
    assert decide(patient, failure, 2, 0.5) is None


def test_only_the_failures_that_were_named_are_tried_again() -> None:
    only = Retry(attempts=3, on=frozenset({Failure.UNAVAILABLE}))
    assert decide(only, Failure.CRASH, 1, 0.5) is None
    assert decide(only, Failure.UNAVAILABLE, 1, 0.5) is not None
