"""How a value that agents made is laid out for reading: texts, tables, lists, named values. Templates escape it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.outcomes import Json

DEEPEST = 4
"""Levels that are laid out; what is inside them is shown as JSON."""
MOST = 100
"""Entries of a list or an object that are laid out."""
WIDEST = 6
"""Columns of a table."""
TELLING = ("summary", "verdict", "title", "answer", "text")
"""Names of texts that speak for the whole value."""
SHORT = 120
"""Characters of a text that stands in a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A value as it is drawn."""

    form: str
    """text, word, table, names, list or json."""
    value: Json = None
    names: tuple[str, ...] = ()
    """Columns of a table."""
    rows: tuple[tuple[Laid, ...], ...] = ()
    """Cells of a table."""
    entries: tuple[tuple[str, Laid], ...] = ()
    """Parts of an object by their names, or of a list without names."""
    more: int = 0
    """Entries that are left out."""

    @property
    def is_number(self) -> bool:
        """Tell whether it is a figure, which stands at the right."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)

    @property
    def is_counts(self) -> bool:
        """Tell whether it is an object of short values only, which makes a small table."""
        return self.form == "names" and all(inner.form == "word" for _, inner in self.entries)


def as_text(value: Json) -> str:
    """Write a value as text: a text as itself, all else as JSON over several lines."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def laid(value: Json, depth: int = 0) -> Laid:
    """Lay a value out."""
    match value:
        case str():
            return Laid(form="word" if len(value) <= SHORT and "\n" not in value else "text", value=value)
        case dict() if value and depth < DEEPEST:
            return _object(value, depth)
        case list() if value and depth < DEEPEST:
            return _list(value, depth)
        case dict() | list() if value:
            return Laid(form="json", value=value)
        case dict() | list():
            return Laid(form="word", value="none")
        case bool():
            return Laid(form="word", value="yes" if value else "no")
        case None:
            return Laid(form="word", value="–")
        case _:
            return Laid(form="word", value=value)


def _object(value: Mapping[str, Json], depth: int) -> Laid:
    shown = list(value.items())[:MOST]
    entries = tuple((name, laid(inner, depth + 1)) for name, inner in shown)
    return Laid(form="names", entries=entries, more=len(value) - len(shown))


def _list(value: Sequence[Json], depth: int) -> Laid:
    shown = value[:MOST]
    names = _columns(shown)
    more = len(value) - len(shown)
    if names:
        rows = tuple(tuple(laid(_cell(row, name), depth + 1) for name in names) for row in shown)
        return Laid(form="table", names=names, rows=rows, more=more)
    return Laid(form="list", entries=tuple(("", laid(inner, depth + 1)) for inner in shown), more=more)


def _columns(rows: Sequence[Json]) -> tuple[str, ...]:
    """Return the names of a table's columns; none where the rows are not alike, or not flat."""
    if not all(isinstance(row, dict) and row for row in rows):
        return ()
    names = tuple(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    is_flat = all(not isinstance(_cell(row, name), dict | list) for row in rows for name in names)
    return names if is_flat and len(names) <= WIDEST else ()


def _cell(row: Json, name: str) -> Json:
    return row.get(name) if isinstance(row, dict) else None


def gist(value: Json, most: int = 80) -> str:
    """Say a value in one short line: `score 0.83 · files 12 entries`."""
    match value:
        case str():
            said = " ".join(value.split())
        case dict():
            known = {name: inner for name, inner in value.items() if inner is not None}
            said = " · ".join(_named(name, inner) for name, inner in sorted(known.items(), key=_place))
        case _:
            said = _word(value)
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _place(entry: tuple[str, Json]) -> int:
    """Put first what says most in few words: a sentence about the whole, figures, how much there is of the rest."""
    name, value = entry
    if name in TELLING and isinstance(value, str):
        return 0
    return 1 if isinstance(value, int | float) else 2 if isinstance(value, list | dict) else 3


def _named(name: str, value: Json) -> str:
    return _word(value) if name in TELLING and isinstance(value, str) else f"{name} {_word(value)}"


def _word(value: Json) -> str:
    match value:
        case list():
            return f"{len(value)} entr{'y' if len(value) == 1 else 'ies'}"
        case dict():
            return f"{len(value)} field{'s'[: len(value) != 1]}"
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return " ".join(str(value).split())
