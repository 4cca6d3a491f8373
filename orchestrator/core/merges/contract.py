"""What a merge strategy is, and what it is given. One file each meets `Strategy`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.shapes import Shape
from orchestrator.core.tree import Tree

MOST_LISTED = 100
"""Entries of each list in a merged result; with more, only their numbers are told."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """How a step puts its results together."""

    how: str = "collect"
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one branch or item gave."""

    who: str
    """The branch's name, or an item's index such as `[3]`."""
    value: Json = None
    is_absent: bool = False
    """It failed as far as that is tolerated, or was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a branch, or any item, gives, as far as known before a run."""

    who: str
    shape: Shape
    tree: Tree
    """Where it is written; what is wrong with it is told there."""
    is_agent: bool
    """Whether its shape is what an agent's contract promises."""


class Strategy(Protocol):
    """One way of putting results together."""

    @property
    def name(self) -> str:
        """Return the word for it in a file."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the options it takes."""

    @property
    def required(self) -> tuple[str, ...]:
        """Return the options it cannot do without."""

    def read(self, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader) -> dict[str, Json]:
        """Read its options; `names` are those of the branches, None for a map."""

    def check(self, options: Mapping[str, Json], shares: Sequence[Share], reader: Reader) -> dict[str, Shape]:
        """Check each share, and return the shapes of `value` and of what else it tells."""

    def merge(self, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
        """Return `value` and what else it tells of those who are not absent; raises Refused for one it can't use."""


def listed(found: Sequence[T]) -> list[Any]:
    """Return as much of a list as a merged result holds."""
    return list(found[:MOST_LISTED])
