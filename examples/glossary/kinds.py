"""What stands on the glossary's board."""

from __future__ import annotations

from typing import Literal, TypedDict


class Term(TypedDict):
    """A word that texts say often, with all forms it has in them."""

    term: str
    forms: list[str]
    count: int


class Definition(TypedDict):
    """What a text says a term means."""

    text: str
    where: str
    how: Literal["table", "prose"]


class Entry(TypedDict):
    """A definition that was looked at; `fault` is empty when it is of use."""

    term: str
    meaning: str
    where: str
    fault: str


class Tokens(TypedDict):
    """How often each telling word is said."""

    tokens: dict[str, int]


class Stems(TypedDict):
    """All words with the same stem, most frequent first."""

    stems: dict[str, list[str]]


class Terms(TypedDict):
    """What the glossary should explain, most frequent first."""

    terms: list[Term]


class Definitions(TypedDict):
    """The best definition of each term so far."""

    definitions: dict[str, Definition]


class Checked(TypedDict):
    """All definitions, looked at."""

    checked: list[Entry]
