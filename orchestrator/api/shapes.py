"""What requests have in common. Each noun's own shapes are in its file."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict


class Body(Schema):
    """A request body; a name that is not known is refused, since a misspelt wish would be lost silently."""

    model_config = ConfigDict(extra="forbid")


def number(text: str) -> int:
    """Read an id that is a number; anything else is the id of nothing."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
