"""What people may write on a card and where it ends: the one check of their words. Keeping them is in `cards`."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core import codec, schema
from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, listed
from orchestrator.models import Card, User

MOST_TEXT = 20_000
MOST_BYTES = 100_000
MOST_NUMBER = (1 << 63) - 1
FIELDS: schema.Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "pattern": r"\S", "maxLength": 200},
        "description": {"type": "string", "maxLength": MOST_TEXT},
        "input": {"type": "object"},
        "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        "labels": {"type": "array", "maxItems": 20, "items": {"type": "string", "minLength": 1, "maxLength": 40}},
        "assignee_id": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_NUMBER},
    },
}
"""What a person may write on a card."""
COMMENT: schema.Schema = {
    "type": "object",
    "properties": {"text": {"type": "string", "pattern": r"\S", "maxLength": MOST_TEXT}},
}
GUIDANCE: schema.Schema = {
    "type": "object",
    "properties": {"guidance": {"type": "string", "maxLength": MOST_TEXT}},
}


def write(card: Card, changes: Mapping[str, Json]) -> None:
    """Set fields of a card after looking at each; raises RejectedError with all that is wrong."""
    found = wrong(FIELDS, changes)
    assignee = changes.get("assignee_id")
    if isinstance(assignee, int) and not User.objects.filter(pk=assignee, is_active=True).exists():
        found += (Problem(path="assignee_id", message=f"there is no account {assignee}"),)
    if found:
        raise RejectedError(f"The card was not kept: {listed(found)}.", found)
    for name, value in changes.items():
        setattr(card, name, value.strip() if isinstance(value, str) else value)


def wrong(wanted: schema.Schema, changes: Mapping[str, Json]) -> tuple[Problem, ...]:
    """Return what of these words does not fit a schema or cannot be kept."""
    return schema.problems(wanted, dict(changes)) + _unkeepable(changes)


def _unkeepable(changes: Mapping[str, Json]) -> tuple[Problem, ...]:
    """Find what no database keeps: zero characters, and values without end."""
    found = []
    for name, value in changes.items():
        try:
            text = codec.within(value, MOST_BYTES)
        except (codec.NotJson, codec.TooLarge) as error:
            found.append(Problem(path=name, message=str(error), hint="shorten it"))
        else:
            if "\\u0000" in text.replace(r"\\", ""):
                found.append(Problem(path=name, message="holds a zero character", hint="leave it out"))
    return tuple(found)
