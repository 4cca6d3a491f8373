"""What happens on a blackboard, in plain words."""

from __future__ import annotations

from typing import cast

from dashboard.partials.sentences import Data, Sentence, Teller, text

FIRST = "First"
"""Who writes the first values."""


def _written(path: str, data: Data) -> Sentence:
    keys = cast("dict[str, int]", data.get("keys") or {})
    wrote = ", ".join(f"{key} (version {version})" for key, version in keys.items())
    same = cast("list[str]", data.get("same") or [])
    aside = f"{', '.join(same)} stood there already" if same else ""
    if not keys:
        return Sentence(status="skipped", who=path, what=f"{_whose(data)} had nothing new to say", aside=aside)
    return Sentence(status="succeeded", who=path, what=f"{_whose(data)} wrote {wrote}", aside=aside)


def _conflict(path: str, data: Data) -> Sentence:
    moved = cast("dict[str, dict[str, object]]", data.get("keys") or {})
    winners = ", ".join(dict.fromkeys(str(one.get("by")) for one in moved.values()))
    then = "and is given up" if data.get("is_last") else "and is done again"
    what = f"{_whose(data)} lost to {winners} on {', '.join(moved)} {then}"
    return Sentence(status="failed", who=path, what=what, aside=text(data, "reason"))


def _whose(data: Data) -> str:
    return "the first value" if data.get("by") == FIRST else f"{text(data, 'by')}'s turn {data.get('turn') or 1}"


def _closed(path: str, data: Data) -> Sentence:
    words = {
        "quiet": "nobody has anything to add",
        "until": "its condition is met",
        "stuck": "nobody has anything to add, and its condition is not met",
        "contributions": "all turns are taken",
        "limit": "somebody has taken all its turns",
        "minutes": "its time is over",
    }
    why = text(data, "why")
    status = "succeeded" if why in ("quiet", "until") else "failed"
    return Sentence(status=status, who=path, what=words.get(why, why), aside=text(data, "reason"))


TOLD: dict[str, Teller] = {
    "board.written": _written,
    "board.conflict": _conflict,
    "board.refused": lambda path, data: Sentence(
        status="failed", who=path, what=f"{_whose(data)} may not enter the board", aside=text(data, "reason")
    ),
    "board.closed": _closed,
}
