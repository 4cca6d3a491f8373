"""Says in our own words why a value does not fit its contract, and what to do. Finding misfits is in `schema`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, join, place

_NOUNS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing (null)",
}
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One rule of a schema that a value breaks, as the validator reports it."""

    keyword: str
    at: tuple[str | int, ...]
    """The place in the value."""
    rule: tuple[str | int, ...]
    """The place in the schema."""
    facts: dict[str, Json]
    """What the rule says, such as `{"limit": 3}`."""
    value: Json
    branches: tuple[tuple[Misfit, ...], ...] = ()
    """For a choice: what is wrong under each of its alternatives."""


def explain(misfit: Misfit, schema: dict[str, Json]) -> list[Problem]:
    """Turn one misfit into problems, one for each field concerned."""
    where = place(list(misfit.at))
    if misfit.keyword == "required":
        return [_missing(where, str(misfit.facts["property"]), misfit, schema)]
    if misfit.keyword in ("additionalProperties", "unevaluatedProperties"):
        return [_unexpected(join(where, name), misfit, schema) for name in _texts(misfit.facts["unexpected"])]
    if misfit.keyword in ("anyOf", "oneOf") and misfit.branches:
        return [_choice(where, misfit)]
    message, hint = _WORDS.get(misfit.keyword, _other)(misfit)
    return [Problem(path=where, message=message, hint=hint)]


def noun(types: Sequence[str]) -> str:
    """Say which type is wanted: `a text or nothing (null)`."""
    ordered = sorted(types, key=lambda name: name == "null")
    return " or ".join(_NOUNS.get(name, name) for name in ordered) or "a value"


def shown(value: Json) -> str:
    """Show a value in a few characters."""
    text = codec.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _missing(where: str, name: str, misfit: Misfit, schema: dict[str, Json]) -> Problem:
    wanted = _types(_rule_at(schema, [*misfit.rule[:-1], "properties", name]))
    return Problem(path=join(where, name), message=f"{noun(wanted)} is missing", hint="add it")


def _unexpected(path: str, misfit: Misfit, schema: dict[str, Json]) -> Problem:
    known = _rule_at(schema, [*misfit.rule[:-1], "properties"])
    names = ", ".join(list(known)[:12]) if isinstance(known, dict) else ""
    hint = f"remove it; known here: {names}" if names else "remove it"
    return Problem(path=path, message="this name is not known here", hint=hint)


def _choice(where: str, misfit: Misfit) -> Problem:
    here = [one for branch in misfit.branches for one in branch if one.at == misfit.at]
    types = dict.fromkeys(kind for one in here if one.keyword == "type" for kind in _texts(one.facts["types"]))
    options = [_options(one) for one in here if one.keyword == "enum"]
    if types or options:
        wanted = " or ".join([*options, *([noun(list(types))] if types else [])])
        return Problem(path=where, message=f"expected {wanted}, found {shown(misfit.value)}", hint="change it to that")
    closest = min(misfit.branches, key=len)
    reasons = "; ".join(problem.message for one in closest for problem in explain(one, {}))
    return Problem(path=where, message=f"fits none of its alternatives ({reasons})", hint="fit one of them")


def _type(misfit: Misfit) -> tuple[str, str]:
    wanted = noun(_texts(misfit.facts["types"]))
    return f"expected {wanted}, found {shown(misfit.value)}", f"give {wanted}"


def _enum(misfit: Misfit) -> tuple[str, str]:
    return f"{shown(misfit.value)} is not one of the values allowed", f"choose {_options(misfit)}"


def _options(misfit: Misfit) -> str:
    options = misfit.facts["options"]
    return "one of " + ", ".join(shown(option) for option in (options if isinstance(options, list) else [options]))


def _const(misfit: Misfit) -> tuple[str, str]:
    wanted = shown(misfit.facts["expected_value"])
    return f"expected {wanted}, found {shown(misfit.value)}", f"write {wanted}"


def _pattern(misfit: Misfit) -> tuple[str, str]:
    return f"{shown(misfit.value)} does not have the form wanted", f"make it match {misfit.facts.get('pattern')}"


def _format(misfit: Misfit) -> tuple[str, str]:
    return f"{shown(misfit.value)} is not a valid {misfit.facts.get('format')}", "write it in that form"


def _bound(words: str, remedy: str) -> Callable[[Misfit], tuple[str, str]]:
    """Make the wording of a rule with a limit."""

    def say(misfit: Misfit) -> tuple[str, str]:
        limit = misfit.facts.get("limit", misfit.facts.get("multiple_of"))
        return f"{shown(misfit.value)} {words} {limit}", f"{remedy} {limit}"

    return say


def _other(misfit: Misfit) -> tuple[str, str]:
    return f"{shown(misfit.value)} breaks the rule '{misfit.keyword}'", "see the schema"


_WORDS: dict[str, Callable[[Misfit], tuple[str, str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minLength": _bound("has fewer characters than", "write at least"),
    "maxLength": _bound("has more characters than", "write at most"),
    "minItems": _bound("has fewer items than", "give at least"),
    "maxItems": _bound("has more items than", "give at most"),
    "minProperties": _bound("has fewer names than", "give at least"),
    "maxProperties": _bound("has more names than", "give at most"),
    "minimum": _bound("is less than", "give at least"),
    "maximum": _bound("is more than", "give at most"),
    "exclusiveMinimum": _bound("is not more than", "give more than"),
    "exclusiveMaximum": _bound("is not less than", "give less than"),
    "multipleOf": _bound("is not a multiple of", "give a multiple of"),
    "uniqueItems": lambda misfit: ("has the same item twice", "remove the second"),
    "falseSchema": lambda misfit: ("nothing may stand here", "remove it"),
}


def _rule_at(schema: dict[str, Json], path: Sequence[str | int]) -> Json:
    """Return the part of a schema at a place, or None where there is none."""
    found: Json = schema
    for part in path:
        if isinstance(found, dict) and isinstance(part, str):
            found = found.get(part)
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return None
    return found


def _types(rule: Json) -> list[str]:
    return _texts(rule.get("type")) if isinstance(rule, dict) else []


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list) else []
