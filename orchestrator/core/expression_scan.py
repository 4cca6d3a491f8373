"""Reads the words of an expression: its references and its caps. Evaluating is in `expressions`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MACROS = frozenset({"map", "filter", "exists", "exists_one", "all"})
FUNCTIONS = frozenset({"size", "has", "string", "int", "double", "type"})
METHODS = frozenset({"size", "contains", "startsWith", "endsWith", "matches"})
RESERVED = frozenset({"steps", "input"})
MOST_CHARACTERS = 500
_KEYWORDS = frozenset({"true", "false", "null", "in"})
_MOST_MACROS = 3
_MOST_NESTED = 2
_MOST_PLUSES = 20  # each may copy its sides, and a comprehension repeats that for every item
_MOST_BRACKETS = 32
_TAKEN = frozenset(
    (
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import"),
        *("let", "loop", "package", "namespace", "return", "var", "void", "while"),
    )
)
"""Words CEL keeps for itself though it has no use for them; here they are names like any other."""
_PYTHON = {"and": "&&", "or": "||", "not": "!", "True": "true", "False": "false", "None": "null"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      |(?P<text>[rR]?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
      |(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<mark>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:,.()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_PATH = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9]\d{0,8})\])*$")
_PATH_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")


class ExpressionFault(ValueError):
    """An expression that cannot be read, or could not be evaluated: why, and what to do."""

    def __init__(self, reason: str, hint: str = "") -> None:
        """Say why, and what to do."""
        super().__init__(f"{reason}; {hint}" if hint else reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was found in the words of an expression."""

    references: tuple[tuple[str, ...], ...]
    """Everything it refers to, such as ("steps", "survey", "output"), in order, once each."""
    nested: int
    """How deep comprehensions stand in each other; 0 when there are none."""
    source: str
    """The same expression for CEL, with names it keeps for itself renamed."""


def path_parts(text: str) -> tuple[str | int, ...] | None:
    """Return the parts of a plain dotted path such as `steps.a.output[0]`, or None if it is anything more."""
    if not _PATH.match(text) or not _KEYWORDS.isdisjoint(text.split(".")):
        return None
    return tuple(int(part) if part[0].isdigit() else part for part in _PATH_PART.findall(text))


def root(name: str) -> str:
    """Return what a name is called in `Scan.source`."""
    return f"{name}__" if name in _TAKEN else name


def scan(text: str) -> Scan:
    """Find the references of an expression; raises ExpressionFault where a cap is passed or a word cannot be."""
    tokens = list(_tokens(text))
    _check_words(tokens)
    return _Scanner(tokens).run()


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionFault(f"'{text[at]}' at character {at + 1} is not part of an expression", quoting(text))
        at = found.end()
        if found.lastgroup != "space":
            yield found.group()


def _check_words(tokens: list[str]) -> None:
    pluses = sum(word == "+" for word in tokens)
    if pluses > _MOST_PLUSES:
        raise ExpressionFault(f"{pluses} times + is more than the {_MOST_PLUSES} allowed", "let an agent do this work")
    for word, follower in zip(tokens, [*tokens[1:], ""], strict=True):
        if word in _PYTHON and follower not in (".", "("):
            raise ExpressionFault(f"'{word}' is not a word of this language", f"write {_PYTHON[word]}")


def quoting(text: str) -> str:
    """Return the hint for text that was meant literally."""
    short = text if len(text) <= 40 else f"{text[:39]}…"
    return f"if this is meant as text, quote it inside: \"'{short}'\""


class _Scanner:
    """One pass over the tokens, keeping the open brackets and the names that comprehensions bind in them."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, "", "", "", ""]
        self._bound: list[str] = []  # one entry per open bracket: the bound name, or ""
        self._found: dict[tuple[str, ...], None] = {}
        self._macros = 0
        self._nested = 0

    def run(self) -> Scan:
        """Walk to the end."""
        at = 0
        while self._tokens[at]:
            at = self._step(at)
        return Scan(references=tuple(self._found), nested=self._nested, source=self._source())

    def _source(self) -> str:
        written: list[str] = []
        for word in self._tokens:
            if word in _TAKEN and written and written[-1] == ".":
                written[-1:] = ["[", f"'{word}'", "]"]
            else:
                written.append(root(word))
        return " ".join(written)

    def _step(self, at: int) -> int:
        word = self._tokens[at]
        if word in "([{":
            return self._open(at, "")
        if word in ")]}":
            if not self._bound:
                raise ExpressionFault(f"'{word}' closes nothing", "count the brackets")
            self._bound.pop()
        elif word == "." and not self._ends_value(at - 1):
            raise ExpressionFault("a point must follow a name", "write a path such as input.name")
        elif _is_name(word) and word not in _KEYWORDS:
            return self._name(at)
        return at + 1

    def _name(self, at: int) -> int:
        word, after = self._tokens[at], self._tokens[at + 1]
        member = at > 0 and self._tokens[at - 1] == "."
        if after == "(":
            return self._call(at, word, member)
        if after == "{":
            raise ExpressionFault(f"'{word}{{' is not part of this language", "write an object as {'name': value}")
        if member or word in self._bound:
            return at + 1
        return self._reference(at)

    def _call(self, at: int, name: str, member: bool) -> int:
        if member and name in MACROS:
            return self._macro(at, name)
        known = METHODS if member else FUNCTIONS
        if name not in known:
            words = ", ".join(sorted(known | MACROS if member else known))
            raise ExpressionFault(f"there is no function '{name}' here", f"there are: {words}")
        return self._open(at + 1, "")

    def _macro(self, at: int, name: str) -> int:
        variable, comma = self._tokens[at + 2], self._tokens[at + 3]
        if not _is_name(variable) or variable in _KEYWORDS or comma != ",":
            raise ExpressionFault(f"{name}() needs a name and an expression", f"write list.{name}(x, x.field)")
        if variable in RESERVED:
            raise ExpressionFault(f"'{variable}' cannot be the name of an item", "choose another, such as x")
        self._macros += 1
        if self._macros > _MOST_MACROS:
            raise ExpressionFault(f"more than {_MOST_MACROS} comprehensions", "let an agent do this work")
        self._open(at + 1, variable)
        depth = sum(1 for bound in self._bound if bound)
        self._nested = max(self._nested, depth)
        if depth > _MOST_NESTED:
            raise ExpressionFault("comprehensions are nested more than once", "let an agent do this work")
        return at + 2

    def _open(self, at: int, bound: str) -> int:
        self._bound.append(bound)
        if len(self._bound) > _MOST_BRACKETS:
            raise ExpressionFault(f"brackets are nested more than {_MOST_BRACKETS} deep", "write it shorter")
        return at + 1

    def _reference(self, at: int) -> int:
        parts = [self._tokens[at]]
        at += 1
        while self._tokens[at] == "." and _is_name(self._tokens[at + 1]) and self._tokens[at + 2] != "(":
            parts.append(self._tokens[at + 1])
            at += 2
        if parts == ["steps"]:
            raise ExpressionFault("'steps' alone means nothing", "name the step, as in steps.survey.output")
        self._found[tuple(parts)] = None
        return at

    def _ends_value(self, at: int) -> bool:
        last = self._tokens[at] if at >= 0 else ""
        return last in (")", "]", "}") or last[:1] in ("'", '"', "_") or last[:1].isalnum()


def _is_name(word: str) -> bool:
    return word.isidentifier() and word.isascii()
