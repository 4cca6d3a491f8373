"""A contract as a person reads it: a line for each field, inner ones set in; the schema itself stays one click away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.core.outcomes import Json

DEEPEST = 3
MOST = 60
"""Lines of one contract that are shown."""
LIMITS = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}", "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} entries", "maxItems": "at most {} entries", "pattern": "like {}", "format": "{}",
}  # fmt: skip
KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "null": "nothing",
         "object": "named values", "array": "list"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One field of a contract."""

    name: str
    depth: int
    kind: str
    is_required: bool
    notes: str
    """Its description, then its limits."""


def terms(schema: Json) -> list[Term]:
    """List the fields of a contract; none for one that is not made of fields."""
    found = list(_fields(schema, 0)) if isinstance(schema, dict) else []
    return found[:MOST]


def _fields(schema: Mapping[str, Json], depth: int) -> Iterator[Term]:
    named, required = schema.get("properties"), schema.get("required")
    wanted = required if isinstance(required, list) else []
    for name, inner in (named if isinstance(named, dict) else {}).items():
        one = inner if isinstance(inner, dict) else {}
        yield Term(name=name, depth=depth, kind=_kind(one), is_required=name in wanted, notes=_notes(one))
        items = one.get("items")
        if depth + 1 < DEEPEST:
            yield from _fields(items if isinstance(items, dict) else one, depth + 1)


def _kind(schema: Mapping[str, Json]) -> str:
    options, named, items = schema.get("enum"), schema.get("type"), schema.get("items")
    if isinstance(options, list):
        return "one of " + ", ".join(str(one) for one in options[:8])
    kinds = named if isinstance(named, list) else [named]
    said = " or ".join(KINDS.get(str(kind), str(kind)) for kind in kinds if kind) or "anything"
    return f"{said} of: {_kind(items)}" if named == "array" and isinstance(items, dict) else said


def _notes(schema: Mapping[str, Json]) -> str:
    parts = [str(schema[name]) for name in ("title", "description") if schema.get(name)][-1:]
    parts += [words.format(schema[name]) for name, words in LIMITS.items() if name in schema]
    parts += [f"else {schema['default']}"] if "default" in schema else []
    return "; ".join(parts)
