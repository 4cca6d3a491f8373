"""JSON Schemas from the type hints of an agent's function. Giving a function its input is in `arguments`."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.context import Context

Schema: typing.TypeAlias = dict[str, Json]

_SIMPLE: dict[object, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    dict: "object",
    list: "array",
}
_ANYTHING = (typing.Any, object, Json, inspect.Parameter.empty)
_KNOWN = "str, int, float, bool, None, list[…], dict[str, …], tuple[…], Literal, Optional, TypedDict, dataclass or Enum"


class UnknownType(TypeError):
    """A type hint that no contract can name."""


def hints(function: Callable[..., object]) -> dict[str, object]:
    """Return a function's resolved hints; raises UnknownType when a name in one is not known where it is defined."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        name = getattr(function, "__qualname__", str(function))
        raise UnknownType(f"{name}: {error}; import the type at the top of the module") from error


def context_name(function: Callable[..., object]) -> str | None:
    """Return the parameter that takes the Context, if any: hinted as one, or named `ctx`."""
    known = hints(function)
    for name in inspect.signature(function).parameters:
        if known.get(name) is Context or (name == "ctx" and name not in known):
            return name
    return None


def input_schema(function: Callable[..., object]) -> Schema:
    """Make the contract of what a function takes: a parameter without default is required."""
    known, context = hints(function), context_name(function)
    properties: Schema = {}
    required: list[Json] = []
    free = False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            free = True
        if name == context or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise UnknownType(f"{name}: an agent gets its input by name; remove the '/'")
        properties[name] = _with_default(schema_of(known.get(name, typing.Any), name), parameter.default)
        if parameter.default is parameter.empty:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": free}


def output_schema(function: Callable[..., object]) -> Schema:
    """Make the contract of what a function returns; no hint promises nothing."""
    return schema_of(hints(function).get("return", typing.Any), "return")


def schema_of(hint: object, where: str, seen: tuple[object, ...] = ()) -> Schema:
    """Turn one type into a schema; raises UnknownType naming the place."""
    if hint in _ANYTHING or hint in seen:
        return {}
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if hint is None:
        return {"type": "null"}
    if isinstance(hint, type) and not typing.get_origin(hint):
        return _class_schema(hint, where, (*seen, hint))
    return _generic_schema(hint, where, seen)


def _generic_schema(hint: object, where: str, seen: tuple[object, ...]) -> Schema:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        words = next((extra for extra in inner[1:] if isinstance(extra, str)), "")
        return {**schema_of(inner[0], where, seen), **({"description": words} if words else {})}
    if origin in (typing.Required, typing.NotRequired):
        return schema_of(inner[0], where, seen)
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in (typing.Union, types.UnionType):
        return _union_schema([schema_of(one, where, seen) for one in inner])
    if origin is tuple and not (len(inner) == 2 and inner[1] is ...):
        parts: list[Json] = [schema_of(one, where, seen) for one in inner]
        return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": schema_of(inner[0], f"{where}[]", seen)}
    if isinstance(origin, type) and issubclass(origin, Mapping) and inner[0] is str:
        return {"type": "object", "additionalProperties": schema_of(inner[1], f"{where}.*", seen)}
    raise UnknownType(f"{where}: {hint} is not a type a contract can name; use {_KNOWN}")


def _class_schema(hint: type, where: str, seen: tuple[object, ...]) -> Schema:
    if issubclass(hint, enum.Enum):
        return {"enum": [codec.plain(member.value) for member in hint]}
    if typing.is_typeddict(hint):
        known = typing.get_type_hints(hint, include_extras=True)
        return _object_schema(known, [name for name in known if _is_required(hint, name, known[name])], where, seen)
    if dataclasses.is_dataclass(hint):
        known = typing.get_type_hints(hint, include_extras=True)
        fields = [field for field in dataclasses.fields(hint) if field.init]
        needed = [field.name for field in fields if _has_no_default(field)]
        schema = _object_schema({field.name: known[field.name] for field in fields}, needed, where, seen)
        return {**schema, "additionalProperties": False}
    raise UnknownType(f"{where}: {hint.__name__} is not a type a contract can name; use {_KNOWN}")


def _object_schema(known: Mapping[str, object], required: list[str], where: str, seen: tuple[object, ...]) -> Schema:
    properties: Schema = {name: schema_of(hint, f"{where}.{name}", seen) for name, hint in known.items()}
    return {"type": "object", "properties": properties, "required": list[Json](required)}


def _is_required(kind: type, name: str, hint: object) -> bool:
    """Look at the hint first: with postponed annotations a class does not know its own NotRequired."""
    origin = typing.get_origin(hint)
    if origin in (typing.Required, typing.NotRequired):
        return origin is typing.Required
    required: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
    return name in required


def _union_schema(options: list[Schema]) -> Schema:
    if {} in options:
        return {}
    if all(set(option) == {"type"} for option in options):
        return {"type": [option["type"] for option in options]}
    return {"anyOf": list[Json](options)}


def _with_default(schema: Schema, default: object) -> Schema:
    if default is inspect.Parameter.empty:
        return schema
    try:
        return {**schema, "default": codec.plain(default)}
    except codec.NotJson:
        return schema


def _has_no_default(field: dataclasses.Field[object]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
