"""Reads a JSON Schema in a file, more strictly than the standard: a misspelt keyword would silently allow anything."""

from __future__ import annotations

from orchestrator.core import schema
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion

_SCHEMAS = frozenset(
    {"items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else", "unevaluatedProperties",
     "unevaluatedItems"}
)  # fmt: skip
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_RULES = frozenset(
    {"type", "enum", "const", "required", "minProperties", "maxProperties", "dependentRequired", "minItems", "maxItems",
     "uniqueItems", "minContains", "maxContains", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
     "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "contentEncoding", "contentMediaType", "contentSchema"}
)  # fmt: skip
_WORDS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
     "$ref", "$schema", "$id", "$anchor", "$comment", "$dynamicRef", "$dynamicAnchor", "$vocabulary"}
)  # fmt: skip
FORMATS = (
    "path", "date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference",
    "uuid", "regex", "json-pointer",
)  # fmt: skip
"""Formats that are checked; `path` is ours: a folder or file under the configured roots."""
KEYWORDS = _SCHEMAS | _LISTS | _NAMED | _RULES | _WORDS


def read_schema(tree: Tree | None, reader: Reader) -> dict[str, Json]:
    """Return the schema, without the parts that are broken, so that nothing else is found wrong because of them."""
    if tree is None:
        return {}
    found = schema.check_schema(tree.plain())
    broken = [tree.at(problem.path) for problem in found]
    for place, problem in zip(broken, found, strict=True):
        reader.wrong(place, problem.message, problem.hint)
    _check_words(tree, reader)
    plain = _without(tree, {place.path for place in broken})
    return plain if isinstance(plain, dict) and not (found and schema.check_schema(plain)) else {}


def _without(tree: Tree, broken: set[str]) -> Json:
    if isinstance(tree.value, dict):
        return {name: _without(inner, broken) for name, inner in tree.value.items() if inner.path not in broken}
    if isinstance(tree.value, list):
        return [_without(inner, broken) for inner in tree.value if inner.path not in broken]
    return tree.value


def _check_words(tree: Tree, reader: Reader) -> None:
    if not isinstance(tree.value, dict):
        return
    for word, inner in tree.value.items():
        if word not in KEYWORDS and not word.startswith("x-"):
            hint = suggestion(word, KEYWORDS) if _is_near(word) else "start your own words with x-"
            reader.wrong(inner, f"'{word}' is not a word of JSON Schema", hint, at_name=True)
        elif word in _SCHEMAS:
            _check_words(inner, reader)
        elif word in _LISTS or word in _NAMED:
            for one in inner.inner():
                _check_words(one, reader)
        elif word == "format" and isinstance(inner.value, str) and inner.value not in FORMATS:
            reader.wrong(inner, f"'{inner.value}' is not a known format", suggestion(inner.value, FORMATS))
    _check_required(tree.value, reader)


def _is_near(word: str) -> bool:
    return suggestion(word, KEYWORDS).startswith("did you mean")


def _check_required(fields: dict[str, Tree], reader: Reader) -> None:
    """A name that is required but nowhere described is a slip of the pen."""
    described, required = fields.get("properties"), fields.get("required")
    if described is None or required is None or not isinstance(described.value, dict):
        return
    for name in required.inner():
        if isinstance(name.value, str) and name.value not in described.value and not _LISTS & fields.keys():
            hint = suggestion(name.value, described.value)
            reader.wrong(name, f"'{name.value}' is required, but not among the properties", hint)
