"""A marked tree: JSON where every value knows its place and line. Doors make it from files, builders from values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeGuard

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, join

Scalar: TypeAlias = bool | int | float | str | None

_HALF = re.compile("[\ud800-\udfff]")

MOST_DEEP = 50
"""Values nested deeper are refused: nobody writes them by hand, and readers of trees recurse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A value with its marks."""

    value: dict[str, Tree] | list[Tree] | Scalar
    path: str = ""
    """Where it stands, such as `steps[2].map.over`."""
    line: int | None = None
    """Where it begins: an object or list at the line of its name, anything else at its own."""
    name_line: int | None = None
    """Where its name stands, if it has one."""
    faults: tuple[Problem, ...] = ()
    """What was wrong with the text itself; only at the root."""
    is_made: bool = False
    """Whether a pattern wrote it instead of a person."""

    def plain(self) -> Json:
        """Return the value without its marks."""
        if isinstance(self.value, dict):
            return {name: inner.plain() for name, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value

    def inner(self) -> Iterator[Tree]:
        """Go over the values directly inside."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def inner_names(self) -> tuple[str, ...]:
        """Return the names of an object's fields; anything else has none."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    def at(self, path: str) -> Tree:
        """Return the value at a place below this one, or the nearest that encloses it."""
        wanted = join(self.path, path)
        here = self
        while True:
            below = next((one for one in here.inner() if _encloses(one.path, wanted)), None)
            if below is None:
                return here
            here = below


def _encloses(path: str, wanted: str) -> bool:
    return wanted == path or wanted.startswith((f"{path}.", f"{path}["))


def from_plain(value: object, path: str = "") -> Tree:
    """Mark a plain value; it has no lines. What is not JSON is left out and named in `faults`."""
    faults: list[Problem] = []
    tree = _marked(value, path, 0, faults)
    return Tree(value=tree.value, path=path, faults=tuple(faults))


def made(tree: Tree) -> Tree:
    """Return a tree whose every value counts as written by Signalbox itself."""
    value = tree.value
    if isinstance(value, dict):
        value = {name: made(inner) for name, inner in value.items()}
    elif isinstance(value, list):
        value = [made(inner) for inner in value]
    return replace(tree, value=value, is_made=True)


def _marked(value: object, path: str, depth: int, faults: list[Problem]) -> Tree:
    if depth > MOST_DEEP:
        faults.append(Problem(path=path, message=f"is nested more than {MOST_DEEP} deep", hint="make it flatter"))
    elif isinstance(value, dict):
        return Tree(path=path, value=_marked_fields(value, path, depth, faults))
    elif isinstance(value, list | tuple):
        inner = [_marked(one, f"{path}[{number}]", depth + 1, faults) for number, one in enumerate(value)]
        return Tree(path=path, value=inner)
    elif _is_scalar(value):
        return Tree(path=path, value=value)
    else:
        faults.append(
            Problem(path=path, message=f"{value!r:.40} is not JSON", hint="use texts, numbers, lists, objects")
        )
    return Tree(path=path, value=None)


def _is_scalar(value: object) -> TypeGuard[Scalar]:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**64  # what the JSON codec can write
    return value is None or _is_text(value)


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether it is a text that can be written: half of a character by itself cannot."""
    return isinstance(value, str) and (value.isascii() or not _HALF.search(value))


def _marked_fields(value: dict[object, object], path: str, depth: int, faults: list[Problem]) -> dict[str, Tree]:
    fields: dict[str, Tree] = {}
    for name, inner in value.items():
        if _is_text(name):
            fields[name] = _marked(inner, join(path, name), depth + 1, faults)
        else:
            faults.append(Problem(path=path, message=f"the name {name!r:.40} is not a text", hint="quote it"))
    return fields
