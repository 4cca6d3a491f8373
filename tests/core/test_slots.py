"""The rule by which agents of a pool get and lose slots: bounds hold, the slow rest, no work waits for nobody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reliability import slots
from orchestrator.reliability.slots import PROBE, Bounds, Worker

BOUNDS = Bounds(least=1, most=4)
some_workers = st.builds(
    Worker, slots=st.integers(0, 4), at=st.lists(st.integers(0, 50), max_size=4, unique=True).map(tuple),
    measured=st.integers(0, 9), seconds=st.none() | st.floats(0.001, 99), row=st.integers(0, 9),
    strikes=st.integers(0, 9), quiet=st.integers(0, 99), rested=st.integers(0, 20),
)  # fmt: skip
pools = st.dictionaries(st.sampled_from(["ada", "bob", "cy"]), some_workers, min_size=1)


@given(pools, st.sampled_from([True, False, None]), st.booleans())
def test_whoever_does_not_rest_stays_within_bounds(pool: dict[str, Worker], good: bool | None, waits: bool) -> None:
    name = min(pool)
    for now, why in slots.changes(name, pool, BOUNDS, good, waits).values():
        assert now == 0 or BOUNDS.least <= now <= BOUNDS.most
        assert why


@given(pools)
def test_who_gets_work_has_a_free_slot_or_rests_with_nothing(pool: dict[str, Worker]) -> None:
    chosen = slots.chosen(pool, pool, BOUNDS)
    if chosen is not None:
        one = pool[chosen]
        assert len(one.at) < one.slots or (one.rests and not one.at)


@given(pools)
def test_where_nobody_is_at_work_somebody_is_always_chosen(pool: dict[str, Worker]) -> None:
    idle = {name: replace(one, at=()) for name, one in pool.items()}
    assert slots.chosen(idle, idle, BOUNDS) is not None


def test_a_tenth_of_a_second_is_slow_only_beside_faster_ones() -> None:
    slow = {"ada": Worker(slots=2, seconds=10.0, measured=3), "bob": Worker(slots=2, seconds=1.0, measured=3)}
    assert (slots.is_slow("ada", slow), slots.is_slow("bob", slow)) == (True, False)
    assert not slots.is_slow("ada", {"ada": slow["ada"]}), "who is alone is not slow"
    assert not slots.is_slow("ada", {**slow, "ada": replace(slow["ada"], measured=2)}), "not measured often enough"
    quick = {name: replace(one, seconds=(one.seconds or 0) / 1000) for name, one in slow.items()}
    assert not slots.is_slow("ada", quick), "nobody minds ten milliseconds"


def test_a_probe_begins_the_average_anew() -> None:
    rests = Worker(slots=0, seconds=10.0, measured=5)
    assert slots.heard(rests, True, 1.0).seconds == 1.0
    assert slots.heard(replace(rests, slots=1), True, 1.0).seconds == 7.3


def test_one_that_rests_is_tried_after_so_many_passes_of_others_and_before_them() -> None:
    pool = {"ada": Worker(slots=0, rested=PROBE - 1), "bob": Worker(slots=3, seconds=0.1)}
    assert slots.chosen(pool, pool, BOUNDS) == "bob"
    pool["ada"] = slots.others_heard(pool["ada"], True)
    assert slots.chosen(pool, pool, BOUNDS) == "ada"


def test_who_fails_fast_makes_nobody_slow() -> None:
    """A supervisor tells no time of what does not hold."""
    pool = {"ada": Worker(slots=1, seconds=0.1, measured=3), "bob": slots.heard(Worker(slots=1), False, None)}
    assert not slots.is_slow("ada", pool)


def test_while_somebody_is_at_work_nobody_who_rests_is_tried_before_time() -> None:
    pool = {"ada": Worker(slots=0, at=(1,)), "bob": Worker(slots=0)}
    assert slots.chosen(pool, pool, BOUNDS) is None
    pool["ada"] = replace(pool["ada"], at=())
    assert slots.chosen(pool, pool, BOUNDS) == "ada"
