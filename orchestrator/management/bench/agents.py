"""The agent of the benchmarks."""

from __future__ import annotations


def nothing(**given: object) -> dict[str, object]:
    """Return nothing much."""
    return {}
