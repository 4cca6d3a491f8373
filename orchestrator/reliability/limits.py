"""How many attempts may be at work at once, and how many may begin in a time. Pure arithmetic over what is known.

The rate is exact over every window of its length (a log of beginnings, no bucket that fills up): providers count so,
and a bucket would let twice as many begin around its edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LOOK_SECONDS = 60.0
"""When an attempt that waits for others to end looks by itself, should nobody have woken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit; what is None is not limited."""

    concurrency: int | None = None
    calls: int | None = None
    seconds: float = 0.0
    """The time in which so many calls may begin."""

    @property
    def is_none(self) -> bool:
        """Tell whether it limits nothing."""
        return self.concurrency is None and self.calls is None


def limit_of(amounts: Mapping[str, float]) -> Limit:
    """Read a limit as agents and settings keep it: `concurrency`, `calls` and `seconds`."""
    concurrency, calls = amounts.get("concurrency"), amounts.get("calls")
    return Limit(
        concurrency=None if concurrency is None else int(concurrency), calls=None if calls is None else int(calls),
        seconds=float(amounts.get("seconds", 0.0)),
    )  # fmt: skip


def stricter(one: Limit, other: Limit) -> Limit:
    """Return what holds where two limits are set: the lower number at once, and the slower rate."""
    both = [limit.concurrency for limit in (one, other) if limit.concurrency is not None]
    rates = [limit for limit in (one, other) if limit.calls is not None]
    slowest = min(rates, key=lambda limit: (limit.calls or 0) / limit.seconds, default=Limit())
    return Limit(concurrency=min(both, default=None), calls=slowest.calls, seconds=slowest.seconds)


def free(limit: Limit, at_work: int, begun: Sequence[float]) -> int | None:
    """Return how many more may begin now; None for any number. `begun`: beginnings within the window, oldest first."""
    room = [] if limit.concurrency is None else [limit.concurrency - at_work]
    room += [] if limit.calls is None else [limit.calls - len(begun)]
    return max(min(room), 0) if room else None


def wait(limit: Limit, at_work: int, begun: Sequence[float], ahead: int, now: float) -> float | None:
    """Return the seconds after which an attempt should look again, or None when it may begin now.

    `ahead` counts those that have waited longer: a place that is free is theirs first.
    """
    room = free(limit, at_work, begun)
    if room is None or room > ahead:
        return None
    if limit.calls is None or (limit.concurrency is not None and limit.concurrency - at_work <= ahead):
        return LOOK_SECONDS
    # The one it takes the place of leaves the window at a known time; those ahead take the earlier ones.
    turns, place = divmod(max(ahead - (limit.calls - len(begun)), 0), limit.calls)
    leaves = begun[min(place, len(begun) - 1)] if begun else now
    return max(leaves + limit.seconds * (1 + turns) - now, 0.01)


def said(key: str, limit: Limit, at_work: int) -> str:
    """Say in one sentence why an attempt waits."""
    kind, _, name = key.partition(":")
    whose = f"of {kind} {name}" if name else "of all agents"
    if limit.concurrency is not None and at_work >= limit.concurrency:
        verb = "is" if at_work == 1 else "are"
        return f"{at_work} attempt{'s' * (at_work != 1)} {whose} {verb} at work, as many as may be"
    if limit.calls is None:
        return f"others {whose} have waited longer"
    return f"no more than {limit.calls} attempts {whose} may begin in {limit.seconds:g} s"
