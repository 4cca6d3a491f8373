"""Paths in the input of a run, marked `"format": "path"` in its schema: only what lies under the roots is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, place

MOST_CHARACTERS = 4096
"""A longer text is no path."""


def settle(schema: Json, value: Json) -> tuple[Json, tuple[Problem, ...]]:
    """Return the input with its paths absolute and free of symlinks, and what is wrong with them."""
    found: list[Problem] = []
    return _settled(schema, value, [], found), tuple(found)


def strays(value: Json) -> tuple[Problem, ...]:
    """List the texts that name something there is outside the roots, whatever a schema says of them.

    For what a person gives a step in the middle of a run: its agent trusts what comes from the steps before it.
    """
    return tuple(_strays(value, []))


def _strays(value: Json, at: list[str | int]) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _strays(item, [*at, name])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strays(item, [*at, index])
    elif isinstance(value, str) and value.startswith(("/", "~", "../")) and len(value) < MOST_CHARACTERS:
        resolved = _there(value)
        if resolved is not None:
            yield from _wrong(place(at), value, resolved)


def _there(text: str) -> Path | None:
    """Return what a text names, if it names something there is."""
    try:
        resolved = (_roots()[0] / Path(text).expanduser()).resolve()
        return resolved if resolved.exists() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _settled(schema: Json, value: Json, at: list[str | int], found: list[Problem]) -> Json:
    if not isinstance(schema, dict):
        return value
    if isinstance(value, str) and schema.get("format") == "path":
        return _path(value, at, found)
    if isinstance(value, dict):
        rules = schema.get("properties")
        known = rules if isinstance(rules, dict) else {}
        rest = schema.get("additionalProperties")
        return {name: _settled(known.get(name, rest), item, [*at, name], found) for name, item in value.items()}
    if isinstance(value, list):
        return [_settled(schema.get("items"), item, [*at, index], found) for index, item in enumerate(value)]
    return value


def _path(text: str, at: list[str | int], found: list[Problem]) -> str:
    """Resolve once and hand on the result, so that what is checked is what is read."""
    where = place(at)
    if not text.strip():  # left empty: the workflow says what that means
        return ""
    if "\0" in text:
        found.append(Problem(path=where, message="this is not a path", hint="give the path of a file or folder"))
        return text
    try:
        resolved = (_roots()[0] / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError) as error:
        found.append(Problem(path=where, message=f"this path cannot be followed: {error}", hint="give another one"))
        return text
    found.extend(_wrong(where, text, resolved))
    return str(resolved)


def _wrong(where: str, text: str, resolved: Path) -> Iterator[Problem]:
    roots = _roots()
    if not any(resolved.is_relative_to(root) for root in roots):
        allowed = " or ".join(str(root) for root in roots)
        message = f"'{text[:200]}' lies outside the folders that runs may read"
        yield Problem(
            path=where, message=message, hint=f"give a path under {allowed}; SIGNALBOX_ROOTS sets the folders"
        )
    elif not resolved.exists():
        yield Problem(path=where, message=f"'{text[:200]}' does not exist", hint="give the path of a file or folder")


def _roots() -> list[Path]:
    roots: list[Path] = [Path(root).resolve() for root in settings.ROOTS]
    return roots
