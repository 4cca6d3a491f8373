"""Whether and when a failed attempt is tried again. A decision is a number of seconds, or None for no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

NEVER = frozenset({"invalid_input", "refused", "rejected", "over_budget", "depth", "stuck", "unmatched"})
"""Failures that another try, or another agent with the same input, can't mend."""
NOT_AGAIN = frozenset({"tripped", "over_limit"})
"""Failures for which the same agent is not tried again, but another one is."""
ONCE = frozenset({"schema", "malformed"})
"""Failures worth one more try: an agent that slipped may get it right."""

MOST_LOST = 3
"""Times a worker dies while only this step is at work on it, until the step is held to be what kills it."""
MOST_GONE = 50
"""Times it is lost together with others, until it is given up all the same."""


def may_go_on(lost: int, gone: int) -> bool:
    """Tell whether a lost attempt is made again; `lost` counts the times it was lost alone, `gone` all times."""
    return lost < MOST_LOST and gone < MOST_GONE


class Policy(Protocol):
    """What a node says about trying again."""

    @property
    def attempts(self) -> int:
        """Return how many tries there may be."""

    @property
    def backoff_seconds(self) -> float:
        """Return the wait before the second try."""

    @property
    def max_backoff_seconds(self) -> float:
        """Return the longest wait."""

    @property
    def on(self) -> Collection[str]:
        """Return which failures are tried again."""


def decide(policy: Policy, failure: str, tried: int, dice: float) -> float | None:
    """Return the seconds to wait before the next try, or None.

    `tried` counts the tries made so far, `dice` is from 0 up to 1. Exponential backoff with equal jitter: half of the
    wait is certain, half is by chance, so that tries that failed together do not come back together.
    """
    if failure in NEVER | NOT_AGAIN or tried >= policy.attempts:
        return None
    if failure in ONCE:
        return policy.backoff_seconds * (0.5 + dice / 2) if tried < 2 else None
    if failure not in policy.on:
        return None
    wait = min(policy.backoff_seconds * 2.0 ** (tried - 1), policy.max_backoff_seconds)
    return wait * (0.5 + dice / 2)
