"""One part of a long list, and the opaque text that asks for the next part."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from orchestrator.core import codec
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem

T = TypeVar("T")
M = TypeVar("M", bound=Model)

MOST = 200
"""Items of one page, whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list."""

    items: tuple[T, ...]
    next: str | None = None
    """Cursor of the next part; None at the end."""


def cut(rows: QuerySet[M], limit: int, key: Callable[[M], Sequence[int | str]]) -> Page[M]:
    """Take the first rows of an ordered query; `key` makes the cursor from the last one."""
    limit = max(1, min(limit, MOST))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return Page(items=tuple(found[:limit]), next=encode(key(found[limit - 1])) if more else None)


def encode(key: Sequence[int | str]) -> str:
    """Write a place in a list as a cursor."""
    return base64.urlsafe_b64encode(codec.dumps(key).encode()).decode().rstrip("=")


def texts(cursor: str) -> str | None:
    """Read a cursor that holds one text; None where there is no cursor."""
    if not cursor:
        return None
    match _decode(cursor):
        case [str(value)]:
            return value
    raise _unreadable()


def numbers(cursor: str, count: int) -> tuple[int, ...] | None:
    """Read a cursor that holds so many whole numbers; None where there is no cursor."""
    if not cursor:
        return None
    found = _decode(cursor)
    if isinstance(found, list) and len(found) == count:
        whole = tuple(one for one in found if isinstance(one, int) and abs(one) < 1 << 63)
        if len(whole) == count:
            return whole
    raise _unreadable()


def _decode(cursor: str) -> object:
    try:
        return codec.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, codec.NotJson, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> RejectedError:
    problem = Problem(path="cursor", message="this is not a cursor of this list", hint="take it from `next`, unchanged")
    return RejectedError("The cursor cannot be read.", [problem])
