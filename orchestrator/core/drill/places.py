"""Where a step of a workflow stands, said without what only a run knows: items, rounds and generations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from orchestrator.core.definition import Node
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.lists import OVER_LISTS
from orchestrator.core.nodes.catalogue import KINDS

REPEATED = (*OVER_LISTS, "loop")
"""Kinds whose child has no name of its own: it is an item or a round."""


@lru_cache(maxsize=16384)
def plain(path: str) -> str:
    """Return a path by its names alone: `scan[3]/tools#2/ruff` becomes `scan/tools/ruff`."""
    return "/".join(one.name for one in segments(StepPath(path)))


@lru_cache(maxsize=16384)
def shape(path: str) -> str:
    """Return a path without its numbers, so that all occurrences of one node have the same: `scan[]/tools/ruff`."""
    return "/".join(one.name + "[]" * len(one.indices) for one in segments(StepPath(path)))


def every(node: Node, place: str = "") -> Iterator[tuple[str, Node]]:
    """Yield a node and all inside it, each with its plain place; what repeats a node comes before what it repeats."""
    yield place, node
    for inner in KINDS[node.kind].children(node):
        if node.kind in REPEATED:
            yield from every(inner, place)
        else:
            yield from every(inner, f"{place}/{inner.id}" if place else inner.id)
