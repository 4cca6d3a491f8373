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
    what = words.format(agent=text(data, "agent"))
    return Sentence(status=status, who=path, what=what, aside=f"does not hold: {aside}" if aside else "")


TOLD: dict[str, Teller] = {"handoff.judged": _judged}
