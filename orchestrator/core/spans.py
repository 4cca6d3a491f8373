"""How long the way from a step to the end is: of those that can begin at once, the longest goes first (C5).

Longest remaining path first is list scheduling by levels (T. C. Hu, Parallel Sequencing and Assembly Line Problems,
Operations Research 9(6), 1961). Steps count alike: how long each will take is not known when they begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter


def ahead(lengths: Mapping[str, int], needs: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return for each step how many stand one after another from it to the end, itself counted, at most.

    `lengths` says how many stand so inside each, `needs` which steps end before it starts, without circles.
    """
    after: dict[str, list[str]] = {name: [] for name in lengths}
    for name, waited in needs.items():
        for other in waited:
            after[other].append(name)
    found: dict[str, int] = {}
    for name in TopologicalSorter(after).static_order():
        found[name] = lengths[name] + max((found[other] for other in after[name]), default=0)
    return found
