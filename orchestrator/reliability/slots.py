"""How many pieces of work each agent of a pool may be at, and which one gets the next. Pure arithmetic.

Additive increase, multiplicative decrease (D. Chiu, R. Jain: Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks, 1989): an agent gets one slot more after as many passes in a row as it has
slots, while all of them are taken and work waits; it keeps half of them after work that did not hold, or while it is
much slower than the median of the others; what nobody needs goes back to the least. One that is at the least and still
fails or is still slow rests: it gets one piece of work now and then, as a breaker that is half open does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from statistics import median

SLOW = 3.0
"""Times the median of the others beyond which an agent is slow."""
FAST_SECONDS = 0.05
"""Nobody is slow below this."""
MEASURED = 3
"""Pieces of work it must have brought back before it is called slow."""
SHARE = 0.3
"""Of the newest time in the moving average."""
STRIKES = 3
"""Failures in a row, at the least number of slots, with which it rests."""
QUIET, OVERDUE = 2, 3
"""Rounds of the others without a word from it after which it gets nothing more, and what it has not begun is taken."""
PROBE = 10
"""Pieces of work of others after which one that rests is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How few and how many slots an agent has while it does not rest."""

    least: int = 1
    most: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One agent as its pool sees it."""

    slots: int
    at: tuple[int, ...] = ()
    """The pieces of work it has, oldest first."""
    passed: int = 0
    failed: int = 0
    measured: int = 0
    """How many that held brought a time."""
    seconds: float | None = None
    """Moving average of how long it is at work."""
    row: int = 0
    """Passes in a row since its slots were last set."""
    strikes: int = 0
    """Failures in a row."""
    quiet: int = 0
    """Pieces of work of others that came back since it was last heard of, while it had something."""
    rested: int = 0
    """Pieces of work of others that passed since it began to rest."""

    @property
    def rests(self) -> bool:
        """Tell whether it gets no work but probes."""
        return self.slots == 0


def heard(worker: Worker, is_good: bool | None, seconds: float | None) -> Worker:
    """Count a piece of work that came back: good, bad, or (None) saying nothing about the agent."""
    worker = replace(worker, quiet=0)
    if seconds is not None:
        is_new = worker.seconds is None or worker.rests  # a probe begins the average anew
        average = seconds if is_new else (1 - SHARE) * (worker.seconds or 0.0) + SHARE * seconds
        worker = replace(worker, seconds=round(average, 6), measured=worker.measured + 1)
    if is_good is None:
        return worker
    if is_good:
        return replace(worker, passed=worker.passed + 1, row=worker.row + 1, strikes=0)
    return replace(worker, failed=worker.failed + 1, row=0, strikes=worker.strikes + 1, rested=0)


def others_heard(worker: Worker, is_good: bool | None) -> Worker:
    """Count that another agent's work came back."""
    return replace(
        worker, quiet=worker.quiet + bool(worker.at), rested=worker.rested + (worker.rests and bool(is_good))
    )


def with_slots(worker: Worker, slots: int) -> Worker:
    """Give an agent another number of slots."""
    return replace(worker, slots=slots, row=0, rested=0)


def is_slow(name: str, workers: Mapping[str, Worker]) -> bool:
    """Tell whether an agent is much slower than the median of the others."""
    own = workers[name]
    others = [one.seconds for other, one in workers.items() if other != name and one.seconds is not None]
    if own.seconds is None or own.measured < MEASURED or not others:
        return False
    return own.seconds > max(SLOW * median(others), FAST_SECONDS)


def is_overdue(name: str, workers: Mapping[str, Worker], bounds: Bounds, rounds: int = OVERDUE) -> bool:
    """Tell whether the others have come back so often since it was heard of that it is stuck, lost or slow."""
    others = sum(not one.rests for other, one in workers.items() if other != name)
    return bool(workers[name].at) and workers[name].quiet >= rounds * bounds.most * max(others, 1)


def changes(
    name: str, workers: Mapping[str, Worker], bounds: Bounds, is_good: bool | None, waits: bool
) -> dict[str, tuple[int, str]]:
    """Return who has another number of slots after an agent's work came back, how many and why.

    `waits` tells whether there is work that nobody has begun.
    """
    found = {} if waits else _unneeded(workers, bounds)
    own = _own_change(name, workers, bounds, is_good, waits)
    found |= {name: own} if own is not None else {}
    return found


def _unneeded(workers: Mapping[str, Worker], bounds: Bounds) -> dict[str, tuple[int, str]]:
    idle = [name for name, one in workers.items() if one.slots > bounds.least >= len(one.at)]
    return dict.fromkeys(idle, (bounds.least, "nothing waits"))


def _own_change(
    name: str, workers: Mapping[str, Worker], bounds: Bounds, is_good: bool | None, waits: bool
) -> tuple[int, str] | None:
    own = workers[name]
    slow = is_good is not None and is_slow(name, workers)
    if own.rests:
        return (bounds.least, "a probe passed") if is_good and not slow else None
    if is_good is False or slow:
        why = f"{own.strikes} in a row did not hold" if is_good is False else f"{own.seconds:.3g} s is slow"
        if own.slots > bounds.least:
            return max(own.slots // 2, bounds.least), why
        return (0, f"{why}; it rests") if slow or own.strikes >= STRIKES else None
    is_full = len(own.at) + 1 >= own.slots
    if is_good and waits and is_full and own.row >= own.slots and own.slots < bounds.most:
        return own.slots + 1, f"{own.row} in a row passed, and work waits"
    return None


def chosen(workers: Mapping[str, Worker], allowed: Collection[str], bounds: Bounds) -> str | None:
    """Return who gets the next piece of work of those who may have it; None while nobody is free.

    A probe that is due goes first, then the fastest, those not measured yet before them. Where all of them rest and
    nobody is at work, one is tried: work never waits for nobody.
    """
    names = [name for name in workers if name in allowed]
    resting = [name for name in names if workers[name].rests and not workers[name].at]
    due = [name for name in resting if workers[name].rested >= PROBE]
    free = [name for name in names if _is_free(name, workers, bounds)]
    if due:
        return due[0]
    if free:
        return min(free, key=lambda name: (workers[name].seconds or 0.0, names.index(name)))
    if resting and not any(one.at for one in workers.values()):
        return min(resting, key=lambda name: (workers[name].strikes, names.index(name)))
    return None


def _is_free(name: str, workers: Mapping[str, Worker], bounds: Bounds) -> bool:
    return len(workers[name].at) < workers[name].slots and not is_overdue(name, workers, bounds, QUIET)
