"""R3: circuit breakers as a pure state machine: what opens and closes them, and what never may happen."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orchestrator.reliability import breaker as logic
from orchestrator.reliability.breaker import Breaker, Counts, Rule, State

RULE = Rule()
NOW = 1000.0


def opened(streak: int = 1) -> Breaker:
    return Breaker(state=State.OPEN, since=NOW, until=NOW + 10, streak=streak, why="it failed")


def half() -> Breaker:
    return logic.looked_at(opened(), NOW + 10)


def test_half_of_at_least_five_calls_open_it() -> None:
    few = logic.failed(Breaker(), Counts(calls=4, failures=4, row=1), "boom", NOW, 0.5, RULE)
    most_well = logic.failed(Breaker(), Counts(calls=9, failures=4, row=1), "boom", NOW, 0.5, RULE)
    half_bad = logic.failed(Breaker(), Counts(calls=8, failures=4, row=1), "boom", NOW, 0.5, RULE)
    assert (few.state, most_well.state, half_bad.state) == (State.CLOSED, State.CLOSED, State.OPEN)
    assert half_bad.why == "4 of 8 calls in 60 s failed, the last: boom"


def test_five_failures_in_a_row_open_it_however_far_apart() -> None:
    assert logic.failed(Breaker(), Counts(calls=1, failures=1, row=4), "", NOW, 0, RULE).state == State.CLOSED
    assert logic.failed(Breaker(), Counts(calls=1, failures=1, row=5), "", NOW, 0, RULE).state == State.OPEN


def test_each_time_it_opens_again_it_stays_open_twice_as_long_up_to_a_limit_and_by_chance_down_to_half() -> None:
    def times(dice: float) -> list[float]:
        found, one = [], logic.failed(Breaker(), Counts(calls=5, failures=5, row=5), "", NOW, dice, RULE)
        for _ in range(7):
            assert one.until is not None
            found.append(one.until - one.since)
            one = logic.probed(logic.looked_at(one, one.until), False, "", one.until, dice, RULE)
        return found

    assert times(1.0) == [10, 20, 40, 80, 160, 300, 300]
    assert times(0.0) == [5, 10, 20, 40, 80, 150, 150]


def test_probes_are_few_and_all_of_them_must_succeed() -> None:
    assert [logic.free_probes(half(), at_work, RULE) for at_work in (0, 1, 2, 3)] == [2, 1, 0, 0]
    once = logic.probed(half(), True, "", NOW + 11, 0, RULE)
    assert (once.state, logic.free_probes(once, 0, RULE)) == (State.HALF_OPEN, 1)
    closed = logic.probed(once, True, "", NOW + 12, 0, RULE)
    assert (closed.state, closed.streak, closed.since) == (State.CLOSED, 0, NOW + 12)


def test_a_failed_probe_opens_it_again_and_a_late_one_changes_nothing() -> None:
    again = logic.probed(half(), False, "boom", NOW + 11, 1.0, RULE)
    assert (again.state, again.streak, again.until) == (State.OPEN, 2, NOW + 31)
    assert logic.probed(again, True, "", NOW + 12, 0, RULE) == again


def test_a_pause_lasts_as_long_as_was_asked_for_and_ends_in_probes() -> None:
    """C4: `Retry-After`."""
    one = logic.paused(Breaker(), 20, "429", NOW)
    assert (one.state, one.until, one.streak) == (State.OPEN, NOW + 20, 0)
    assert logic.paused(one, 5, "429", NOW + 1) == one  # the longer time stands
    assert logic.looked_at(one, NOW + 20).state == State.HALF_OPEN
    assert logic.paused(Breaker(), 1e9, "quota", NOW).until == NOW + logic.MOST_PAUSE_SECONDS


def test_a_person_overrides_everything() -> None:
    by_hand = logic.tripped(half(), "maintenance", NOW)
    assert logic.looked_at(by_hand, NOW + 1e9).state == State.OPEN
    assert logic.paused(by_hand, 20, "429", NOW).until is None
    assert logic.looked_at(logic.tripped(Breaker(), "", NOW, 60), NOW + 60).state == State.HALF_OPEN
    assert logic.reset("it is mended", NOW) == Breaker(since=NOW, why="it is mended")


class Life(RuleBasedStateMachine):
    """Anything may happen to a breaker at any time; `at_work` are the probes that have begun."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.now, self.at_work = Breaker(), NOW, 0

    def become(self, after: Breaker) -> None:
        """Check that the change is one of those that may be."""
        legal = {State.CLOSED: {State.OPEN}, State.OPEN: {State.HALF_OPEN}, State.HALF_OPEN: {State.OPEN, State.CLOSED}}
        assert after.state == self.one.state or after.state in legal[self.one.state]
        if after.state != State.HALF_OPEN or self.one.state != State.HALF_OPEN:
            self.at_work = 0
        self.one = after

    @rule(seconds=st.floats(0, 400))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(calls=st.integers(1, 20), share=st.floats(0, 1), row=st.integers(1, 6), dice=st.floats(0, 0.999))
    def one_failed(self, calls: int, share: float, row: int, dice: float) -> None:
        failures = max(1, round(calls * share))
        after = logic.failed(self.one, Counts(calls=calls, failures=failures, row=row), "x", self.now, dice, RULE)
        if self.one.state == State.CLOSED:
            too_many = row >= RULE.row or (calls >= RULE.least and failures >= RULE.share * calls)
            assert (after.state == State.OPEN) == too_many
        else:
            assert after == self.one
        self.become(after)

    @rule()
    def somebody_looks(self) -> None:
        was_over = self.one.until is not None and self.now >= self.one.until
        after = logic.looked_at(self.one, self.now)
        assert (after.state == State.HALF_OPEN) == (self.one.state == State.HALF_OPEN or was_over)
        self.become(after)

    @rule()
    def a_probe_asks(self) -> None:
        if logic.free_probes(self.one, self.at_work, RULE):
            self.at_work += 1

    @precondition(lambda self: self.at_work > 0)
    @rule(is_good=st.booleans(), dice=st.floats(0, 0.999))
    def a_probe_ends(self, is_good: bool, dice: float) -> None:
        self.at_work -= 1
        after = logic.probed(self.one, is_good, "x", self.now, dice, RULE)
        assert is_good or after.state == State.OPEN
        self.become(after)

    @rule(seconds=st.floats(0.1, 1e5))
    def it_asks_for_a_pause(self, seconds: float) -> None:
        after = logic.paused(self.one, seconds, "429", self.now)
        assert after.state == State.OPEN
        self.become(after)

    @rule(seconds=st.none() | st.floats(1, 1e4))
    def a_person_trips_it(self, seconds: float | None) -> None:
        self.one, self.at_work = logic.tripped(self.one, "maintenance", self.now, seconds), 0

    @rule()
    def a_person_resets_it(self) -> None:
        self.one, self.at_work = logic.reset("mended", self.now), 0

    @invariant()
    def never_more_probes_than_allowed(self) -> None:
        assert self.at_work + self.one.passed <= RULE.probes

    @invariant()
    def its_fields_agree(self) -> None:
        one = self.one
        assert one.since <= self.now
        assert one.state == State.OPEN or one.until is None
        assert one.state != State.OPEN or one.by_hand or one.until is not None
        assert one.state == State.HALF_OPEN or one.passed == 0
        assert one.state != State.CLOSED or (one.streak == 0 and not one.by_hand)
        assert one.until is None or one.by_hand or one.until - one.since <= 1e5 + logic.MOST_PAUSE_SECONDS


TestLife = Life.TestCase
