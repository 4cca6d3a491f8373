"""What is known of a value before it exists: a JSON Schema walked field by field. Comparing is in `contracts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from orchestrator.core.outcomes import Json
from orchestrator.core.schema_words import noun
from orchestrator.core.words import suggestion

Schema = Mapping[str, Json]

_CHOICES = ("anyOf", "oneOf")
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A schema with the document its references point into, or an object or list put together from other shapes."""

    schema: Schema = field(default_factory=dict)
    root: Schema = field(default_factory=dict)
    fields: Mapping[str, Shape] | None = None
    """Of an object put together here: exactly these are in it."""
    element: Shape | None = None
    """Of a list put together here."""

    @property
    def is_unknown(self) -> bool:
        """Tell whether nothing is known."""
        return not self.schema and self.fields is None and self.element is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """A place that a value cannot have, and why."""

    reason: str
    hint: str = ""


UNKNOWN = Shape()


def of_schema(schema: Schema) -> Shape:
    """Return the shape a schema describes."""
    return Shape(schema=schema, root=schema)


def of_value(value: Json) -> Shape:
    """Return the shape of a value that is known already."""
    return of_schema({"const": value})


def of_object(fields: Mapping[str, Shape]) -> Shape:
    """Return the shape of an object with exactly these fields."""
    return Shape(fields=dict(fields))


def of_list(element: Shape) -> Shape:
    """Return the shape of a list."""
    return Shape(element=element)


def of_entries(value: Shape) -> Shape:
    """Return the shape of an object with any names, each with such a value; what was put together here is left out."""
    inner: Schema = {"additionalProperties": dict(value.schema)} if value.schema else {}
    return Shape(schema={"type": "object", **inner}, root=value.root)


def either(options: Sequence[Shape]) -> Shape:
    """Return what is known of a value that has one of several shapes: all where they are the same, else its types."""
    if not options:
        return UNKNOWN
    first = options[0]
    if all(one == first or _is_same(one, first) for one in options):
        return first
    every = [types(one) for one in options]
    names_: list[Json] = [*sorted(frozenset().union(*every))]
    return of_schema({"type": names_}) if all(every) else UNKNOWN


def or_nothing(shape: Shape) -> Shape:
    """Return what is known of a value that may also be null; what was put together here can't say so."""
    if not shape.schema:
        return shape
    return Shape(schema={"anyOf": [dict(shape.schema), {"type": "null"}]}, root=shape.root)


def _is_same(one: Shape, other: Shape) -> bool:
    plain = one.fields is None and one.element is None and other.fields is None and other.element is None
    return plain and one.schema == other.schema and "$ref" not in str(one.schema)


def types(shape: Shape) -> frozenset[str]:
    """Return the JSON types it can have; empty when nothing is known."""
    if shape.fields is not None:
        return frozenset({"object"})
    if shape.element is not None:
        return frozenset({"array"})
    return _types(shape, set())


def element(shape: Shape) -> Shape:
    """Return the shape of the items, if it is a list."""
    if shape.element is not None:
        return shape.element
    for one in _sides(shape):
        items = one.schema.get("items")
        if isinstance(items, dict):
            return Shape(schema=items, root=shape.root)
    return UNKNOWN


def inside(shape: Shape, part: str | int) -> Shape | Nowhere:
    """Return the shape of a field or an item, or why there can be none."""
    known = types(shape)
    if isinstance(part, int):
        if known and "array" not in known:
            return Nowhere(reason=f"is {noun(sorted(known))}, not a list")
        return element(shape)
    if known and "object" not in known:
        return Nowhere(reason=f"is {noun(sorted(known))}, it has no field '{part}'")
    return _field(shape, part, set())


def names(shape: Shape) -> tuple[str, ...] | None:
    """Return the fields it is said to have; None when none are said."""
    if shape.fields is not None:
        return tuple(shape.fields)
    found: dict[str, None] = {}
    for one in _sides(shape):
        found.update(dict.fromkeys(_object(one.schema.get("properties"))))
    return tuple(found) or None


def required(shape: Shape) -> tuple[str, ...]:
    """Return the fields it must have."""
    if shape.fields is not None:
        return tuple(shape.fields)
    lists = (one.schema.get("required") for one in _sides(shape, ("allOf",)))
    return tuple(name for names_ in lists if isinstance(names_, list) for name in names_ if isinstance(name, str))


def is_closed(shape: Shape) -> bool:
    """Tell whether fields that are not named are refused."""
    return shape.fields is not None or resolve(shape).schema.get("additionalProperties") is False


