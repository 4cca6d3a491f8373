"""What happens between a run and the runs its steps start, in plain words."""

from __future__ import annotations

from dashboard.partials.sentences import Data, Sentence, Teller, text
from dashboard.templatetags.show import short


def _requested(path: str, data: Data) -> Sentence:
    what = f"started {text(data, 'workflow')} as run {short(text(data, 'run'))}"
    return Sentence(status="running", who=path, what=what, aside=f"{data.get('depth') or 1} deep")


def _moved(path: str, data: Data) -> Sentence:
    status = text(data, "status")
    words = {"waiting": "waits for a person", "paused": "is paused"}.get(status, "goes on")
    return Sentence(status=status, who=path, what=f"its run {short(text(data, 'run'))} {words}")


def _ended(path: str, data: Data) -> Sentence:
    status = text(data, "status")
    what = f"its run {short(text(data, 'run'))} {status}"
    return Sentence(status=status, who=path, what=what, aside=text(data, "reason"))


TOLD: dict[str, Teller] = {
    "child.requested": _requested,
    "child.retried": lambda path, data: Sentence(
        status="running", who=path, what=f"lets its run {short(text(data, 'run'))} go on"
    ),
    "child.moved": _moved,
    "child.ended": _ended,
    "child.dropped": lambda path, data: Sentence(
        status="cancelled", who=path, what=f"no longer waits for its run {short(text(data, 'run'))}"
    ),
}
