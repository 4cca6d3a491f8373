"""What a conversation remembers: inboxes, what each is at, and how much two talk. Never a message's words.

Its size depends on how many take part, and on how many messages wait to be read; those are limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

from orchestrator.core import records
from orchestrator.core.codec import plain
from orchestrator.core.conversations import talk
from orchestrator.core.conversations.definition import ARBITER, BEGIN, PERSON, POST
from orchestrator.core.conversations.letters import Letter, is_outside
from orchestrator.core.conversations.talk import Pair
from orchestrator.core.events import (
    AttemptEnded,
    ChildEnded,
    Fact,
    MessageReturned,
    MessageSent,
    PeerDown,
    PeerRevived,
    PeerSpoke,
    StepEnded,
    StepOpened,
    StepReopened,
    TalkJudged,
)
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus


class Stand(StrEnum):
    """How a peer, or a step that decides, stands."""

    IDLE = "idle"
    WORKING = "working"
    BACK = "back"  # its turn ended well, and what it said is not taken in yet
    FAILED = "failed"  # its turn failed, and what follows is not decided yet
    DOWN = "down"  # it is tried again later
    GONE = "gone"  # nobody tries it again


_STANDS = {
    StepStatus.SUCCEEDED: Stand.BACK,
    StepStatus.SKIPPED: Stand.IDLE,
    StepStatus.FAILED: Stand.FAILED,
    StepStatus.CANCELLED: Stand.FAILED,
}
OUTSIDE = (BEGIN, ARBITER, PERSON)
"""Steps that are nobody's turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One peer."""

    stand: Stand = Stand.IDLE
    turns: int = 0
    """The number of its latest turn, which is its step's generation."""
    counted: int = 0
    """How many of them count against its limit: those since the conversation began, or was reopened."""
    inbox: tuple[Letter, ...] = ()
    hand: tuple[Letter, ...] = ()
    """What its latest turn was given to read."""
    notes: int = 0
    """The turn whose scratch is kept; 0 means none."""
    answered: int = 0
    """The turn whose answer counts; 0 means that it has not answered."""
    is_done: bool = False
    revived: int = 0
    """How often in a row it was tried again after it had failed."""
    agent: str = ""
    """Who took over; empty while it is who was meant."""
    why: str = ""
    """Why it is down or gone."""
    cost_usd: str | None = None
    """Of its latest turn, until that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """See the module."""

    boxes: Mapping[str, Box] = field(default_factory=dict)
    pairs: Mapping[str, Pair] = field(default_factory=dict)
    ids: int = 0
    """The id of the last message."""
    counted: int = 0
    """How many messages count against the limit."""
    judge: str = ""
    """The step that was asked to decide."""
    rule: int = -1
    """Which of the rules asked it."""
    asked: int = 0
    """Which of its turns that is."""

    @classmethod
    def of(cls, state: StepState) -> Memory:
        """Read a step's memory."""
        memo = cast("Mapping[str, Any]", state.memo)
        return cls(
            boxes={name: _box(one) for name, one in memo.get("boxes", {}).items()},
            pairs={name: records.read(Pair, one) for name, one in memo.get("pairs", {}).items()},
            ids=memo.get("ids", 0), counted=memo.get("counted", 0), judge=memo.get("judge", ""),
            rule=memo.get("rule", -1), asked=memo.get("asked", 0),
        )  # fmt: skip

    def plain(self) -> dict[str, Json]:
        """Return it as JSON."""
        boxes = {name: _plain_box(box) for name, box in self.boxes.items()}
        pairs = {name: plain(records.plain(pair)) for name, pair in self.pairs.items()}
        return {"boxes": boxes, "pairs": pairs, "ids": self.ids, "counted": self.counted, "judge": self.judge,
                "rule": self.rule, "asked": self.asked}  # fmt: skip

    def box(self, name: str) -> Box:
        """Return how a peer stands."""
        return self.boxes.get(name, Box())

    def standing(self, stand: Stand) -> list[str]:
        """Return who stands so."""
        return [name for name, box in self.boxes.items() if box.stand == stand]

    def delivered(self, sender: str, turn: int) -> dict[int, int]:
        """Return which messages of a turn lie in inboxes already, by place: a run may be taken over in between."""
        letters = (one for box in self.boxes.values() for one in box.inbox)
        return {one.place: one.id for one in letters if (one.sender, one.turn) == (sender, turn)}

    def after(self, fact: Fact, path: StepPath) -> Memory:
        """Return the memory of the conversation at `path` after a fact about it or about a step of it."""
        match fact:
            case StepReopened() if fact.path == path:
                boxes = {name: _afresh(name, box) for name, box in self.boxes.items()}
                pairs = {name: replace(pair, again={}) for name, pair in self.pairs.items()}
                return replace(self, boxes=boxes, pairs=pairs, counted=0)
            case StepOpened() | StepReopened() if fact.path != path:
                return self._began(fact)
            case StepEnded() if fact.path != path:
                return self._ended(fact)
            case AttemptEnded() | ChildEnded() if fact.path != path:
                return self._spent(fact, path)
            case _:
                return self._told(fact)

    def _told(self, fact: Fact) -> Memory:
        match fact:
            case MessageSent():
                return self._sent(fact)
            case MessageReturned():
                return self._returned(fact)
            case PeerSpoke():
                return self._spoke(fact)
            case PeerDown():
                return self._down(fact)
            case PeerRevived():
                return self.with_(fact.peer, stand=Stand.IDLE)
            case TalkJudged():
                return replace(self, judge=fact.by, rule=fact.rule, asked=fact.turn)
            case _:
                return self

    def with_(self, name: str, **changes: Any) -> Memory:
        """Return it with a peer that stands otherwise."""
        return replace(self, boxes={**self.boxes, name: replace(self.box(name), **changes)})

    def _began(self, fact: StepOpened | StepReopened) -> Memory:
        last = segments(fact.path)[-1]
        box = self.box(last.name)
        is_new = isinstance(fact, StepOpened) and last.name not in OUTSIDE
        return self.with_(last.name, stand=Stand.WORKING, turns=last.generation, counted=box.counted + is_new,
                          inbox=(), hand=(*box.hand, *box.inbox), is_done=False)  # fmt: skip

    def _ended(self, fact: StepEnded) -> Memory:
        last = segments(fact.path)[-1]
        if last.generation != self.box(last.name).turns:
            return self
        read: dict[str, Any] = {"hand": ()} if fact.status == StepStatus.SKIPPED else {}
        return self.with_(last.name, stand=_STANDS[fact.status], **read)

    def _spent(self, fact: AttemptEnded | ChildEnded, path: StepPath) -> Memory:
        turn = segments(fact.path)[len(segments(path))]
        box = self.box(turn.name)
        if turn.generation != box.turns or turn.name in OUTSIDE or fact.cost_usd is None:
            return self
        return self.with_(turn.name, cost_usd=talk.added(box.cost_usd, fact.cost_usd))

    def _sent(self, fact: MessageSent) -> Memory:
        letter = Letter(id=fact.id, sender=fact.sender, turn=fact.turn, place=fact.place, hops=fact.hops, re=fact.re)
        made = self.with_(fact.to, inbox=(*self.box(fact.to).inbox, letter))
        pairs = self.pairs
        if not is_outside(fact.sender):
            name = talk.key(fact.sender, fact.to)
            pairs = {**pairs, name: pairs.get(name, Pair()).after(fact)}
        return replace(made, ids=fact.id, counted=self.counted + 1, pairs=pairs)

    def _returned(self, fact: MessageReturned) -> Memory:
        boxes = dict(self.boxes)
        for name, box in boxes.items() if fact.about else ():
            kept = tuple(one for one in box.inbox if one.id != fact.about)
            if len(kept) < len(box.inbox):
                boxes[name] = replace(box, inbox=kept)
        made = replace(self, boxes=boxes, ids=fact.id)
        if is_outside(fact.to):
            return made
        note = Letter(id=fact.id, sender=POST, note=fact.reason, hops=fact.hops, re=fact.about or None)
        return made.with_(fact.to, inbox=(*made.box(fact.to).inbox, note))

    def _spoke(self, fact: PeerSpoke) -> Memory:
        if fact.peer in OUTSIDE:
            return self.with_(fact.peer, stand=Stand.IDLE, hand=())
        box = self.box(fact.peer)
        pairs = talk.charged(self.pairs, fact.peer, box.hand, box.cost_usd, fact.seconds)
        made = replace(self, pairs=pairs)
        return made.with_(
            fact.peer, stand=Stand.IDLE, hand=(), revived=0, why="", cost_usd=None, is_done=fact.done,
            answered=fact.turn if fact.answered else box.answered, notes=fact.turn if fact.scratch else box.notes,
        )  # fmt: skip

    def _down(self, fact: PeerDown) -> Memory:
        box = self.box(fact.peer)
        pairs = talk.charged(self.pairs, fact.peer, box.hand, box.cost_usd, fact.seconds)
        stand = {"revive": Stand.DOWN, "replace": Stand.IDLE}.get(fact.then, Stand.GONE)
        is_new = fact.then == "replace"
        return replace(self, pairs=pairs).with_(
            fact.peer, stand=stand, inbox=(*box.hand, *box.inbox), hand=(), cost_usd=None,
            why=fact.reason, agent=fact.agent or box.agent, notes=0 if is_new else box.notes,
            revived=0 if is_new else box.revived + (fact.then == "revive"),
        )  # fmt: skip


def _box(plain_: Mapping[str, Any]) -> Box:
    box = records.read(Box, plain_)
    return replace(box, inbox=_letters(box.inbox), hand=_letters(box.hand))


def _letters(plain_: tuple[Any, ...]) -> tuple[Letter, ...]:
    return tuple(records.read(Letter, one) for one in plain_)


def _plain_box(box: Box) -> Json:
    fields = records.plain(box)
    for name in ("inbox", "hand"):
        if name in fields:
            fields[name] = [records.plain(one) for one in fields[name]]
    return plain(fields)


def _afresh(name: str, box: Box) -> Box:
    """Return a peer of a conversation that was reopened: limits begin anew, and who is gone is tried again."""
    stand = Stand.IDLE if box.stand in (Stand.GONE, Stand.DOWN) and name not in OUTSIDE else box.stand
    return replace(box, stand=stand, counted=0, revived=0)
