"""Fragments of one run's page. Topic `run.<id>` is a log: its number is that of the last event."""

from __future__ import annotations

from dataclasses import replace

from django.template.loader import render_to_string

from dashboard.live.frames import Fragment, Frame, Item
from dashboard.partials.draw import draw
from dashboard.partials.story import told
from dashboard.track.layout import track
from orchestrator.core.status import RUN_ENDED, GateStatus
from orchestrator.models import Event, Gate, Run, User
from orchestrator.queries.runs import run_detail, value_of
from orchestrator.queries.track import definition, tracked
from orchestrator.services.access import Verb, may

SHOWN = 200
"""Events a page shows; the API has them all."""


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a run as it is now, with the events after a number."""
    run = run_detail(viewer, key)
    return replace(_added(run, after), fragments=fragments(viewer, run))


def log(viewer: User, key: str, after: int) -> Frame:
    """Return only the events after a number."""
    return _added(run_detail(viewer, key), after)


def _added(run: Run, after: int) -> Frame:
    events = _events(run, after)
    paths = tuple(dict.fromkeys(event.path for event in events if event.path))
    return Frame(n=run.n, append={"run-events": tuple(event_item(one) for one in events)}, touched=paths)


def fragments(viewer: User, run: Run) -> tuple[Fragment, ...]:
    """Draw everything on the page that changes with the run, but the events."""
    context = {"run": run, "ended": run.status in RUN_ENDED, "acts": may(viewer, Verb.CANCEL_RUN)}
    drawn = track(definition(run.workflow, run.version).root, tracked(run))
    gates = list(Gate.objects.filter(run_id=run.id, status=GateStatus.OPEN).order_by("id"))
    return (
        draw("run-header", "dashboard/runs/_header.html", **context),
        draw("run-facts", "dashboard/runs/_facts.html", **context),
        draw("run-gates", "dashboard/runs/_gates.html", gates=gates, acts=may(viewer, Verb.DECIDE_GATE)),
        draw("run-track", "dashboard/runs/_track.html", run=run, track=drawn),
        draw("run-output", "dashboard/runs/_output.html", **context, output=value_of(run)),
        Fragment(id="run-count", html=str(run.n)),
    )


def event_item(event: Event) -> Item:
    """Draw one event as an entry of the list."""
    html = render_to_string("dashboard/runs/_event.html", {"event": event, "told": told(event)})
    return Item(n=event.n, html=html.strip())


def _events(run: Run, after: int) -> list[Event]:
    """Return the events after a number, in order; of a long gap only what the page shows."""
    rows = Event.objects.filter(run_id=run.id, n__gt=max(after, run.n - SHOWN), n__lte=run.n)
    return list(rows.order_by("n"))
