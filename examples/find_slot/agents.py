"""The host, who proposes times until all agree, and those it asks. How calendars are read is in `diary`."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired, TypedDict

from examples.find_slot.diary import OPENS, Busy, busy_on, clock, earliest
from orchestrator import agents

_OWN = Path(__file__).parent / "calendars"
_NONE = "no time that day"


class Payload(TypedDict, total=False):
    """What is meant by a message, in minutes since midnight."""

    slot: int
    """Of a proposal and of what answers it: the time it is about."""
    free: int | None
    """Of an answer: from when on its sender has time; the slot itself means yes, null means never that day."""
    agreed: str
    """Of the last message: what all have agreed on, in words."""


Letter = TypedDict("Letter", {"id": int, "from": str, "text": str, "payload": NotRequired[Payload], "hops": list[str]})


class Send(TypedDict):
    """A message that goes out."""

    to: str
    text: str
    payload: Payload
    re: NotRequired[int]


class Notes(TypedDict):
    """What the host remembers between its turns."""

    slot: int
    yes: list[str]


class Said(TypedDict):
    """What comes of a turn."""

    send: list[Send]
    answer: NotRequired[str]
    notes: NotRequired[Notes]


@agents.agent(
    role="Proposes times from its own calendar until all others agree.", owner="signalbox", capabilities=["negotiate"]
)
def slot_host(
    ctx: agents.Context, inbox: list[Letter], me: str, peers: list[str], notes: Notes | None, folder: str, day: str,
    minutes: int,
) -> Said:  # fmt: skip
    """Read the answers to what was proposed last, and propose the next time, or say that all agree."""
    said = weigh(inbox, peers, notes, _busy(ctx, folder, me, day), minutes)
    ctx.progress(1, "; ".join(one["text"] for one in said["send"][:1]))
    return said


@agents.agent(
    role="Says whether a proposed time suits its own calendar, or from when on it has time.",
    owner="signalbox",
    capabilities=["negotiate"],
)
def slot_guest(ctx: agents.Context, inbox: list[Letter], me: str, folder: str, day: str, minutes: int) -> Said:
    """Answer the latest proposal; take note of what all have agreed on."""
    letter = inbox[-1]
    said = letter.get("payload", {})
    if "agreed" in said:
        return Said(send=[], answer=said["agreed"])
    if "slot" not in said:
        return Said(send=[])
    free = earliest(_busy(ctx, folder, me, day), said["slot"], minutes)
    text = _reply(said["slot"], free)
    ctx.progress(1, text)
    return Said(
        send=[Send(to=letter["from"], text=text, payload=Payload(slot=said["slot"], free=free), re=letter["id"])]
    )


def weigh(inbox: list[Letter], peers: list[str], notes: Notes | None, busy: list[Busy], minutes: int) -> Said:
    """Decide what the host says next; answers to a proposal that is no longer on the table are passed over."""
    if notes is None:
        return _proposed(peers, earliest(busy, OPENS, minutes), minutes)
    answers = {
        one["from"]: one["payload"]["free"] for one in inbox if one.get("payload", {}).get("slot") == notes["slot"]
    }
    if None in answers.values():
        return _closed(peers, _NONE)
    later = max((free for free in answers.values() if free is not None), default=notes["slot"])
    if later > notes["slot"]:
        return _proposed(peers, earliest(busy, later, minutes), minutes)
    yes = sorted({*notes["yes"], *answers})
    if len(yes) < len(peers):
        return Said(send=[], notes=Notes(slot=notes["slot"], yes=yes))
    return _closed(peers, f"{clock(notes['slot'])} to {clock(notes['slot'] + minutes)}")


def _reply(slot: int, free: int | None) -> str:
    if free == slot:
        return f"{clock(slot)} suits me."
    return f"Not at {clock(slot)}; {'never that day' if free is None else f'from {clock(free)} on'}."


def _proposed(peers: list[str], slot: int | None, minutes: int) -> Said:
    if slot is None:
        return _closed(peers, _NONE)
    text = f"{clock(slot)}, for {minutes} minutes?"
    return Said(
        send=[Send(to=peer, text=text, payload=Payload(slot=slot)) for peer in peers], notes=Notes(slot=slot, yes=[])
    )


def _closed(peers: list[str], agreed: str) -> Said:
    return Said(
        send=[Send(to=peer, text=f"Then {agreed}.", payload=Payload(agreed=agreed)) for peer in peers], answer=agreed
    )


def _busy(ctx: agents.Context, folder: str, me: str, day: str) -> list[Busy]:
    file = ctx.folder(folder.strip() or str(_OWN)) / f"{me}.ics"
    return busy_on(day, file.read_text(encoding="utf-8"))
