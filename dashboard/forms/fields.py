"""Form fields made from a JSON Schema and values, and what was typed read back by the same schema.

A value that cannot be shown as a field of its own becomes one of JSON text. Whether values fit is for services to say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem

LONG = 80
"""A text with more characters, or with a line break, gets several lines."""
BIGGEST = 1 << 63
"""Whole numbers from here on cannot be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form."""

    name: str
    label: str
    kind: str
    """line, text, number, integer, flag, choice, json, or any: JSON, and what is none is a text."""
    value: str = ""
    """As it stands in the form."""
    was: Json = None
    """The value it began with."""
    hint: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """What is wrong with it, in words."""
    yours: str = ""
    """What a person had typed over a value that is not the current one any more."""

    @property
    def rows(self) -> int:
        """Return how many lines a text field begins with."""
        return max(3, min(12, self.value.count("\n") + 2 + len(self.value) // 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed: the values that can be read, and the fields as they were left."""

    values: dict[str, Json] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    is_readable: bool = True

    @property
    def changed(self) -> dict[str, Json]:
        """Return the values that differ from what the fields began with."""
        was = {one.name: one for one in self.fields}
        return {name: value for name, value in self.values.items() if not _is_same(was[name], value)}


def fields_of(schema: Mapping[str, Json], names: Sequence[str], values: Mapping[str, Json]) -> tuple[Field, ...]:
    """Make a field for each name, by its schema or, where there is none, by its value."""
    properties = _object(schema.get("properties"))
    required = schema.get("required")
    wanted = required if isinstance(required, list) else []
    return tuple(_field(name, _object(properties.get(name)), values.get(name), name in wanted) for name in names)


def names_of(schema: Mapping[str, Json]) -> tuple[str, ...] | None:
    """Return the names of an object's fields; None for a schema that fields cannot show."""
    properties = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        return None
    return tuple(properties)


def read(fields: Sequence[Field], posted: Mapping[str, str], prefix: str = "") -> Typed:
    """Read what was typed; an optional field left empty is left out, one that was not sent stays as it was."""
    values: dict[str, Json] = {}
    left: list[Field] = []
    for one in fields:
        text = posted.get(f"{prefix}{one.name}")
        here = one if text is None else replace(one, value=_typed(one, text))
        try:
            value = one.was if text is None or _is_unasked(one, here) else _value(here)
        except ValueError as error:
            left.append(replace(here, wrong=(str(error),)))
            continue
        left.append(here)
        if value is not None or one.was is not None:
            values[one.name] = value
    return Typed(values=values, fields=tuple(left), is_readable=not any(one.wrong for one in left))


def marked(
    fields: Sequence[Field], problems: Sequence[Problem], prefix: str
) -> tuple[tuple[Field, ...], list[Problem]]:
    """Put each problem to its field; return the fields, and the problems that belong to none."""
    rest = list(problems)
    found = []
    for one in fields:
        place = f"{prefix}.{one.name}"
        inside = (f"{place}.", f"{place}[")
        mine = [problem for problem in rest if problem.path == place or problem.path.startswith(inside)]
        rest = [problem for problem in rest if problem not in mine]
        found.append(replace(one, wrong=(*one.wrong, *(_said(problem, place) for problem in mine))))
    return tuple(found), rest


def renewed(fields: Sequence[Field], typed: Sequence[Field]) -> tuple[Field, ...]:
    """Set what was typed over older values beside the current ones, so that it can be compared and copied."""
    texts = {one.name: one.value for one in typed if one.value != _shown(one.kind, one.was)}
    return tuple(
        replace(one, yours=texts[one.name]) if texts.get(one.name, one.value) != one.value else one for one in fields
    )


def _is_unasked(before: Field, here: Field) -> bool:
    """Tell whether a box that may be left out was not ticked, and nobody had said anything about it."""
    return before.kind == "flag" and not (before.required or before.value or here.value) and before.was is None


def _said(problem: Problem, place: str) -> str:
    inner = problem.path[len(place) :].lstrip(".")
    return f"{inner}: {problem.message}" if inner else problem.message + (f"; {problem.hint}" if problem.hint else "")


def _typed(one: Field, text: str) -> str:
    if one.kind == "flag":
        return "true" if text else ""
    return _one_line_end(text)


def _one_line_end(text: str) -> str:
    """Write line ends as one character: a browser sends two, whatever it was given."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_same(one: Field, value: Json) -> bool:
    was = one.was
    if isinstance(was, str) and isinstance(value, str):
        # A browser drops nothing but line ends; what only differs by them at the end is what it was.
        return _one_line_end(was).rstrip("\n") == value.rstrip("\n")
    if isinstance(was, int | float) and isinstance(value, int | float) and not isinstance(was, bool):
        return was == value
    return codec.canonical(was) == codec.canonical(value)


def _field(name: str, schema: Mapping[str, Json], value: Json, required: bool) -> Field:
    made = Field(name=name, label=str(schema.get("title") or name), kind=_kind(schema, value), was=value,
                 hint=str(schema.get("description") or ""), required=required)  # fmt: skip
    if made.kind == "choice":
        options = schema.get("enum")
        made = replace(made, choices=tuple(str(one) for one in options) if isinstance(options, list) else ())
    return replace(made, value=_shown(made.kind, schema.get("default") if value is None else value))


def _kind(schema: Mapping[str, Json], value: Json) -> str:
    options = schema.get("enum")
    if isinstance(options, list) and all(isinstance(one, str) for one in options):
        return "choice"
    named = schema.get("type")
    if value is None and isinstance(named, list) and "string" in named and "null" not in named:
        return "any"
    kind = named if isinstance(named, str) else _type_of(value)
    if kind == "string":
        longest = schema.get("maxLength")
        is_long = isinstance(value, str) and (len(value) > LONG or "\n" in value or "\r" in value)
        return "text" if is_long or (isinstance(longest, int) and longest > 200) else "line"
    return {"number": "number", "integer": "integer", "boolean": "flag"}.get(kind, "json")


def _type_of(value: Json) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case _:
            return "object"


def _shown(kind: str, value: Json) -> str:
    if value is None:
        return ""
    if kind == "flag":
        return "true" if value else ""
    if kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False)
    return _one_line_end(str(value))


def _value(one: Field) -> Json:
    """Return the value of a field; raises ValueError saying what it should be."""
    text = one.value
    if one.kind == "flag":
        return bool(text)
    if one.kind in ("line", "text", "choice"):
        return text if text or one.was is not None else None
    if not text.strip():
        return None
    if one.kind == "any":
        return _anything(text)
    return _number(one) if one.kind in ("number", "integer") else _json(text)


def _number(one: Field) -> Json:
    text = one.value.strip()
    try:
        found = int(text) if one.kind == "integer" or text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        found = math.nan
    if abs(found) < BIGGEST if isinstance(found, int) else math.isfinite(found):
        return found
    what = "whole number" if one.kind == "integer" else "number"
    raise ValueError(f"this is not a {what}; write one such as 3")


def _anything(text: str) -> Json:
    try:
        return codec.loads(text)
    except codec.NotJson:
        return text.strip()


def _json(text: str) -> Json:
    try:
        return codec.loads(text)
    except codec.NotJson as error:
        raise ValueError(f"{error}; mend it, or put back what stood here") from None


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
