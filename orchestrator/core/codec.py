"""JSON as text and back, and how much of it there may be. The only module that knows orjson."""

from __future__ import annotations

import orjson

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import place

ARTIFACT_BYTES = 64 * 1024
"""A larger value is kept by reference, not in events and claims."""
_MAX_DEPTH = 200


class NotJson(ValueError):
    """A value or a text that is not JSON; the message says where and why."""


class TooLarge(ValueError):
    """A value whose JSON is larger than allowed; the message names both sizes."""


def dumps(value: object) -> str:
    """Write a value as compact JSON; raises NotJson naming the place. Infinite and undefined numbers become null."""
    return _encode(value, 0).decode()


def canonical(value: object) -> str:
    """Write a value so that equal values give equal texts: names sorted."""
    return _encode(value, orjson.OPT_SORT_KEYS).decode()


def loads(text: str | bytes) -> Json:
    """Read JSON; raises NotJson with line and column."""
    try:
        read: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"this is not JSON: {error}") from error
    return read


def plain(value: object) -> Json:
    """Return what a value becomes by being written and read: tuples are lists, dataclasses are objects."""
    return loads(dumps(value))


def within(value: object, limit: int) -> str:
    """Write a value as JSON of at most `limit` bytes; raises TooLarge."""
    text = _encode(value, 0)
    if len(text) > limit:
        raise TooLarge(f"the value takes {size_in_words(len(text))}; at most {size_in_words(limit)} are allowed")
    return text.decode()


def size(text: str) -> int:
    """Return how many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode())


def size_in_words(count: int) -> str:
    """Say a number of bytes for a person: `3 bytes`, `1.5 MB`."""
    if count < 1000:
        return f"{count} bytes"
    for unit, above in (("KB", 10**6), ("MB", 10**9)):
        if count < above:
            return f"{count * 1000 / above:.1f} {unit}"
    return f"{count / 10**9:.1f} GB"


def _encode(value: object, option: int) -> bytes:
    try:
        return orjson.dumps(value, option=option)
    except TypeError as error:  # JSONEncodeError is one; orjson does not say where, so look for the place
        raise NotJson(_why_not(value, [], 0) or f"the value cannot be written as JSON: {error}") from error


def _why_not(value: object, parts: list[str | int], depth: int) -> str:
    """Name the first place in a value that is not JSON; empty when none is found."""
    if depth > _MAX_DEPTH:
        return f"{place(parts[:5]) or 'the value'} is nested more than {_MAX_DEPTH} deep, or contains itself"
    if isinstance(value, dict):
        return _why_not_dict(value, parts, depth)
    if isinstance(value, list | tuple):
        found = (_why_not(item, [*parts, index], depth + 1) for index, item in enumerate(value))
        return next(filter(None, found), "")
    try:
        orjson.dumps(value)
    except TypeError as error:
        return f"{place(parts) or 'the value'} is a {type(value).__name__}, which is not JSON ({error})"
    return ""


def _why_not_dict(value: dict[object, object], parts: list[str | int], depth: int) -> str:
    for name, item in value.items():
        if not isinstance(name, str):
            return f"{place(parts) or 'the value'} has the name {name!r}; names in JSON are texts"
        why = _why_not(item, [*parts, name], depth + 1)
        if why:
            return why
    return ""
