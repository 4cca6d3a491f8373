"""Words for people that several rooms of the core need: what a value is, which name was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_NAMES = 12


def type_of(value: object) -> str:
    """Say what a JSON value is: `a text`, `a list`."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name most like a word, or an empty text."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), list(names), n=1)
    return names[close[0]] if close else ""


def suggestion(word: str, known: Iterable[str], what: str = "there are") -> str:
    """Return the hint for a name that is not known: the nearest one, or all there are."""
    names = sorted({name for name in known if name})
    close = nearest(word, names)
    if close:
        return f"did you mean '{close}'?"
    if not names:
        return ""
    more = ", …" if len(names) > _MOST_NAMES else ""
    return f"{what}: {', '.join(names[:_MOST_NAMES])}{more}"
