"""Rules that judge a ticket by its words: the same ticket always gets the same answer, with its reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypedDict

QUEUES: Mapping[str, tuple[str, ...]] = {
    "billing": ("bill", "charg", "credit", "invoic", "paid", "pay", "price", "refund", "subscri"),
    "access": ("access", "account", "locked", "login", "logged", "password", "permission", "sign", "2fa"),
    "bug": ("bug", "broke", "crash", "error", "exception", "fail", "hang", "slow", "timeout", "traceback", "wrong"),
    "question": ("can", "does", "how", "what", "when", "where", "which", "why"),
}
"""Queue to the beginnings of words that speak for it; of a tie the first one wins."""
URGENCIES: Mapping[str, tuple[str, ...]] = {
    "now": ("asap", "breach", "critical", "down", "emergency", "leak", "lost", "outage", "urgent"),
    "soon": ("block", "cannot", "deadline", "stuck", "today", "tomorrow", "unable"),
}
"""Urgency to the beginnings of words that call for it; the first one found wins."""
LATER = "later"
SUBJECT_WEIGHT = 2
"""A word of the subject counts so many times."""


class Ticket(TypedDict):
    """A ticket, judged."""

    queue: str
    urgency: str
    reasons: list[str]
    """Why, one sentence each; the words that decided stand in them."""


def triaged(subject: str, text: str, guidance: str = "") -> Ticket:
    """Judge a ticket."""
    words = [*_words(subject) * SUBJECT_WEIGHT, *_words(text)]
    queue, why = _said(guidance, (*QUEUES,)) or _queue(words, _ruled_out(guidance))
    urgency, when = _said(guidance, (*URGENCIES, LATER)) or _urgency(words, _ruled_out(guidance))
    return Ticket(queue=queue, urgency=urgency, reasons=[f"{queue}: {why}", f"{urgency}: {when}"])


def _queue(words: list[str], ruled_out: set[str]) -> tuple[str, str]:
    found = {name: _fitting(words, starts) for name, starts in QUEUES.items() if name not in ruled_out}
    queue = max(found, key=lambda name: len(found[name]), default="question")
    if not found.get(queue):
        return "question", "nothing in it speaks for another queue"
    return queue, f"it says {_listed(found[queue])}"


def _urgency(words: list[str], ruled_out: set[str]) -> tuple[str, str]:
    for urgency, starts in URGENCIES.items():
        if urgency not in ruled_out and (found := _fitting(words, starts)):
            return urgency, f"it says {_listed(found)}"
    return LATER, "nothing in it is pressing"


def _said(guidance: str, names: tuple[str, ...]) -> tuple[str, str] | None:
    """Return what a person has named in guidance, unless as what it is not."""
    said, ruled_out = _words(guidance), _ruled_out(guidance)
    return next(((name, "a person said so") for name in names if name in said and name not in ruled_out), None)


def _ruled_out(guidance: str) -> set[str]:
    return set(re.findall(r"\bnot (\w+)", guidance.lower()))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _fitting(words: list[str], starts: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.startswith(starts)]


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in dict.fromkeys(words))
