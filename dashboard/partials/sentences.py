"""What one event says in plain words, and what sentences are made of. Which event says what is in `story`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Data: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One event as it is told."""

    status: str
    """Colours its lamp."""
    who: str
    what: str
    aside: str = ""


Teller: TypeAlias = Callable[[str, Data], Sentence]
"""Tells an event of the step that is named, or of the run, by its data."""


def text(data: Data, name: str) -> str:
    """Return a field as text; empty where it is missing."""
    return str(data.get(name) or "")
