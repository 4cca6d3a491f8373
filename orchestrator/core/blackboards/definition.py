"""A blackboard as it is defined: its keys, who contributes and when, and when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from orchestrator.core import expressions
from orchestrator.core.definition import Node
from orchestrator.core.outcomes import Json

FIRST = "First"
"""The contributor that writes the first values, before anybody else begins; nobody can be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """Who reads some keys and writes some; each of its turns is a step of its own."""

    node: Node
    """What is done: the call of an agent."""
    when: str = ""
    """A condition over the board; empty means: as soon as all it reads has been written."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    scratch: str = ""
    """The field of its output that is kept for it alone, and given back at its next turn."""
    limit: int | None = None
    """The most turns it may take."""

    @property
    def name(self) -> str:
        """Return what it is called on this board."""
        return self.node.id

    @property
    def needs(self) -> frozenset[str]:
        """Return the keys that must have a value before it can begin."""
        return frozenset(self.reads) | asked(self.when)[0]

    def watches(self, keys: Mapping[str, object]) -> frozenset[str]:
        """Return the keys whose change may make it begin again; `keys` are all there are."""
        values, versions, every = asked(self.when)
        return frozenset(keys) if every else frozenset(self.reads) | values | versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackboard(Node):
    """Let agents contribute to what they share until nobody has anything to add."""

    kind: ClassVar[str] = "blackboard"

    keys: Mapping[str, Mapping[str, Json]]
    """Name of a key to the JSON Schema its value must fit."""
    contributors: tuple[Contributor, ...]
    """Who gives the first values, if any are given, then the others as they were written."""
    until: str = ""
    """A condition over the board that ends it; empty means: when nobody has anything to add."""
    contributions: int = 100
    """The most turns in all."""
    minutes: float | None = None
    """The longest it may take."""
    tries: int = 5
    """How often in a row a contributor may lose to others before it has failed."""
    otherwise: str = ""
    """Expression of its result when a limit stops it, or `until` was never met; empty means that it fails then."""
    output: str = ""
    """Expression of its result; empty means every key with its value."""
    by_name: Mapping[str, Contributor] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Find contributors by name from now on."""
        object.__setattr__(self, "by_name", {one.name: one for one in self.contributors})


@lru_cache(maxsize=4096)
def asked(condition: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Return the keys whose value and whose version a condition asks for, and whether it asks for the whole board."""
    references = expressions.compile(condition).references if condition else ()
    values = frozenset(one[1] for one in references if one[0] == "board" and len(one) > 1)
    versions = frozenset(one[1] for one in references if one[0] == "versions" and len(one) > 1)
    return values, versions, any(one in (("board",), ("versions",)) for one in references)
