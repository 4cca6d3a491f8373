"""Contracts: JSON Schemas compiled once and asked what does not fit. The only module that knows jsonschema-rs.

How a misfit is said is in `schema_words`. Schemas never reach outside themselves, and patterns run in linear time.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TypeAlias

import jsonschema_rs

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.schema_words import Misfit, explain

Schema: TypeAlias = dict[str, Json]

MOST_PROBLEMS = 20
"""More are not listed: whoever mends the first twenty asks again."""
_META: Schema = {"$ref": "https://json-schema.org/draft/2020-12/schema"}


class BrokenSchema(ValueError):
    """A schema that cannot be used; the message says why. `check_schema` finds it beforehand."""


def problems(schema: Schema, value: Json) -> tuple[Problem, ...]:
    """List what in a value does not fit a schema; an empty schema takes anything."""
    if not schema:
        return ()
    validator = _compiled(codec.canonical(schema))
    if validator.is_valid(value):
        return ()
    return _listed(validator, schema, value)


def check_schema(schema: Json) -> tuple[Problem, ...]:
    """List what is wrong with a schema itself."""
    if not isinstance(schema, dict):
        return (Problem(path="", message="a schema is an object", hint='write something like {"type": "object"}'),)
    found = _listed(_compiled(codec.canonical(_META)), _META, schema)
    if found:
        return found
    try:
        _compiled(codec.canonical(schema))
    except BrokenSchema as error:
        return (Problem(path="", message=str(error), hint="mend the reference or the pattern"),)
    return ()


def _listed(validator: jsonschema_rs.Draft202012Validator, schema: Schema, value: Json) -> tuple[Problem, ...]:
    errors = islice(validator.iter_errors(value), MOST_PROBLEMS)
    found = (problem for error in errors for problem in explain(_misfit(error), schema))
    return tuple(islice(dict.fromkeys(found), MOST_PROBLEMS))


def _misfit(error: jsonschema_rs.ValidationError) -> Misfit:
    inner = error.kind.as_dict().get("context") or []
    return Misfit(
        keyword=error.kind.name,
        at=tuple(error.instance_path),
        rule=tuple(error.schema_path),
        facts={name: fact for name, fact in error.kind.as_dict().items() if name != "context"},
        value=codec.plain(error.instance),
        branches=tuple(tuple(_misfit(one) for one in branch) for branch in inner),
    )


@lru_cache(maxsize=2048)
def _compiled(text: str) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            text, offline=True, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        first_line = str(error).partition("\n")[0]
        raise BrokenSchema(f"this schema cannot be used: {first_line}") from error
