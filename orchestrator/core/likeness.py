"""What a review asks of a result beside those that were accepted for similar input, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.parse import Reader
from orchestrator.core.tree import Tree

SIMILAR = "review.similar"
"""The built-in agent that compares a result with accepted ones; it runs in the worker, where these can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How a result must be like those that were accepted for similar input."""

    to: str = "input"
    """Expression of what it was made of."""
    alike: float = 0.9
    """From which likeness on two inputs are similar, 0 to 1."""
    least: float = 0.5
    """How alike the result must be to one of theirs."""
    last: int = 20
    """How many of the latest accepted results are looked at."""


def read(tree: Tree | None, reader: Reader) -> Likeness | None:
    """Read `true`, or what is compared and how alike it must be."""
    if tree is None or tree.value is False:
        return None
    usual = Likeness()
    if tree.value is True:
        return usual
    fields = reader.fields(tree, ("to", "alike", "least", "last"), "'similar'")
    return Likeness(
        to=reader.expression(fields.get("to")) or usual.to,
        alike=_part(fields.get("alike"), usual.alike, reader),
        least=_part(fields.get("least"), usual.least, reader),
        last=reader.whole(fields.get("last"), usual.last, least=1, most=200),
    )


def _part(tree: Tree | None, usual: float, reader: Reader) -> float:
    found = reader.number(tree, usual)
    if tree is not None and found > 1:
        reader.wrong(tree, f"must be from 0 to 1, but is {found:g}", "1 means the same, 0 nothing in common")
    return min(found, 1.0)
