"""A message as a conversation remembers it: who, to whom, what it answers, where it went, and where its words are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.conversations.definition import POST, START

MOST_TEXT = 2000
"""Characters of a message that its fact has; all of it is in the output of the turn that sent it."""
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """See the module. It holds no words, but for those of the post office, which are nowhere else."""

    id: int
    sender: str
    turn: int = 0
    place: int = 0
    hops: tuple[str, ...] = ()
    re: int | None = None
    note: str = ""
    """What the post office says."""


def digest(text: str) -> str:
    """Return what is the same for texts that say the same but for case, spaces and marks."""
    plain = _MARKS.sub(" ", text.lower()).strip()
    return hashlib.sha256(plain.encode()).hexdigest()[:12] if plain else ""


def path_on(letters: Sequence[Letter], answers: int | None, sender: str) -> tuple[str, ...]:
    """Return the way a message has behind it: that of what it answers, or of the longest among what its sender read."""
    meant = [one for one in letters if one.id == answers] or letters
    longest = max((one.hops for one in meant), key=len, default=())
    return (*longest, sender)


def is_outside(name: str) -> bool:
    """Tell whether a message comes from none of the peers."""
    return name in (START, POST)
