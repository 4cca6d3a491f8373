"""Values made up to fit a JSON Schema, the same ones each time. Nothing here is true; it only has the right form.

A schema has several such values: each `Taste` says which is taken where there is a choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from orchestrator.core import schema
from orchestrator.core.outcomes import Json

Schema = Mapping[str, Json]
Hints = Mapping[str, tuple[str | float, ...]]
"""By name of a field: texts and numbers that something compares it with."""
NO_HINTS: Hints = {}
DEEPEST = 8
"""Below it only what is required is filled in, so that a schema that contains itself comes to an end."""
USUAL_ITEMS = 2
_FORMATS: dict[str, str] = {
    "date": "2026-01-05", "time": "09:00:00Z", "date-time": "2026-01-05T09:00:00Z", "duration": "PT1M",
    "email": "someone@example.org", "idn-email": "someone@example.org", "hostname": "example.org",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.org/", "iri": "https://example.org/",
    "uri-reference": "/", "uuid": "00000000-0000-4000-8000-000000000000", "regex": "a", "json-pointer": "/a",
}  # fmt: skip
_PATTERNED = ("2026-01-05", "a", "A", "1", "ab", "abc", "ABC", "12", "123", "1234", "12345", "a1", "A1", "a-1", "A-1",
              "abc-123", "ABC-123", "1.0", "1.0.0", "v1.0.0", "09:00", "a.b", "a/b", "a_b", "#ffffff", "+4912345678",
              "someone@example.org", "https://example.org/", "00000000-0000-4000-8000-000000000000")  # fmt: skip
"""Texts that are tried where a text has to match a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """Which of the values that fit is taken."""

    yes: bool = True
    """What true-or-false is."""
    high: bool = True
    """Whether a number is the highest allowed, or the lowest."""
    pick: int = 0
    """Which of several options, counted from 0 and around."""
    items: int = USUAL_ITEMS
    """How many things a list holds, if it may."""
    word: str = ""
    """What texts that are free end with, so that two values differ."""


TASTES = (
    Taste(), Taste(yes=False, high=False), Taste(high=False, pick=1), Taste(yes=False, pick=1, items=0),
    Taste(pick=2, items=1), Taste(yes=False, high=False, pick=3, items=0), Taste(items=0), Taste(yes=False),
    Taste(yes=False, items=0),
)  # fmt: skip
"""The tastes a drill tries, one after the other."""


def sample(of: Schema, taste: Taste = TASTES[0], name: str = "value", hints: Hints = NO_HINTS) -> Json:
    """Return a value of this taste; one of another taste where that breaks the schema; null where none is found."""
    for one in (taste, *(replace(other, word=taste.word) for other in TASTES)):
        value = _made(_Maker(root=of, taste=one, hints=hints), dict(of), name, 0)
        if not schema.problems(dict(of), value):
            return value
    return None


def fits(of: Schema, value: Json) -> bool:
    """Tell whether a value keeps a schema."""
    return not schema.problems(dict(of), value)


def other_than(of: Schema, value: Json, taste: Taste = TASTES[0]) -> Json | None:
    """Return a value that fits and is not this one; None where the schema has no second one that is found."""
    for one in (replace(taste, pick=taste.pick + 1), *TASTES[1:], taste):
        found = sample(of, replace(one, word="otherwise"))
        if found != value and found is not None:
            return found
    return None


def broken(of: Schema) -> Json:
    """Return a value that breaks a schema as little as can be; where a schema takes anything, one nobody asked for.

    `breaks` tells which of the two it is.
    """
    for value in _slips(of):
        if not fits(of, value):
            return value
    return "malformed on purpose"


def breaks(of: Schema, value: Json) -> bool:
    """Tell whether a value breaks a schema."""
    return not fits(of, value)


