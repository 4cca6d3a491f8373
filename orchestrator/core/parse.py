"""Reads the fields of a file and collects every problem on its line. Which fields there are is known by who calls.

A reader never stops at a problem: it notes it and returns something harmless, so that all problems come at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from orchestrator.core import codec, expressions
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.core.words import nearest, suggestion, type_of

Problems: TypeAlias = tuple[Problem, ...]
"""What is wrong with a file, by line; never empty when it is returned instead of a value."""

DURATION = "a time such as 60s, 2m or 4h, or a number of seconds"
LONGEST_SECONDS = 366 * 86_400.0
_DURATION = re.compile(r"^(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)$")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_ID = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_MADE = re.compile(r"^[A-Z][A-Za-z0-9_]{0,62}$")
"""Ids that only a pattern gives."""
_SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
_T = TypeVar("_T", bound=str)
_N = TypeVar("_N", int, None)
_S = TypeVar("_S", float, None)


@dataclass(slots=True)
class Reader:
    """See the module."""

    problems: list[Problem] = field(default_factory=list)
    asks_proven: bool = False
    """Whether an expression asked which agents have passed their saved examples."""

    def wrong(self, tree: Tree, message: str, hint: str = "", *, at_name: bool = False) -> None:
        """Note a problem with a value, or with its name."""
        line = tree.name_line if at_name and tree.name_line else tree.line
        self.problems.append(Problem(path=tree.path, message=message, hint=hint, line=line))

    def found(self) -> Problems:
        """Return everything noted, by line, each once."""
        once = dict.fromkeys(self.problems)
        return tuple(sorted(once, key=lambda problem: (problem.line is None, problem.line or 0)))

    def fields(self, tree: Tree, known: Collection[str], what: str, required: Collection[str] = ()) -> dict[str, Tree]:
        """Return the known fields of an object."""
        if not isinstance(tree.value, dict):
            self.wrong(
                tree, f"{what} must be an object, but is {type_of(tree.value)}", f"its fields: {', '.join(known)}"
            )
            return {}
        meant: set[str] = set()
        for name, inner in tree.value.items():
            if name not in known:
                meant.add(nearest(name, known))
                self.wrong(inner, f"'{name}' is not a field of {what}", suggestion(name, known, "it has"), at_name=True)
        for name in required:
            if name not in tree.value and name not in meant:  # a misspelt name is told once
                self.wrong(tree, f"{what} needs '{name}'", f"add {name}: …")
        return {name: inner for name, inner in tree.value.items() if name in known}

    def text(self, tree: Tree | None, default: str = "") -> str:
        """Read a text that says something."""
        if tree is None:
            return default
        if isinstance(tree.value, str) and tree.value.strip():
            return tree.value.strip()
        is_empty = isinstance(tree.value, str)
        self.wrong(tree, "must be a text, but is " + ("empty" if is_empty else type_of(tree.value)), "quote it")
        return default

    def flag(self, tree: Tree | None, default: bool = False) -> bool:
        """Read true or false."""
        if tree is None or isinstance(tree.value, bool):
            return default if tree is None else bool(tree.value)
        self.wrong(tree, f"must be true or false, but is {type_of(tree.value)}", "write true or false")
        return default

    def whole(self, tree: Tree | None, default: _N, least: int, most: int = 1_000_000) -> int | _N:
        """Read a whole number within bounds."""
        if tree is None:
            return default
        value = tree.value
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(tree, f"must be a whole number, but is {type_of(value)}", f"write a number from {least} on")
        elif not least <= value <= most:
            self.wrong(tree, f"must be from {least} to {most}, but is {value}", "choose a number in between")
        else:
            return value
        return default

    def number(self, tree: Tree | None, default: _S, least: float = 0.0) -> float | _S:
        """Read a number of at least so much."""
        if tree is None:
            return default
        value = tree.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(tree, f"must be a number, but is {type_of(value)}", f"write a number from {least:g} on")
        elif value < least:
            self.wrong(tree, f"must be at least {least:g}, but is {value}", "choose a larger number")
        else:
            return value
        return default

    def duration(self, tree: Tree | None, default: _S) -> float | _S:
        """Read a span of time as seconds, more than none."""
        if tree is None:
            return default
        seconds = seconds_of(tree.value)
        if seconds is None:
            shown = f"'{tree.value}'" if isinstance(tree.value, str) else type_of(tree.value)
            self.wrong(tree, f"must be {DURATION}, but is {shown}", "write it like 90s")
        elif not 0 < seconds <= LONGEST_SECONDS:
            self.wrong(tree, "must be longer than nothing and at most 366 days", "write it like 90s")
        else:
            return seconds
        return default

    def choice(self, tree: Tree | None, options: Collection[_T], default: _T) -> _T:
        """Read one of several words."""
        if tree is None:
            return default
        for option in options:
            if tree.value == option:
                return option
        said = f"'{tree.value}'" if isinstance(tree.value, str) else type_of(tree.value)
        hint = suggestion(tree.value, options) if isinstance(tree.value, str) else ""
        self.wrong(tree, f"must be one of {', '.join(options)}, but is {said}", hint)
        return default

    def items(self, tree: Tree | None, what: str) -> list[Tree]:
        """Read a list."""
        if tree is None:
            return []
        if isinstance(tree.value, list):
            return tree.value
        self.wrong(
            tree, f"must be a list of {what}, but is {type_of(tree.value)}", "write [a, b], or a line with - for each"
        )
        return []

    def texts(self, tree: Tree | None, what: str) -> tuple[str, ...]:
        """Read a list of texts, each once."""
        found: dict[str, None] = {}
        for one in self.items(tree, what):
            text = self.text(one)
            if text in found:
                self.wrong(one, f"'{text}' stands here twice", "remove one")
            if text:
                found[text] = None
        return tuple(found)

    def id(self, tree: Tree, text: object = None) -> str:
        """Read an id that expressions can name: of a step, a branch or an item; returns nothing if it is not one."""
        name = tree.value if text is None else text
        if isinstance(name, str) and (_ID.match(name) or (tree.is_made and _MADE.match(name))):
            return name
        message = (
            f"'{name}' cannot be an id" if isinstance(name, str) else f"an id must be a text, but is {type_of(name)}"
        )
        hint = "ids are lower-case letters, digits and _ and begin with a letter (no dash: it would read as minus)"
        self.wrong(tree, message, hint, at_name=text is not None)
        return ""

    def slug(self, tree: Tree | None, what: str) -> str:
        """Read the name of a workflow, an agent or a board; returns nothing if it is not one."""
        if tree is None:
            return ""
        if isinstance(tree.value, str) and _SLUG.match(tree.value) and len(tree.value) <= 80:
            return tree.value
        said = f"'{tree.value}'" if isinstance(tree.value, str) else type_of(tree.value)
        hint = "names are lower-case words, digits and dashes, such as repo-review"
        self.wrong(tree, f"must be the name of {what}, but is {said}", hint)
        return ""

    def expression(self, tree: Tree | None) -> str:
        """Read an expression; a number, true, false stand for themselves. Returns nothing if it is not one."""
        if tree is None:
            return ""
        text = expression_text(tree)
        if text is None:
            hint = 'write it as one text, such as "[input.a, input.b]"'
            self.wrong(tree, f"must be an expression, but is {type_of(tree.value)}", hint)
            return ""
        try:
            self.asks_proven |= _asks_proven(expressions.compile(text))
        except expressions.ExpressionFault as fault:
            self.wrong(tree, fault.reason, fault.hint)
            return ""
        return text

    def expressions(self, tree: Tree, what: str) -> dict[str, str]:
        """Read names with their expressions."""
        if not isinstance(tree.value, dict):
            hint = "write name: expression, a line for each"
            self.wrong(tree, f"{what} must be an object, but is {type_of(tree.value)}", hint)
            return {}
        return {name: self.expression(inner) for name, inner in tree.value.items()}


def _asks_proven(read: expressions.Expression) -> bool:
    """Tell so also where the name of the agent is worked out, as in `agents[input.name].proven`."""
    return ".proven" in read.text and any(reference[0] == "agents" for reference in read.references)


def expression_text(tree: Tree) -> str | None:
    """Return what a value says as an expression: a text is one, a number or boolean stands for itself."""
    if isinstance(tree.value, str):
        return tree.value.strip()
    return codec.dumps(tree.value) if isinstance(tree.value, bool | int | float) else None


def version_of(tree: Tree) -> str:
    """Return the version of a file's content: lines, comments and the order of names do not matter."""
    return plain_version(tree.plain())


def plain_version(definition: Json) -> str:
    """Return the version of a definition that no file holds."""
    return hashlib.sha256(codec.canonical(definition).encode()).hexdigest()[:16]


def seconds_of(value: object) -> float | None:
    """Return how long a span of time is in seconds; None for what is none, such as `10 minutes`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _DURATION.match(value) if isinstance(value, str) else None
    return float(found[1]) * _SECONDS[found[2]] if found else None
