"""What stands between a claim and its work: doors that may answer, refuse or hold back an attempt, in a fixed order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Cancelled, Json, Outcome
from orchestrator.engine.ports import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An attempt that is about to begin."""

    claim: Claim
    spec: AgentSpec
    input: Mapping[str, Json]
    is_resumed: bool = False
    """It goes on with answers to what it asked for before."""
    is_elsewhere: bool = False
    """It is carried out outside, so any process may hear how it ends: a door knows it by its fence, not from memory."""


class Door(Protocol):
    """One reason why an attempt may not begin. It knows nothing of the other doors.

    Both methods are called in the slot's thread, outside any transaction; a process may die between them, so whatever
    a door takes must come back by itself (under the claim's fence, or in time). A door that has nothing to do with an
    agent costs no query. Both may be called twice for one fence, where an answer got lost on its way to somebody
    outside: the second time changes nothing.
    """

    def admit(self, entry: Entry) -> Outcome | None:
        """Let it pass (None), or say how it ends instead: `Waits`, `Failed`, or `Ok` with an answer already known."""

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Take note of how it ended, and give back what was taken. `seconds` is how long it was at work."""


def through(doors: Sequence[Door], entry: Entry, work: Callable[[], Outcome]) -> Outcome:
    """Pass all doors and work, or return what the first that does not open says; those passed are left in reverse."""
    passed: list[Door] = []
    outcome: Outcome = Cancelled(reason="The worker stumbled before the work began.")
    began = time.monotonic()
    try:
        for door in doors:
            stopped = door.admit(entry)
            if stopped is not None:
                outcome = stopped
                return outcome
            passed.append(door)
        began = time.monotonic()
        outcome = work()
        return outcome
    finally:
        for door in reversed(passed):
            door.leave(entry, outcome, time.monotonic() - began)


def admitted(doors: Sequence[Door], entry: Entry) -> Outcome | None:
    """Pass all doors for work that is done elsewhere; return what the first says that does not open, or None.

    Once it has ended they are left by `left`, in this process or another.
    """
    passed: list[Door] = []
    for door in doors:
        stopped = door.admit(entry)
        if stopped is not None:
            left(passed, entry, stopped, 0.0)
            return stopped
        passed.append(door)
    return None


def left(doors: Sequence[Door], entry: Entry, outcome: Outcome, seconds: float) -> None:
    """Leave doors in reverse; `seconds` is how long the work took."""
    for door in reversed(doors):
        door.leave(entry, outcome, seconds)
