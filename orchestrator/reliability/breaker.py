"""When to stop asking something that keeps failing, and how to find out that it is well again. Pure: time is given.

A circuit breaker (M. Nygard: Release It!, 2nd edition, 2018, chapter 5): closed while all is well, open while nothing
is asked, half open while a few probes are. It opens by the share of failures in a moving window of at least so many
calls (as Netflix's Hystrix did), or by failures in a row: what is called seldom, or takes a minute to time out, never
fills a window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

COUNTED = frozenset({"crash", "timeout", "unavailable", "malformed", "schema"})
"""Failures that say something about an agent. Its input, a person's no, a limit or a lost worker say nothing."""
OF_PROVIDER = frozenset({"timeout", "unavailable"})
"""Failures that say something about the provider behind it: an answer in the wrong form is the agent's own."""
MOST_PAUSE_SECONDS = 3600.0
"""The longest pause somebody may ask for; after it a probe asks again, and is told again."""


class State(StrEnum):
    """Whether something is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When it opens, how long it stays open, and how many probes close it. Times in seconds."""

    window_seconds: float = 60.0
    least: int = 5
    """Calls in the window below which a share says nothing."""
    share: float = 0.5
    """Of failures among them, from which it opens."""
    row: int = 5
    """Failures in a row from which it opens, however few calls there were."""
    row_seconds: float = 900.0
    """How far back such a row may reach."""
    open_seconds: float = 10.0
    """The first time; each time it opens again without having closed it is twice as long."""
    most_open_seconds: float = 300.0
    probes: int = 2
    """How many may be at work at once while it is half open, and have to succeed until it closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is known of the latest calls since it was last closed, the newest included."""

    calls: int
    """In the window; only those that succeeded, or failed in a way that counts."""
    failures: int
    row: int
    """Failures in a row, up to now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One breaker. Times are seconds since 1970."""

    state: State = State.CLOSED
    since: float = 0.0
    """When it came into this state."""
    until: float | None = None
    """While it is open, when probes may begin; None while only a person closes it."""
    streak: int = 0
    """How often it has opened since it was last closed, pauses not counted."""
    passed: int = 0
    """Probes that succeeded since it is half open."""
    by_hand: bool = False
    """A person opened it."""
    why: str = ""


def failed(breaker: Breaker, counts: Counts, why: str, now: float, dice: float, rule: Rule) -> Breaker:
    """Count a failure; it opens a closed breaker when there are too many."""
    if breaker.state != State.CLOSED:
        return breaker  # it began before the breaker opened, and is no probe
    if counts.row >= rule.row:
        said = f"{counts.row} failures in a row, the last: {why}"
    elif counts.calls >= rule.least and counts.failures >= rule.share * counts.calls:
        said = f"{counts.failures} of {counts.calls} calls in {rule.window_seconds:g} s failed, the last: {why}"
    else:
        return breaker
    return _opened(breaker, said, now, dice, rule)


def paused(breaker: Breaker, seconds: float, why: str, now: float) -> Breaker:
    """Open it for as long as whoever is asked wants to be left alone; a person's word stands, a longer time too."""
    until = now + min(seconds, MOST_PAUSE_SECONDS)
    if breaker.by_hand or (breaker.state == State.OPEN and breaker.until is not None and breaker.until >= until):
        return breaker
    return replace(breaker, state=State.OPEN, until=until, passed=0, why=why,
                   since=breaker.since if breaker.state == State.OPEN else now)  # fmt: skip


def looked_at(breaker: Breaker, now: float) -> Breaker:
    """Return it half open when it has been open for long enough."""
    if breaker.state != State.OPEN or breaker.until is None or now < breaker.until:
        return breaker
    return replace(breaker, state=State.HALF_OPEN, since=now, until=None, passed=0, by_hand=False)


def free_probes(breaker: Breaker, at_work: int, rule: Rule) -> int:
    """Return how many more probes may begin; `at_work` have begun and not ended."""
    return max(rule.probes - at_work - breaker.passed, 0) if breaker.state == State.HALF_OPEN else 0


def probed(breaker: Breaker, is_good: bool, why: str, now: float, dice: float, rule: Rule) -> Breaker:
    """Count a probe that ended: enough good ones close it, a bad one opens it for twice as long as before."""
    if breaker.state != State.HALF_OPEN:
        return breaker  # another probe, or a person, was faster
    if not is_good:
        return _opened(breaker, f"a probe failed: {why}", now, dice, rule)
    passed = breaker.passed + 1
    if passed < rule.probes:
        return replace(breaker, passed=passed)
    return Breaker(since=now, why=f"{passed} probe{'s' if passed > 1 else ''} in a row succeeded")


def tripped(breaker: Breaker, why: str, now: float, seconds: float | None = None) -> Breaker:
    """Open it by hand: for some time, or until a person closes it."""
    until = None if seconds is None else now + seconds
    return Breaker(state=State.OPEN, since=now, until=until, streak=breaker.streak, by_hand=True, why=why)


def reset(why: str, now: float) -> Breaker:
    """Close it by hand: what failed before is forgotten."""
    return Breaker(since=now, why=why)


def _opened(breaker: Breaker, why: str, now: float, dice: float, rule: Rule) -> Breaker:
    """Open it for twice as long as the last time; half of that is certain and half by chance, as with retries."""
    wait = min(rule.open_seconds * 2.0 ** min(breaker.streak, 40), rule.most_open_seconds)
    return Breaker(state=State.OPEN, since=now, until=now + wait * (0.5 + dice / 2), streak=breaker.streak + 1, why=why)
