"""Ranks: numbers that keep cards in order, with room between them. Pure; where cards stand is read in `places`."""

from __future__ import annotations

STEP = 1024.0
"""Distance between neighbours that were numbered afresh."""
SMALLEST = 1e-6
"""A smaller gap is not halved again; the column is numbered afresh first."""


def between(lower: float | None, upper: float | None) -> float | None:
    """Return a rank strictly between two others (None: nobody is there), or None where the gap is too small."""
    if lower is None:
        return 0.0 if upper is None else upper - STEP
    if upper is None:
        return lower + STEP
    return None if upper - lower < SMALLEST else (lower + upper) / 2


def afresh(count: int) -> list[float]:
    """Return so many ranks at even distances."""
    return [STEP * (number + 1) for number in range(count)]
