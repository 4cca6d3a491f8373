"""What differs between two texts or values, line by line or word for word. Templates escape it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.partials.values import SHORT, as_text
from orchestrator.models import GateDecision
from orchestrator.queries.inbox import Edit

AROUND = 3
"""Unchanged lines that are shown around a difference."""
MOST = 2_000
"""Lines of each text that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a difference."""

    mark: str
    """`+`, `-`, a space, or `@` where lines are left out."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What somebody changed while deciding."""

    by: GateDecision
    name: str
    before: str
    after: str
    changes: tuple[Change, ...] = ()
    """Line by line; none where both are short enough to stand side by side."""


def changes(before: str, after: str) -> tuple[Change, ...]:
    """Return what differs between two texts, with a few lines around."""
    made = list(difflib.unified_diff(before.splitlines()[:MOST], after.splitlines()[:MOST], n=AROUND, lineterm=""))
    begun = 3 if len(made) > 2 and made[2].startswith("@@ -1,") else 2  # nothing is left out before the first line
    return tuple(Change(mark=one[:1], text="" if one.startswith("@@ ") else one[1:]) for one in made[begun:])


def edited(edits: Sequence[Edit]) -> list[Edited]:
    """Lay out what people changed at a gate."""
    return [_edited(one) for one in edits]


def _edited(one: Edit) -> Edited:
    before, after = as_text(one.before), as_text(one.after)
    is_short = all(len(text) <= SHORT and "\n" not in text for text in (before, after))
    lines = () if is_short else changes(before, after)
    return Edited(by=one.by, name=one.name, before=before, after=after, changes=lines)