def resolve(shape: Shape) -> Shape:
    """Follow references within the same document."""
    for _ in range(_MOST_HOPS):
        target = shape.schema.get("$ref")
        if not isinstance(target, str):
            return shape
        found = _point(shape.root, target)
        if found is None:
            return UNKNOWN
        shape = Shape(schema=found, root=shape.root)
    return UNKNOWN


def standalone(shape: Shape) -> dict[str, Json]:
    """Return a schema that can be used by itself."""
    kept = {name: shape.root[name] for name in ("$defs", "definitions") if name in shape.root}
    return {**kept, **shape.schema}


def _point(root: Schema, target: str) -> Schema | None:
    if target == "#":
        return root
    if not target.startswith("#/"):
        return None
    here: Json = cast("Json", root)
    for part in target[2:].split("/"):
        if not isinstance(here, dict):
            return None
        here = here.get(part.replace("~1", "/").replace("~0", "~"))
    return here if isinstance(here, dict) else None


def _sides(shape: Shape, keys: tuple[str, ...] = ("allOf", *_CHOICES)) -> list[Shape]:
    """Return the schema itself and everything it is put together from, each once."""
    found: dict[int, Shape] = {}
    ahead = [resolve(shape)]
    while ahead:
        one = ahead.pop(0)
        if id(one.schema) not in found:
            found[id(one.schema)] = one
            ahead.extend(resolve(inner) for key in keys for inner in _listed(one, key))
    return list(found.values())


def _listed(shape: Shape, key: str) -> list[Shape]:
    inner = shape.schema.get(key)
    every = inner if isinstance(inner, list) else []
    return [Shape(schema=one, root=shape.root) for one in every if isinstance(one, dict)]


def _types(shape: Shape, seen: set[int]) -> frozenset[str]:
    shape = resolve(shape)
    if id(shape.schema) in seen:
        return frozenset()  # looked at already: schemas may contain themselves
    seen.add(id(shape.schema))
    said = shape.schema.get("type")
    if isinstance(said, str):
        return frozenset({said})
    if isinstance(said, list):
        return frozenset(name for name in said if isinstance(name, str))
    if "const" in shape.schema:
        return frozenset({type_name(shape.schema["const"])})
    options = shape.schema.get("enum")
    if isinstance(options, list):
        return frozenset(type_name(option) for option in options)
    return _types_of_parts(shape, seen)


def _types_of_parts(shape: Shape, seen: set[int]) -> frozenset[str]:
    for key in _CHOICES:
        sets = [_types(inner, seen) for inner in _listed(shape, key)]
        if sets:
            return frozenset().union(*sets) if all(sets) else frozenset()
    sets = [found for inner in _listed(shape, "allOf") if (found := _types(inner, seen))]
    return frozenset.intersection(*sets) if sets else frozenset()


def type_name(value: Json) -> str:
    """Return the JSON type of a value; whole numbers are integers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _field(shape: Shape, name: str, seen: set[int]) -> Shape | Nowhere:
    if shape.fields is not None:
        return shape.fields.get(name) or _no_field(name, list(shape.fields))
    shape = resolve(shape)
    if id(shape.schema) in seen:
        return Nowhere(reason="was looked at already")
    seen.add(id(shape.schema))
    own = _object(shape.schema.get("properties"))
    if name in own:
        found = own[name]
        return Shape(schema=found, root=shape.root) if isinstance(found, dict) else UNKNOWN
    if isinstance(shape.schema.get("const"), dict):
        value = cast("dict[str, Json]", shape.schema["const"])
        return of_value(value[name]) if name in value else _no_field(name, list(value))
    return _field_of_parts(shape, name, seen)


def _field_of_parts(shape: Shape, name: str, seen: set[int]) -> Shape | Nowhere:
    parts = [
        inner
        for key in ("allOf", *_CHOICES)
        for inner in _listed(shape, key)
        if "object" in (types(inner) or {"object"})
    ]
    found = [one for inner in parts if isinstance(one := _field(inner, name, seen), Shape)]
    if found:
        return found[0] if len(found) == 1 else UNKNOWN
    more = shape.schema.get("additionalProperties")
    if isinstance(more, dict):
        return Shape(schema=more, root=shape.root)
    said = names(shape)
    open_ended = more is True or "patternProperties" in shape.schema or (said is None and more is not False)
    return UNKNOWN if open_ended else _no_field(name, list(said or ()))


def _no_field(name: str, known: list[str]) -> Nowhere:
    return Nowhere(reason=f"has no field '{name}'", hint=suggestion(name, known, "it has"))


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
