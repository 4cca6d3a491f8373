"""View `thread`: what agents wrote to each other and through whom it went, how much any two talk, and the end (P11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.partials.story import told
from dashboard.partials.views.contract import MOST, Seen
from orchestrator.core.ids import StepPath, child
from orchestrator.models import Event
from orchestrator.queries.heard import heard

SENT, CLOSED = "message.sent", "talk.closed"
TOLD = ("message.returned", "message.repeated", "peer.down", "peer.revived", "talk.judged")
"""What happens beside messages, in the words of the story."""
STANDS = {
    "idle": ("pending", "waits for mail"), "working": ("running", "at work"), "back": ("running", "is back"),
    "failed": ("failed", "failed"), "down": ("waiting", "is down, and tried again later"),
    "gone": ("failed", "is gone"),
}  # fmt: skip
"""How a peer stands: the colour of its lamp, and words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, or one thing that happened between messages."""

    n: int
    id: int = 0
    sender: str = ""
    to: str = ""
    path: str = ""
    """The turn that wrote it; empty where that is no step."""
    text: str = ""
    hops: str = ""
    """Through whom it, and what it answers, went; empty where that is its sender alone."""
    answers: int | None = None
    status: str = ""
    what: str = ""
    """In words, where it is no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who takes part."""

    name: str
    status: str
    stands: str
    turns: int
    unread: int
    has_answered: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How much two talk."""

    names: str
    messages: int
    round_trips: int
    cost_usd: str | None
    seconds: float | None


def context(seen: Seen) -> dict[str, object]:
    """Return the last messages in order, who takes part, how much any two talk, and why it ended."""
    found = heard(seen.at.run, seen.path, (SENT, *TOLD), MOST)
    closed = heard(seen.at.run, seen.path, (CLOSED,), 1)
    boxes: Mapping[str, Mapping[str, Any]] = seen.memo.get("boxes") or {}
    pairs: Mapping[str, Mapping[str, Any]] = seen.memo.get("pairs") or {}
    names = [one.name for one in getattr(seen.node, "peers", ())]
    messages = [_message(one, StepPath(seen.path), names) for one in found]
    sent = [one.id for one in messages if one.id]
    return {
        "messages": messages, "earlier": max(min(sent) - 1, 0) if sent else 0, "total": seen.memo.get("ids", 0),
        "peers": [_peer(name, boxes.get(name, {})) for name in names[:MOST]],
        "pairs": sorted((_pair(name, one) for name, one in pairs.items()), key=lambda one: -one.messages)[:MOST],
        "closed": told(closed[0]) if closed else None,
        "dissent": ", ".join(closed[0].data.get("dissent") or ()) if closed else "",
    }  # fmt: skip


def _message(event: Event, top: StepPath, names: list[str]) -> Message:
    data = event.data
    if event.type != SENT:
        sentence = told(event)
        what = f"{sentence.what}: {sentence.aside}" if sentence.aside else sentence.what
        return Message(n=event.n, status=sentence.status, what=what)
    hops: list[str] = data.get("hops") or []
    sender, turn = str(data.get("sender", "")), int(data.get("turn", 1))
    return Message(
        n=event.n, id=int(data.get("id", 0)), sender=sender, to=str(data.get("to", "")), text=str(data.get("text", "")),
        path=child(top, sender, turn) if sender in names else "", hops=" → ".join(hops) if len(hops) > 1 else "",
        answers=data.get("re"),
    )  # fmt: skip


def _peer(name: str, box: Mapping[str, Any]) -> Peer:
    status, stands = STANDS.get(str(box.get("stand", "idle")), ("pending", str(box.get("stand"))))
    return Peer(name=name, status=status, stands=stands, turns=int(box.get("turns", 0)), why=str(box.get("why", "")),
                unread=len(box.get("inbox", ())), has_answered=bool(box.get("answered")))  # fmt: skip


def _pair(name: str, kept: Mapping[str, Any]) -> Pair:
    return Pair(names=name.replace("|", " ↔ "), messages=int(kept.get("messages", 0)),
                round_trips=(int(kept.get("flips", 0)) + 1) // 2, cost_usd=kept.get("cost_usd"),
                seconds=kept.get("seconds"))  # fmt: skip
