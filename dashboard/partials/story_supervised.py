"""What a supervisor finds of the work of others, in plain words."""

from __future__ import annotations

from typing import cast

from dashboard.partials.sentences import Data, Sentence, Teller, text

VERDICTS = {
    "pass": ("succeeded", "passed, as {agent} did it"),
    "retry": ("running", "is sent back to {agent}"),
    "reroute": ("running", "is taken from {agent} to be given to another agent"),
    "degrade": ("failed", "could not be mended; the declared value stands for it"),
    "escalate": ("waiting", "could not be mended; a person is asked"),
    "fail": ("failed", "could not be mended"),
}
"""What follows when work was checked: the colour of its lamp, and words."""


def _judged(path: str, data: Data) -> Sentence:
    status, words = VERDICTS.get(text(data, "verdict"), ("pending", text(data, "verdict")))
    failed = ", ".join(cast("list[str]", data.get("failed") or []))
    aside = text(data, "why") or failed
    what = words.format(agent=text(data, "agent")) if data.get("agent") else "waits for an agent"
    return Sentence(status=status, who=path, what=what, aside=f"does not hold: {aside}" if aside else "")


def _slots(path: str, data: Data) -> Sentence:
    slots, agent = int(cast("int", data.get("slots") or 0)), text(data, "agent")
    what = f"gives {agent} {slots} slot{'s' * (slots != 1)}" if slots else f"lets {agent} rest"
    return Sentence(status="running" if slots else "waiting", who=path, what=what, aside=text(data, "why"))


def _taken(path: str, data: Data) -> Sentence:
    what = f"takes item {data.get('item')} from {text(data, 'agent')}"
    return Sentence(status="queued", who=path, what=what, aside=text(data, "why"))


def _moved(path: str, data: Data) -> Sentence:
    was = f", which {text(data, 'from_agent')} had" if data.get("from_agent") else ""
    what = f"gives item {data.get('item')}{was} to {text(data, 'to_agent')}"
    return Sentence(status="running", who=path, what=what, aside=text(data, "why"))


REVIEWED = {
    "pass": ("succeeded", "passed its review"),
    "redo": ("running", "is sent back by its review"),
    "ask": ("waiting", "did not pass its review; a person decides"),
}
"""What follows a review: the colour of its lamp, and words."""


def _reviewed(path: str, data: Data) -> Sentence:
    status, words = REVIEWED.get(text(data, "verdict"), ("pending", text(data, "verdict")))
    likeness = data.get("likeness")
    alike = (
        f"{float(cast('float', likeness)):.0%} like what was accepted for similar input" if likeness is not None else ""
    )
    failed = f"does not hold: {text(data, 'why')}" if data.get("failed") else ""
    return Sentence(status=status, who=path, what=words, aside=failed or alike)


def _routed(path: str, data: Data) -> Sentence:
    agent, failed = text(data, "agent"), text(data, "failed")
    before = f", after {failed} failed: {text(data, 'reason')}" if failed else ""
    what = f"goes to {agent}{before}" if agent else f"finds nobody{before}"
    return Sentence(status="running" if agent else "failed", who=path, what=what, aside=text(data, "why"))


TOLD: dict[str, Teller] = {
    "handoff.judged": _judged,
    "slots.set": _slots,
    "work.taken": _taken,
    "work.moved": _moved,
    "review.judged": _reviewed,
    "route.chosen": _routed,
}
