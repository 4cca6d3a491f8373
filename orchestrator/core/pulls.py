"""The words of a pull: why this card and not another, and what a card that has not been pulled yet waits for. Pure."""

from __future__ import annotations

NEAR = 5
"""Cards ahead that are counted one by one; of more it is only said that they are many."""


def reason(priority: int, waiting: int, at_work: int, limit: int | None) -> str:
    """Say why a card was pulled; `waiting` counts those it was chosen from, itself too, `at_work` those before it."""
    others = "the only one that waited" if waiting == 1 else f"first of {waiting} by priority and place"
    taken = f"{at_work + 1} of {limit} at work" if limit is not None else f"{at_work + 1} at work"
    return f"P{priority}, {others}; {taken}"


def waits_for(who: str, ahead: int | None) -> str:
    """Say what a card waits for; `ahead` counts the cards that will be pulled before it, None are too many to count."""
    if ahead == 0:
        return f"waits for {who}, next in line"
    return f"waits for {who}, {f'more than {NEAR}' if ahead is None else ahead} ahead of it"
