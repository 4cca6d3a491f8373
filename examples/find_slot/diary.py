"""Reads the appointments of a day from an iCalendar file, and finds free time. Times are minutes since midnight."""

from __future__ import annotations

import re
from collections.abc import Sequence

OPENS, CLOSES = 9 * 60, 17 * 60
"""When a day begins and ends for everybody."""
_EVENT = re.compile(r"^BEGIN:VEVENT$.*?^END:VEVENT$", re.M | re.S)
_TIME = re.compile(r"^DT(START|END)[^:\n]*:(\d{8})T(\d{2})(\d{2})", re.M)
_FOLD = re.compile(r"\r?\n[ \t]")
Busy = tuple[int, int]


def busy_on(day: str, calendar: str) -> list[Busy]:
    """Return from when to when a calendar has something on a day such as 2026-12-01, in order."""
    found = []
    for event in _EVENT.findall(_FOLD.sub("", calendar).replace("\r\n", "\n")):
        times = {name: (date, int(hour) * 60 + int(minute)) for name, date, hour, minute in _TIME.findall(event)}
        if "START" in times and "END" in times and times["START"][0] == day.replace("-", ""):
            begins = times["START"][1]
            found.append((begins, times["END"][1] if times["END"][0] == times["START"][0] else CLOSES))
    return sorted(found)


def earliest(busy: Sequence[Busy], after: int, minutes: int) -> int | None:
    """Return when there are so many free minutes at or after a time; None when not on that day."""
    start = max(after, OPENS)
    for begins, ends in busy:
        if begins < start + minutes and ends > start:
            start = ends
    return start if start + minutes <= CLOSES else None


def clock(minute: int) -> str:
    """Write a time as people do."""
    return f"{minute // 60:02}:{minute % 60:02}"
