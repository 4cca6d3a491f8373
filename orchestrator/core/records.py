"""Facts and messages as JSON and back. Fields at their default are left out, so that old records read like new ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_type_hints

from orchestrator.core import codec
from orchestrator.core.events import FACTS, Fact
from orchestrator.core.messages import MESSAGES, Message
from orchestrator.core.signals import Decision

T = TypeVar("T")


_OTHER = "it was written by another one, so run that, or one that is newer than both"


class UnknownRecord(ValueError):
    """A stored type, or a field of a fact, that this version of Signalbox does not know."""


def write(record: Fact | Message) -> str:
    """Write a fact's or message's fields as JSON; its type is kept beside it."""
    return codec.dumps(_plain(record))


def read_fact(type_: str, data: Mapping[str, Any]) -> Fact:
    """Make a fact from its type and fields; raises UnknownRecord where this version can't read all that it says.

    A fact is what is true: one that is only understood in part would give a run another meaning without a word.
    """
    if type_ not in FACTS:
        raise UnknownRecord(f"no event is called '{type_}' in this version of Signalbox; {_OTHER}")
    known, needed = _names(FACTS[type_])
    if not data.keys() <= known:
        strange = min(data.keys() - known)
        raise UnknownRecord(f"event '{type_}' has '{strange}', which this version of Signalbox can't read; {_OTHER}")
    if not data.keys() >= needed:
        raise UnknownRecord(f"event '{type_}' lacks '{min(needed - data.keys())}'; {_OTHER}")
    made: Fact = _read(FACTS[type_], data)
    return made


def read_message(type_: str, data: Mapping[str, Any]) -> Message:
    """Make a message from its type and fields; raises UnknownRecord."""
    if type_ not in MESSAGES:
        raise UnknownRecord(f"no message is called '{type_}'")
    made: Message = _read(MESSAGES[type_], data)
    return made


def plain(record: Any) -> dict[str, Any]:
    """Return the fields of a value such as a step's state, those at their default left out."""
    return _plain(record)


def read(kind: type[T], data: Mapping[str, Any]) -> T:
    """Make a value from its fields."""
    made: T = _read(kind, data)
    return made


def _plain(record: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, default, _ in _shape(type(record)):
        value = getattr(record, name)
        if value is not default and value != default:
            plain[name] = value
    return plain


def _read(kind: type[Any], data: Mapping[str, Any]) -> Any:
    readers = {name: reader for name, _, reader in _shape(kind)}
    return kind(**{name: readers[name](value) for name, value in data.items() if name in readers})


_shapes: dict[type, tuple[tuple[str, Any, Callable[[Any], Any]], ...]] = {}


def _shape(kind: type[Any]) -> tuple[tuple[str, Any, Callable[[Any], Any]], ...]:
    if kind not in _shapes:
        hints = get_type_hints(kind)
        fields = dataclasses.fields(kind)
        _shapes[kind] = tuple((field.name, _default(field), _reader(hints[field.name])) for field in fields)
    return _shapes[kind]


_named: dict[type, tuple[frozenset[str], frozenset[str]]] = {}


def _names(kind: type[Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of a record's fields, and of those that have no default."""
    if kind not in _named:
        shape = _shape(kind)
        needed = frozenset(name for name, default, _ in shape if default is dataclasses.MISSING)
        _named[kind] = frozenset(name for name, _, _ in shape), needed
    return _named[kind]


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint is Decision:
        return lambda value: _read(Decision, value)
    if getattr(hint, "__origin__", None) is tuple:
        return tuple
    for option in (hint, *get_args(hint)):
        if isinstance(option, type) and issubclass(option, StrEnum):
            return lambda value: None if value is None else option(value)
    return lambda value: value