def _slips(of: Schema) -> Iterator[Json]:
    """Yield values that may be wrong: the right one less a name it needs, or with one of another type, then worse."""
    right = sample(of)
    if isinstance(right, dict):
        for name in cast("list[str]", of.get("required") or []):
            yield {key: value for key, value in right.items() if key != name}
        for name in right:
            yield {**right, name: [] if not isinstance(right[name], list) else "malformed on purpose"}
        yield {**right, "malformed": "on purpose"}
    yield from ("malformed on purpose", None, [], {}, -1, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    root: Schema
    taste: Taste
    hints: Hints


def _made(maker: _Maker, of: Json, name: str, depth: int) -> Json:
    if not isinstance(of, dict):
        return _text({}, maker, name)
    whole = _resolved(maker.root, of)
    if "const" in whole:
        return whole["const"]
    options = whole.get("enum")
    if isinstance(options, list) and options:
        return options[maker.taste.pick % len(options)]
    if whole.get("default") is not None and maker.taste.pick == 0:
        return whole["default"]
    return _of_type(maker, whole, name, depth)


def _of_type(maker: _Maker, of: Schema, name: str, depth: int) -> Json:
    kind = _type(of, maker.taste)
    if kind == "object":
        return _object(maker, of, depth)
    if kind == "array":
        return _array(maker, of, name, depth)
    if kind in ("integer", "number"):
        return _number(of, maker, name, whole=kind == "integer")
    if kind == "boolean":
        return maker.taste.yes
    return None if kind == "null" else _text(of, maker, name)


def _resolved(root: Schema, of: Schema) -> Schema:
    """Follow a reference inside the schema, take one of several alternatives, and put together what must all hold."""
    for _ in range(DEEPEST):
        ref, choices = of.get("$ref"), of.get("anyOf") or of.get("oneOf")
        if isinstance(ref, str):
            of = {**_at(root, ref), **{key: value for key, value in of.items() if key != "$ref"}}
        elif isinstance(choices, list) and choices:
            first = next((one for one in choices if isinstance(one, dict) and one.get("type") != "null"), choices[0])
            rest = {key: value for key, value in of.items() if key not in ("anyOf", "oneOf")}
            of = {**(first if isinstance(first, dict) else {}), **rest}
        elif isinstance(parts := of.get("allOf"), list):
            of = _together({key: value for key, value in of.items() if key != "allOf"}, parts)
        else:
            break
    return of


def _at(root: Schema, ref: str) -> Schema:
    found: Json = dict(root)
    for part in ref.removeprefix("#").strip("/").split("/") if ref.strip("#/") else ():
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _together(of: Schema, parts: list[Json]) -> Schema:
    found = dict(of)
    for part in parts:
        for key, value in part.items() if isinstance(part, dict) else ():
            before = found.get(key)
            if isinstance(before, dict) and isinstance(value, dict):
                found[key] = {**before, **value}
            elif isinstance(before, list) and isinstance(value, list):
                found[key] = [*before, *value]
            else:
                found[key] = value
    return found


def _type(of: Schema, taste: Taste) -> str:
    kinds = of.get("type")
    if isinstance(kinds, list):
        real = [str(one) for one in kinds if one != "null"] or ["null"]
        return real[taste.pick % len(real)]
    if isinstance(kinds, str):
        return kinds
    if any(key in of for key in ("properties", "required", "additionalProperties")):
        return "object"
    return "array" if "items" in of or "prefixItems" in of else "string"


def _object(maker: _Maker, of: Schema, depth: int) -> Json:
    properties = of.get("properties")
    known = properties if isinstance(properties, dict) else {}
    needed = cast("list[str]", of.get("required") or [])
    names = [*known, *(one for one in needed if one not in known)] if depth < DEEPEST else needed
    found: dict[str, Json] = {one: _made(maker, known.get(one, {}), one, depth + 1) for one in names}
    more = of.get("additionalProperties")
    wanted = max(cast("int", of.get("minProperties") or 0), 1 if isinstance(more, dict) and depth < DEEPEST else 0)
    for number in range(wanted - len(found)):
        found[f"name_{number + 1}"] = _made(maker, more, "value", depth + 1)
    return found


def _array(maker: _Maker, of: Schema, name: str, depth: int) -> Json:
    first = of.get("prefixItems")
    found = [_made(maker, one, name, depth + 1) for one in first] if isinstance(first, list) else []
    least, most = cast("int", of.get("minItems") or 0), cast("int | None", of.get("maxItems"))
    count = max(least, maker.taste.items if depth < DEEPEST else 0)
    count = count if most is None else min(count, most)
    inner = of.get("items", {})
    for number in range(len(found) + 1, count + 1 if inner is not False else 0):
        taste = replace(maker.taste, word=f"{maker.taste.word} {number}".strip(), pick=maker.taste.pick + number - 1)
        found.append(_made(replace(maker, taste=taste), inner, name.removesuffix("s") or name, depth + 1))
    return found


def _number(of: Schema, maker: _Maker, name: str, *, whole: bool) -> Json:
    """Return the highest or the lowest number there may be; without bounds, one beyond what it is compared with."""
    taste, unit = maker.taste, 1 if whole else 0.001
    lowest, highest = _bounds(of, unit)
    known = [one for one in maker.hints.get(name, ()) if isinstance(one, int | float)] or [1]
    low = lowest if lowest is not None else min([*known, *([highest] if highest is not None else [])]) - 1
    high = highest if highest is not None else max([*known, low]) + 1
    value = high if taste.high else low
    step = cast("float | None", of.get("multipleOf"))
    if step:
        value = (value // step if taste.high else -(-value // step)) * step
    return int(value) if whole or float(value).is_integer() else float(value)


def _bounds(of: Schema, step: float) -> tuple[float | None, float | None]:
    least, above = (cast("float | None", of.get(name)) for name in ("minimum", "exclusiveMinimum"))
    most, below = (cast("float | None", of.get(name)) for name in ("maximum", "exclusiveMaximum"))
    return least if above is None else above + step, most if below is None else below - step


def _text(of: Schema, maker: _Maker, name: str) -> str:
    hinted = [one for one in maker.hints.get(name, ()) if isinstance(one, str)]
    if hinted and fits(of, text := hinted[maker.taste.pick % len(hinted)]):
        return text
    if isinstance(of.get("format"), str) and str(of["format"]) in _FORMATS:
        return _FORMATS[str(of["format"])]
    text = f"{name} {maker.taste.word}".strip()
    if isinstance(of.get("pattern"), str):
        return next((one for one in (text, *_PATTERNED) if fits({"pattern": of["pattern"]}, one)), text)
    least, most = cast("int", of.get("minLength") or 0), cast("int | None", of.get("maxLength"))
    text = text if len(text) >= least else (text + " " + "x" * least)[: max(least, 1)]
    return text if most is None else text[:most]
