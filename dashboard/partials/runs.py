"""Fragments of the list of runs. Topic `runs.<filter>` is a snapshot; the filter is written as in an address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from orchestrator.models import User
from orchestrator.queries.overview import places
from orchestrator.queries.runs import RunFilter, runs
from orchestrator.services.access import Verb, may

FILTERS = ("status", "workflow", "text")


def wanted(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address that mean something, in a fixed order."""
    return {name: value.strip()[:80] for name in FILTERS if (value := asked.get(name, "")).strip()}


def topic(filters: Mapping[str, str]) -> str:
    """Name the topic of a filtered list."""
    return f"runs.{urlencode(filters)}" if filters else "runs"


def rows(viewer: User, filters: Mapping[str, str], cursor: str = "") -> Fragment:
    """Draw one part of the list."""
    found = runs(viewer, _filter(filters), cursor=cursor)
    return draw("runs-rows", "dashboard/runs/_rows.html", places=places(found.items), next=found.next,
                filters=urlencode(filters), is_filtered=bool(filters),
                may_start=may(viewer, Verb.START_RUN))  # fmt: skip


def _filter(filters: Mapping[str, str]) -> RunFilter:
    asked = {name: filters.get(name, "") for name in FILTERS}
    return RunFilter(status=asked["status"], workflow=asked["workflow"], text=asked["text"])


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the first part of a filtered list as it is now."""
    moment = now()
    return Frame(n=moment, fragments=(rows(viewer, wanted(dict(parse_qsl(key)))),))
