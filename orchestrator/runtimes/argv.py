"""Builds a command's arguments from its template: no shell, no splitting, no value that turns into an option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.runtimes.folders import Outside, Roots

_REFERENCE = re.compile(r"\{input\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}")
_WHOLE = re.compile(rf"^{_REFERENCE.pattern}$")


class Refused(ValueError):
    """An input that must not become an argument; the message names it and says why."""


def references(element: str) -> list[str]:
    """List the inputs an element of a template refers to."""
    return _REFERENCE.findall(element)


def check(command: Json) -> tuple[Problem, ...]:
    """List what is wrong with a template's shape."""
    if not isinstance(command, list) or not command or not all(isinstance(part, str) and part for part in command):
        hint = 'write a list of texts, such as ["ruff", "check"]; there is no shell to split one text'
        return (Problem(path="command", message="a command is a list of texts", hint=hint),)
    return tuple(
        Problem(path=f"command[{index}]", message=f"'{part}' has braces that are no reference", hint="{input.name}")
        for index, part in enumerate(command)
        if isinstance(part, str) and _stray(part)
    )


def build(template: list[str], values: dict[str, Json], roots: Roots, folder: Path) -> list[str]:
    """Return the arguments after the binary; raises Refused. A list as a whole element becomes several elements."""
    made: list[str] = []
    for part in template:
        whole = _WHOLE.match(part)
        if whole:
            made.extend(_elements(whole[1], values, roots, folder, free="--" in made))
        else:
            made.append(_filled(part, values, roots, folder, free="--" in made))
    return made


def look_up(name: str, values: dict[str, Json]) -> Json:
    """Return the value of a dotted input name; raises Refused if there is none."""
    found: Json = values
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            raise Refused(f"input.{name} is missing; add it")
        found = found[part]
    return found


def text_of(name: str, value: Json) -> str:
    """Return a value as the text of one argument; raises Refused for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Refused(f"input.{name} must be a text or a number here, not {type(value).__name__}")


def _elements(name: str, values: dict[str, Json], roots: Roots, folder: Path, *, free: bool) -> Iterator[str]:
    value = look_up(name, values)
    if not isinstance(value, list):
        yield _safe(name, text_of(name, value), roots, folder, free=free)
        return
    if not value:
        raise Refused(f"input.{name} is an empty list; without it the command would work on everything")
    for one in value:
        yield _safe(name, text_of(name, one), roots, folder, free=free)


def _filled(part: str, values: dict[str, Json], roots: Roots, folder: Path, *, free: bool) -> str:
    """Fill the references inside one element; only one that begins with a reference can turn into an option."""
    if part.startswith("{input."):
        _safe(references(part)[0], text_of("", look_up(references(part)[0], values)), roots, folder, free=free)

    def one(match: re.Match[str]) -> str:
        return _safe(match[1], text_of(match[1], look_up(match[1], values)), roots, folder, free=True)

    return _REFERENCE.sub(one, part)


def _safe(name: str, text: str, roots: Roots, folder: Path, *, free: bool) -> str:
    if text.startswith("-") and not free:
        raise Refused(f"input.{name} starts with '-' ({text[:40]!r}) and would be taken for an option")
    try:
        return roots.argument(text, folder)
    except Outside as error:
        raise Refused(f"input.{name}: {error}") from error


def _stray(part: str) -> bool:
    """Tell whether braces are left that look like a reference but are none."""
    return "{input" in _REFERENCE.sub("", part)
