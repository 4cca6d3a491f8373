"""What a run's page shows only when asked: the run as it ran, its timeline, story and patterns, its events filtered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from dashboard.live.frames import Fragment
from dashboard.partials.chapters import chapters
from dashboard.partials.draw import draw
from dashboard.partials.run import SHOWN, event_item
from dashboard.partials.views import shown
from dashboard.track.ran import ran_track
from dashboard.track.timeline import chart
from orchestrator.models import Event, Run
from orchestrator.queries.ran import ran
from orchestrator.queries.scenes import Scene
from orchestrator.queries.timeline import timeline
from orchestrator.queries.track import definition

TYPES = ("attempt", "gate", "run", "step", "map", "loop", "wait", "timer", "subtree", "steps", "handoff", "slots",
         "work", "review", "route")  # fmt: skip
"""First parts of the types of events, by which they can be filtered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are asked for."""

    type: str = ""
    path: str = ""
    before: int = 0
    """Only those before this number; 0 for the latest."""

    @property
    def is_filtered(self) -> bool:
        """Tell whether some are left out."""
        return bool(self.type or self.path or self.before)


def wanted(asked: Mapping[str, str]) -> Wanted:
    """Read a filter of events from an address."""
    before = asked.get("before", "")
    kind = asked.get("type", "")
    return Wanted(type=kind if kind in TYPES else "", path=asked.get("path", "").strip()[:400],
                  before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0)  # fmt: skip


def part(name: str, at: Scene, asked: Mapping[str, str]) -> Fragment | None:
    """Draw one part; None for a name there is none of."""
    drawn = PARTS.get(name)
    return drawn(at, asked) if drawn else None


def _ran(at: Scene, asked: Mapping[str, str]) -> Fragment:
    root = definition(at.run.workflow, at.run.version).root
    return draw("run-ran", "dashboard/runs/_track.html", run=at.run, at=past_n(at), until=at.event and at.event.at,
                label="Track of the run as it ran", track=ran_track(root, ran(at)))  # fmt: skip


def _timeline(at: Scene, asked: Mapping[str, str]) -> Fragment:
    return draw("run-timeline", "dashboard/runs/_timeline.html", run=at.run, at=past_n(at), chart=chart(timeline(at)))


def _pattern(at: Scene, asked: Mapping[str, str]) -> Fragment:
    return draw("run-pattern", "dashboard/runs/_pattern.html", **shown.context(at, asked.get("of", "")[:400]))


def _story(at: Scene, asked: Mapping[str, str]) -> Fragment:
    return draw("run-story", "dashboard/runs/_story.html", run=at.run, story=chapters(at))


def _events(at: Scene, asked: Mapping[str, str]) -> Fragment:
    filters = wanted(asked)
    found = list(matching(at.run, filters).order_by("-n")[: SHOWN + 1])
    items = [event_item(event).html for event in reversed(found[:SHOWN])]
    earlier = found[SHOWN - 1].n if len(found) > SHOWN else 0
    return draw("run-log", "dashboard/runs/_events.html", run=at.run, items=items, filters=filters, types=TYPES,
                earlier=earlier, at=past_n(at), most=SHOWN)  # fmt: skip


def matching(run: Run, filters: Wanted) -> QuerySet[Event]:
    """Return the events of a run, up to its moment, that a filter asks for."""
    rows = Event.objects.filter(run_id=run.id, n__lte=run.n)
    if filters.before:
        rows = rows.filter(n__lt=filters.before)
    if filters.type:
        rows = rows.filter(type__startswith=f"{filters.type}.")
    if filters.path:
        exact, below = rows.filter(path=filters.path), rows.filter(path__startswith=filters.path)
        rows = exact | below
    return rows


def past_n(at: Scene) -> int | None:
    """Return the event at which a run is shown; None for now."""
    return at.event.n if at.event else None


PARTS: dict[str, Callable[[Scene, Mapping[str, str]], Fragment]] = {
    "ran": _ran,
    "timeline": _timeline,
    "story": _story,
    "pattern": _pattern,
    "events": _events,
}
