"""Walks JSON for expressions: follows paths, takes what is referred to, checks what comes out. Knows no CEL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from orchestrator.core.expression_scan import ExpressionFault
from orchestrator.core.outcomes import Json
from orchestrator.core.words import suggestion, type_of

Parts = tuple[str | int, ...]

_MOST_DEEP = 100
_LET_AN_AGENT = "let an agent do this work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The first part of a path that is not there."""

    part: str | int
    wrong_type: bool
    """Whether what encloses it cannot have such parts at all."""
    fault: ExpressionFault


def follow(value: Json, parts: Parts, start: int) -> Json:
    """Return the value at the end of a path of which `start` parts are behind; raises ExpressionFault."""
    here = value
    for part in parts[start:]:
        if isinstance(here, dict) and part in here:
            here = here[part]
            continue
        if isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            found = missing(value, parts, start)
            assert found is not None  # the same walk, with words
            raise found.fault
    return here


def missing(value: Json, parts: Parts, start: int) -> Missing | None:
    """Find the first part that is not there and say what is."""
    for number, part in enumerate(parts[start:], start):
        place = _path_text(parts[:number])
        match value, part:
            case dict(), str() if part in value:
                value = value[part]
            case list(), int() if part < len(value):
                value = value[part]
            case dict(), str():
                reason = f"'{place}' has no field '{part}'"
                return Missing(
                    part=part, wrong_type=False, fault=ExpressionFault(reason, suggestion(part, value, "it has"))
                )
            case list(), int():
                reason = f"'{place}' has {len(value)} items, there is no [{part}]"
                return Missing(part=part, wrong_type=False, fault=ExpressionFault(reason, "the first is [0]"))
            case _:
                wanted = f"it has no field '{part}'" if isinstance(part, str) else "not a list"
                return Missing(
                    part=part, wrong_type=True, fault=ExpressionFault(f"'{place}' is {type_of(value)}, {wanted}")
                )
    return None


def _path_text(parts: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")


def take(context: dict[str, Json], reference: tuple[str, ...], start: int, value: Json) -> None:
    """Put only what is referred to into the context: less to copy, and long lists beside it do no harm."""
    into, key = context, reference[start - 1]
    for name in reference[: start - 1]:
        into = cast("dict[str, Json]", into.setdefault(name, {}))
    for part in reference[start:]:
        if not isinstance(value, dict):
            break
        into = cast("dict[str, Json]", into.setdefault(key, {}))
        if part not in value:
            return  # has() sees what encloses it
        key, value = part, value[part]
    into[key] = value


def outermost(references: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Leave out references inside others, which are there already."""
    every = set(references)
    return tuple(one for one in references if not any(one[:size] in every for size in range(1, len(one))))


def check_size(text: str, values: list[Json], most: int) -> None:
    """Raise ExpressionFault if a list among the values is longer than allowed, or nested too deep."""
    ahead = [(value, 0) for value in values]
    while ahead:
        value, depth = ahead.pop()
        if depth > _MOST_DEEP:
            raise ExpressionFault(f"'{text}' uses a value nested more than {_MOST_DEEP} deep", _LET_AN_AGENT)
        if isinstance(value, dict):
            ahead.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            if len(value) > most:
                raise ExpressionFault(
                    f"'{text}' uses a list of {len(value)} items; at most {most} may be", _LET_AN_AGENT
                )
            ahead.extend((inner, depth + 1) for inner in value)


def as_json(text: str, value: object, depth: int) -> Json:
    """Return a result as plain JSON with names in order; raises ExpressionFault if it is something else."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list) and depth < _MOST_DEEP:
        return [as_json(text, item, depth + 1) for item in value]
    if isinstance(value, dict) and depth < _MOST_DEEP and all(isinstance(name, str) for name in value):
        return {name: as_json(text, value[name], depth + 1) for name in sorted(value)}
    raise ExpressionFault(
        f"'{text}' gives a value that is not JSON: {value!r}"[:300], "give a text, number, list or object"
    )
