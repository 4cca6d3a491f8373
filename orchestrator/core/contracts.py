"""Whether what one step gives can fit what another takes, as far as known before a run. Only sure misfits are told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.core import schema, shapes
from orchestrator.core.outcomes import Json
from orchestrator.core.schema_words import noun
from orchestrator.core.shapes import Nowhere, Shape
from orchestrator.core.words import suggestion

_MOST_DEEP = 24
_MOST_LOOKS = 2_000
"""Pairs of shapes looked at for one hand-off; a schema that branches without end is left to the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One certain misfit."""

    path: tuple[str, ...]
    """The place in the value; items of a list are `[]`."""
    message: str
    hint: str = ""
    is_extra: bool = False
    """Whether a name is there that should not be."""


def misfits(given: Shape, wanted: Shape) -> Iterator[Misfit]:
    """List where a value of one shape can never fit another."""
    return _Comparison().misfits(given, wanted, (), 0)


class _Comparison:
    """One comparison, which remembers how much it has looked at."""

    def __init__(self) -> None:
        self._looks = 0

    def misfits(self, given: Shape, wanted: Shape, path: tuple[str, ...], depth: int) -> Iterator[Misfit]:
        wanted = shapes.resolve(wanted)
        self._looks += 1
        if given.is_unknown or wanted.is_unknown or depth > _MOST_DEEP or self._looks > _MOST_LOOKS:
            return
        if "const" in given.schema:
            yield from _of_value(given, wanted, path)
            return
        mistyped = _mistyped(given, wanted, path)
        if mistyped is not None:
            yield mistyped
            return
        alternatives = [Shape(schema=one, root=wanted.root) for one in _branches(wanted)]
        if alternatives:
            firsts = (next(self.misfits(given, one, path, depth + 1), None) for one in alternatives)
            found = list(itertools.takewhile(lambda first: first is not None, firsts))
            if len(found) == len(alternatives) and found[0] is not None:
                yield found[0]
            return
        yield from self._inside(given, wanted, path, depth + 1)

    def _inside(self, given: Shape, wanted: Shape, path: tuple[str, ...], depth: int) -> Iterator[Misfit]:
        have = shapes.types(given)
        if have == {"array"}:
            yield from self.misfits(shapes.element(given), shapes.element(wanted), (*path, "[]"), depth)
        if have != {"object"}:
            return
        names = shapes.names(given) or ()
        for name in names:
            yield from self._field(given, wanted, (*path, name), depth)
        if names or shapes.is_closed(given):
            yield from _missing(given, wanted, path, names)

    def _field(self, given: Shape, wanted: Shape, path: tuple[str, ...], depth: int) -> Iterator[Misfit]:
        name = path[-1]
        have, want = shapes.inside(given, name), shapes.inside(wanted, name)
        known = shapes.names(wanted) or ()
        if shapes.is_closed(wanted) and (isinstance(want, Nowhere) or (known and name not in known)):
            yield Misfit(
                path=path, message=f"'{name}' is not taken", hint=suggestion(name, known, "it takes"), is_extra=True
            )
        elif isinstance(have, Shape) and isinstance(want, Shape):
            yield from self.misfits(have, want, path, depth)


def _branches(wanted: Shape) -> list[dict[str, Json]]:
    listed = wanted.schema.get("anyOf") or wanted.schema.get("oneOf")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _of_value(given: Shape, wanted: Shape, path: tuple[str, ...]) -> Iterator[Misfit]:
    try:
        found = schema.problems(shapes.standalone(wanted), given.schema["const"])
    except schema.BrokenSchema:
        return  # told where the schema stands
    for problem in found:
        inner = tuple(part for part in problem.path.replace("[", ".[").split(".") if part)
        yield Misfit(path=(*path, *inner), message=problem.message, hint=problem.hint)


def _mistyped(given: Shape, wanted: Shape, path: tuple[str, ...]) -> Misfit | None:
    have, want = shapes.types(given), shapes.types(wanted)
    if not have or not want or _wider(have) & _wider(want):
        return _not_allowed(given, wanted, path)
    return Misfit(path=path, message=f"must be {noun(sorted(want))}, but is {noun(sorted(have))}")


def _wider(names: frozenset[str]) -> frozenset[str]:
    """A number may turn out whole, so the two are not told apart beforehand."""
    return names | {"integer"} if "number" in names else names


def _not_allowed(given: Shape, wanted: Shape, path: tuple[str, ...]) -> Misfit | None:
    options, allowed = shapes.resolve(given).schema.get("enum"), wanted.schema.get("enum")
    if isinstance(options, list) and isinstance(allowed, list) and not any(option in allowed for option in options):
        listed = ", ".join(str(option) for option in allowed)
        return Misfit(path=path, message=f"must be one of {listed}, but is one of {', '.join(map(str, options))}")
    return None


def _missing(given: Shape, wanted: Shape, path: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Misfit]:
    for name in shapes.required(wanted):
        if isinstance(shapes.inside(given, name), Nowhere):
            there = shapes.inside(wanted, name)
            want = noun(sorted(shapes.types(there))) if isinstance(there, Shape) else "a value"
            yield Misfit(path=path, message=f"'{name}' ({want}) is missing", hint=_from(names))


def _from(names: tuple[str, ...]) -> str:
    return f"given are: {', '.join(names[:12])}" if names else "nothing is given"
