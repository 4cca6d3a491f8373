"""Says in our own words what does not fit in a request, as `core.schema_words` does for contracts."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.problems import Problem, place

WORDS: dict[str, tuple[str, str]] = {
    "missing": ("is missing", "add it"),
    "extra_forbidden": ("this name is not known here", "remove it"),
    "string_type": ("expected a text", "give a text"),
    "int_type": ("expected a whole number", "give a whole number"),
    "int_parsing": ("expected a whole number", "give a whole number"),
    "float_type": ("expected a number", "give a number"),
    "bool_type": ("expected true or false", "give true or false"),
    "bool_parsing": ("expected true or false", "give true or false"),
    "dict_type": ("expected an object", "give an object"),
    "model_type": ("expected an object", "give an object"),
    "model_attributes_type": ("expected an object", "give an object"),
    "list_type": ("expected a list", "give a list"),
}
"""Kinds of misfit that pydantic reports, with what to say and what to do."""
SOURCES = ("body", "query", "path", "header")


def misfit(reported: Mapping[str, object]) -> Problem:
    """Turn one misfit that the framework reports into a problem."""
    kind, said = str(reported.get("type", "")), str(reported.get("msg", ""))
    message, hint = WORDS.get(kind, (said[:1].lower() + said[1:], "see /api/v1/openapi.json"))
    return Problem(path=_place(reported.get("loc")), message=message, hint=hint)


def _place(found: object) -> str:
    """Leave out what only the framework knows: where it looked, and its name for the whole body."""
    parts = list(found) if isinstance(found, list | tuple) else []
    if parts and parts[0] in SOURCES:
        parts = parts[2:] if parts[0] == "body" else parts[-1:]
    return place([part for part in parts if isinstance(part, str | int)])
