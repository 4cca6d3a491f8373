"""Expressions of workflow files: compiled once, evaluated on plain JSON. The only module that knows CEL.

What they may contain is read in `expression_scan`. Nothing but the values handed in can be reached, and work is capped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn, TypeAlias, cast

import cel

from orchestrator.core.expression_scan import MOST_CHARACTERS, ExpressionFault, path_parts, quoting, root, scan
from orchestrator.core.expression_values import as_json, check_size, follow, missing, outermost, take
from orchestrator.core.outcomes import Json
from orchestrator.core.words import type_of

__all__ = ["Anchor", "Expression", "ExpressionFault", "Lookup", "anchor_of", "compile"]

Anchor: TypeAlias = tuple[str, ...]
"""What is fetched as one: ("steps", id) is an object of `output`, `status`, `degraded`; any other root is (name,)."""
Lookup: TypeAlias = Callable[[Anchor], Json]
"""Returns the value of an anchor; raises LookupError when there is none."""

_MOST_ITEMS = (10_000, 1_000, 100)
"""Longest list by how deep comprehensions are nested, so that an evaluation stays within 50 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled expression."""

    text: str
    references: tuple[tuple[str, ...], ...]
    """Every dotted name it uses, such as ("steps", "survey", "output", "root"); indexes end a name."""
    path: tuple[str | int, ...] | None
    """Its parts if it is a plain path, indexes as numbers."""
    nested: int = 0
    """How deep its comprehensions stand in each other."""
    program: cel.Program | None = field(default=None, compare=False, repr=False)

    @property
    def is_path(self) -> bool:
        """Tell whether it is a plain dotted path."""
        return self.path is not None

    def evaluate(self, lookup: Lookup) -> Json:
        """Return its value; raises ExpressionFault saying what is missing or does not fit."""
        if self.path is not None:
            start = 2 if self.path[0] == "steps" else 1
            return follow(_look_up(lookup, cast("Anchor", self.path[:start])), self.path, start)
        return self._run(lookup)

    def test(self, lookup: Lookup) -> bool:
        """Return its value as a condition; raises ExpressionFault unless it is true or false."""
        value = self.evaluate(lookup)
        if isinstance(value, bool):
            return value
        raise ExpressionFault(
            f"'{self.text}' is {type_of(value)}, but a condition is true or false", "compare it, as in … == … or … > 0"
        )

    def _run(self, lookup: Lookup) -> Json:
        assert self.program is not None  # every expression that is not a path has one
        known: dict[Anchor, Json] = {}
        context: dict[str, Json] = {}
        for reference in self.references:
            anchor = anchor_of(reference)
            if anchor not in known:
                known[anchor] = _look_up(lookup, anchor)
        for reference in outermost(self.references):
            anchor = anchor_of(reference)
            take(context, (root(reference[0]), *reference[1:]), len(anchor), known[anchor])
        check_size(self.text, list(context.values()), _MOST_ITEMS[self.nested])
        try:
            value = self.program.execute(context)
        except (KeyError, RuntimeError, TypeError, ValueError, ArithmeticError, IndexError) as error:
            self._explain(error, known)
        return as_json(self.text, value, 0)

    def _explain(self, error: Exception, known: dict[Anchor, Json]) -> NoReturn:
        """Say what went wrong: a missing field by walking the references again, else the error in our words."""
        for reference in self.references:
            start = len(anchor_of(reference))
            found = missing(known[reference[:start]], reference, start)
            if found is None:
                continue
            # A field that only has() asked for is missing too, but did not make CEL fail.
            blamed = isinstance(error, TypeError) if found.wrong_type else error.args[:1] == (found.part,)
            if blamed:
                raise found.fault from error
        reason, hint = _in_words(error)
        raise ExpressionFault(f"'{self.text}' could not be evaluated: {reason}", hint) from error


@lru_cache(maxsize=4096)
def compile(text: str) -> Expression:
    """Read an expression; raises ExpressionFault when it cannot be used."""
    if len(text) > MOST_CHARACTERS:
        reason = f"an expression has at most {MOST_CHARACTERS} characters, this has {len(text)}"
        raise ExpressionFault(reason, "let an agent do this work")
    text = text.strip()
    if not text:
        raise ExpressionFault("an expression is empty", "write a path such as input.name, or text as \"'text'\"")
    parts = path_parts(text)
    if parts == ("steps",):
        raise ExpressionFault("'steps' alone means nothing", "name the step, as in steps.survey.output")
    if parts is not None:
        return Expression(text=text, references=(_names(parts),), path=parts)
    found = scan(text)
    try:
        program = cel.compile(found.source)
    except ValueError as error:
        raise ExpressionFault(f"'{text}' is not an expression: {_syntax(error)}", quoting(text)) from error
    return Expression(text=text, references=found.references, path=None, nested=found.nested, program=program)


def anchor_of(reference: tuple[str, ...]) -> Anchor:
    """Return what has to be looked up for a reference."""
    return reference[:2] if reference[0] == "steps" else reference[:1]


def _names(parts: tuple[str | int, ...]) -> tuple[str, ...]:
    index = next((number for number, part in enumerate(parts) if isinstance(part, int)), len(parts))
    return cast("tuple[str, ...]", parts[:index])


def _look_up(lookup: Lookup, anchor: Anchor) -> Json:
    try:
        return lookup(anchor)
    except LookupError as error:
        name = ".".join(anchor)
        raise ExpressionFault(f"there is no '{name}' here", quoting(name) if len(anchor) == 1 else "") from error


def _in_words(error: Exception) -> tuple[str, str]:
    said = str(error).partition("\n")[0]
    match error:
        case ZeroDivisionError():
            return "division by zero", "test the divisor first, as in d == 0 ? 0 : n / d"
        case ArithmeticError():
            return "a number is too large", ""
        case TypeError():
            return "the types do not fit together", "double(x) before adding to 1.5, string(x) before adding to a text"
        case KeyError():
            return f"there is no field {said}", "has(x.field) tells whether there is one"
        case _:
            return said, ""


def _syntax(error: ValueError) -> str:
    found = re.search(r"Syntax error: (.{1,120})", str(error))
    return (found[1] if found else "it cannot be read").partition(" expecting {")[0].replace("<EOF>", "the end")
