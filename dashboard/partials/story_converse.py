"""What agents write to each other, in plain words."""

from __future__ import annotations

from typing import cast

from dashboard.partials.sentences import Data, Sentence, Teller, text
from dashboard.templatetags.show import seconds as span


def _sent(path: str, data: Data) -> Sentence:
    way = cast("list[str]", data.get("hops") or [])
    hops = f"after {' → '.join(way[:-1])}" if len(way) > 1 else ""
    answers = f"answers message {data.get('re')}" if data.get("re") else ""
    what = f"{text(data, 'sender')} wrote to {text(data, 'to')}: {text(data, 'text')[:200]}"
    return Sentence(status="running", who=path, what=what, aside=" · ".join(filter(None, (answers, hops))))


def _returned(path: str, data: Data) -> Sentence:
    about = f"message {data.get('about')}" if data.get("about") else "what it sent"
    return Sentence(status="failed", who=path, what=f"{text(data, 'to')} is told that {about} did not arrive",
                    aside=text(data, "reason"))  # fmt: skip


def _repeated(path: str, data: Data) -> Sentence:
    what = f"{text(data, 'asks')} asked {text(data, 'answers')} the same for the {_nth(data)} time"
    aside = f"the contract of {text(data, 'agent')} may say too little · {text(data, 'text')[:120]}"
    return Sentence(status="waiting", who=path, what=what, aside=aside)


def _nth(data: Data) -> str:
    times = int(cast("int", data.get("times") or 0))
    return {2: "second", 3: "third"}.get(times, f"{times}th")


def _spoke(path: str, data: Data) -> Sentence:
    sent = len(cast("list[int]", data.get("sent") or []))
    said = [f"{sent} message{'s' * (sent != 1)}"] if sent else []
    said += ["an answer"] if data.get("answered") else []
    has_done = bool(data.get("done")) and not data.get("answered")
    what = f"{text(data, 'peer')} has read its mail" + (f" and sends {' and '.join(said)}" if said else "")
    return Sentence(status="succeeded", who=path, what=what, aside="it has nothing to add" if has_done else "")


def _down(path: str, data: Data) -> Sentence:
    delay = span(float(cast("float", data.get("delay_seconds") or 0)))
    then = {
        "revive": f"its mail waits until it is tried again in {delay}",
        "replace": f"{text(data, 'agent')} takes over its inbox",
    }.get(text(data, "then"), "its mail waits")
    return Sentence(status="failed", who=path, what=f"{text(data, 'peer')} failed for good; {then}",
                    aside=text(data, "reason"))  # fmt: skip


ENDS = {
    "quiet": "everybody is quiet",
    "answered": "all have answered",
    "messages": "all messages are sent",
    "turns": "somebody has taken all its turns",
    "minutes": "its time is over",
    "circles": "two went in circles",
    "gone": "somebody who is needed is gone",
}
"""Why a conversation is over."""


def _closed(path: str, data: Data) -> Sentence:
    why = text(data, "why")
    dissent = cast("list[str]", data.get("dissent") or [])
    others = f"{', '.join(dissent)} answered otherwise" if dissent else ""
    aside = " · ".join(filter(None, (text(data, "decided"), others, text(data, "reason"))))
    return Sentence(
        status="failed" if data.get("reason") else "succeeded", who=path, what=ENDS.get(why, why), aside=aside
    )


TOLD: dict[str, Teller] = {
    "message.sent": _sent,
    "message.returned": _returned,
    "message.repeated": _repeated,
    "peer.spoke": _spoke,
    "peer.down": _down,
    "peer.revived": lambda path, data: Sentence(
        status="running", who=path, what=f"{text(data, 'peer')} is tried again, with all its mail"
    ),
    "talk.judged": lambda path, data: Sentence(
        status="waiting", who=path, what=f"answers differ; {text(data, 'by').lower()} decides"
    ),
    "talk.closed": _closed,
}
