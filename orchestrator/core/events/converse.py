"""Facts: what agents write to each other, and what becomes of it. A turn's output has long texts whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """Somebody wrote to somebody; it lies in the inbox until that one's next turn."""

    type: ClassVar[str] = "message.sent"
    path: StepPath
    id: int
    """Counted from 1 in each conversation."""
    sender: str
    to: str
    turn: int
    """The sender's turn; its step's output has the whole message."""
    place: int
    """Where in what that turn sent, counted from 0."""
    text: str
    """The beginning of what it says."""
    said: str = ""
    """What tells that the same was said before: a digest of the text without case, spaces and marks."""
    hops: tuple[str, ...] = ()
    """Who it, and what it answers, went through, the sender last."""
    re: int | None = None
    """The message it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReturned:
    """A message could not be delivered, or was not read in time: its sender is told, by a message."""

    type: ClassVar[str] = "message.returned"
    path: StepPath
    id: int
    """Of the message that tells it."""
    to: str
    """The sender."""
    reason: str
    about: int = 0
    """The message that was taken out of an inbox; 0 for one that never came into one."""
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRepeated:
    """The same question was asked again: the one who answers may not have said enough of what it takes and returns."""

    type: ClassVar[str] = "message.repeated"
    path: StepPath
    asks: str
    answers: str
    agent: str
    """Whose contract is underspecified, it seems."""
    text: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSpoke:
    """A turn is over: its mail is read, and what it said is taken in; its messages stand beside this."""

    type: ClassVar[str] = "peer.spoke"
    path: StepPath
    peer: str
    turn: int
    sent: tuple[int, ...] = ()
    """Its messages."""
    answered: bool = False
    done: bool = False
    """Whether it has nothing to add."""
    scratch: bool = False
    """Whether it left notes for its next turn."""
    seconds: float = 0.0
    """How long it took, from the last beginning of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDown:
    """A turn failed for good, or what it said could not be used: its mail waits."""

    type: ClassVar[str] = "peer.down"
    path: StepPath
    peer: str
    turn: int
    reason: str
    then: str
    """revive (it is tried again later), replace (another agent takes over now), gone (nobody does)."""
    delay_seconds: float = 0.0
    """How long until it is tried again."""
    agent: str = ""
    """Who takes over."""
    seconds: float = 0.0
    """How long its turn took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRevived:
    """A peer that was down is tried again, with all its mail."""

    type: ClassVar[str] = "peer.revived"
    path: StepPath
    peer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkJudged:
    """Answers differ, and somebody outside the conversation is asked."""

    type: ClassVar[str] = "talk.judged"
    path: StepPath
    rule: int
    """Which of its rules, counted from 0."""
    by: str
    """Who decides: the step `by`, or `by#turn` from the second time on."""
    turn: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkClosed:
    """Nobody writes any more, and why."""

    type: ClassVar[str] = "talk.closed"
    path: StepPath
    why: str
    """quiet, answered, messages, turns, minutes, circles (the same again and again) or gone (who is needed failed)."""
    reason: str = ""
    """Evidence, where it came to no good end."""
    decided: str = ""
    """How it came to its answer."""
    answers: Mapping[str, Json] = field(default_factory=dict)
    """Who answered, with the turn whose output has the answer."""
    dissent: tuple[str, ...] = ()
    """Whose answer was another one."""
