"""The whole embedded tree, killed with SIGKILL in the middle of the repository review, and started again (S4)."""

from __future__ import annotations

import random

import pytest

from tests.chaos.kills import Plain, after_event, after_seconds, again_and_again, at_point, disturbed, tell

POINTS = ("before_commit", "after_commit", "before_work", "after_work")
FEWEST = {"before_commit": 20, "after_commit": 20, "before_work": 11, "after_work": 11}
"""Each job passes a point at least so often."""


def test_the_job_finishes_when_all_is_killed_once_after_an_event(plain: Plain, is_full: bool, seed: int) -> None:
    """S4; after every event in the full form, once in each stretch of the job in the slice."""
    assert plain.counts == {"ruff": 10, "bandit": 6, "radon": 2, "total": 18}
    every = range(1, plain.events + 1)
    chosen = list(every) if is_full else spread(every, 6, random.Random(seed))
    told = []
    for number in chosen:
        key = f"event-{number}"
        told.append(disturbed(plain, key, f"after event {number}", after_event(plain, number, key)))
    tell(told, plain)
    assert all(one.n >= number for one, number in zip(told, chosen, strict=True))
    assert sum(bool(one.attempts_hit) for one in told) >= (20 if is_full else 2), "the kills hit too few attempts"


def test_the_job_finishes_when_all_is_killed_at_any_moment(plain: Plain, is_full: bool, seed: int) -> None:
    """S4; at thirty seeded offsets in the full form."""
    dice = random.Random(seed)
    offsets = [dice.uniform(0, plain.seconds) for _ in range(30 if is_full else 2)]
    told = []
    for number, offset in enumerate(offsets):
        when = f"{offset:.3f} s after the start"
        told.append(disturbed(plain, f"offset-{number}", when, after_seconds(plain, offset)))
    tell(told, plain)


def test_the_job_finishes_though_all_is_killed_again_and_again(plain: Plain, is_full: bool, seed: int) -> None:
    """S4: one job, a kill a moment after every start, and it gets on."""
    dice = random.Random(seed)
    pauses = [dice.uniform(0.1, 1.0) for _ in range(12 if is_full else 2)]
    told = disturbed(plain, "again", f"{len(pauses)} times", again_and_again(plain, pauses))
    tell([told], plain)


@pytest.mark.parametrize("point", POINTS)
def test_the_job_finishes_when_it_dies_at_a_fail_point(plain: Plain, is_full: bool, seed: int, point: str) -> None:
    """S7: right before and right after a commit, and around the work itself; only the leashes clear up."""
    chosen = range(1, 100) if is_full else [random.Random(f"{seed} {point}").randint(1, FEWEST[point])]
    told = []
    for number in chosen:
        key = f"{point}-{number}"
        told.append(disturbed(plain, key, f"{point} {number}", at_point(plain, point, number, key)))
        if told[-1].was_over and not plain.tree.fired():
            break
    tell(told, plain)
    assert len(told) > FEWEST[point] if is_full else plain.tree.fired().startswith(f"{point} {chosen[0]} tree")


def spread(every: range, count: int, dice: random.Random) -> list[int]:
    """Choose one of each stretch, so that no stretch is left out."""
    length = len(every) / count
    return [every[int(length * number + dice.uniform(0, length))] for number in range(count)]
