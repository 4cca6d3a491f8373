"""Fragments of the list of runs. Topic `runs.<filter>` is a snapshot; the filter is written as in an address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from orchestrator.models import User
from orchestrator.queries.overview import places
from orchestrator.queries.run_filter import WORDS, read_filter
from orchestrator.queries.runs import runs
from orchestrator.services.access import Verb, may

WAITS = {"gate": "a person", "slot": "a free slot", "agent": "an agent at work", "timer": "a time",
         "resume": "being resumed"}  # fmt: skip
SPANS = {"1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days"}
NAMES = {"waiting_on": "waits for", "starter": "started by", "since": "begun in", "until": "begun before",
         "text": "named"}  # fmt: skip
"""Filters whose name in an address is not what they are called in a sentence."""


def wanted(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address that mean something, in a fixed order."""
    return {name: value.strip()[:80] for name in WORDS if (value := asked.get(name, "")).strip()}


def topic(filters: Mapping[str, str]) -> str:
    """Name the topic of a filtered list."""
    return f"runs.{urlencode(filters)}" if filters else "runs"


def chosen(filters: Mapping[str, str]) -> list[dict[str, str]]:
    """Return each filter in words, with the address of the list without it."""
    return [
        {"name": NAMES.get(name, name), "value": WAITS.get(value, value) if name == "waiting_on" else
         SPANS.get(value, value) if name == "since" else value,
         "rest": urlencode({other: text for other, text in filters.items() if other != name})}
        for name, value in filters.items()
    ]  # fmt: skip


def rows(viewer: User, filters: Mapping[str, str], cursor: str = "") -> Fragment:
    """Draw one part of the list."""
    found = runs(viewer, read_filter(filters), cursor=cursor)
    return draw("runs-rows", "dashboard/runs/_rows.html", places=places(found.items), next=found.next,
                filters=urlencode(filters), is_filtered=bool(filters), is_first=not cursor,
                may_start=may(viewer, Verb.START_RUN))  # fmt: skip


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the first part of a filtered list as it is now."""
    moment = now()
    return Frame(n=moment, fragments=(rows(viewer, wanted(dict(parse_qsl(key)))),))
