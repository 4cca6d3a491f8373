"""Gives an agent's function its input the way its hints ask for it: by name, with dataclasses and enums made."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence

from orchestrator.core.outcomes import Json
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.contracts import context_name, hints


def arguments(function: Callable[..., object], values: dict[str, Json], context: Context) -> dict[str, object]:
    """Return the keyword arguments; raises TypeError when the input does not fit the parameters."""
    known = hints(function)
    given: dict[str, object] = {name: shaped(value, known.get(name)) for name, value in values.items()}
    wanted = context_name(function)
    if wanted is not None:
        given[wanted] = context
    inspect.signature(function).bind(**given)
    return given


def shaped(value: Json, hint: object) -> object:
    """Turn a plain value into what its hint names; a value of another shape stays as it is."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Annotated, typing.Required, typing.NotRequired):
        return shaped(value, inner[0])
    if origin in (typing.Union, types.UnionType):
        return _first_fit(value, inner)
    if isinstance(hint, type) and isinstance(value, dict) and dataclasses.is_dataclass(hint):
        return _made(value, hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if isinstance(origin, type) and inner:
        return _items(value, origin, inner)
    return value


def _items(value: Json, origin: type, inner: tuple[object, ...]) -> object:
    if isinstance(value, list) and issubclass(origin, tuple):
        hints_of = inner * len(value) if inner[-1] is ... else inner
        return tuple(shaped(one, hint) for one, hint in zip(value, hints_of, strict=False))
    if isinstance(value, list) and issubclass(origin, Sequence):
        return [shaped(one, inner[0]) for one in value]
    if isinstance(value, dict) and issubclass(origin, Mapping):
        return {name: shaped(one, inner[-1]) for name, one in value.items()}
    return value


def _made(value: dict[str, Json], kind: type) -> object:
    known = typing.get_type_hints(kind, include_extras=True)
    return kind(**{name: shaped(one, known.get(name)) for name, one in value.items()})


def _first_fit(value: Json, options: tuple[object, ...]) -> object:
    for option in options:
        try:
            made = shaped(value, option)
        except (TypeError, ValueError):
            continue
        if made is not value:
            return made
    return value
