"""Fragments of one run's page, now or at an earlier moment. Topic `run.<id>` is a log: its number is that of the last
event. What only an opened tab shows is in `run_parts`."""

from __future__ import annotations

from dataclasses import replace

from django.template.loader import render_to_string

from dashboard.live.frames import Fragment, Frame, Item
from dashboard.partials.draw import draw
from dashboard.partials.story import told
from dashboard.track.layout import track
from orchestrator.core.ids import ROOT
from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Event, Run, User
from orchestrator.queries.forecast import forecast
from orchestrator.queries.phases import phases_of
from orchestrator.queries.queue import waits_in
from orchestrator.queries.runs import run_detail, value_of
from orchestrator.queries.savings import saved_in
from orchestrator.queries.scenes import Scene, scene
from orchestrator.queries.spend import run_budget
from orchestrator.queries.stops import stoppings
from orchestrator.queries.track import definition
from orchestrator.services.access import Verb, may

SHOWN = 100
"""Events a page shows at once."""
CAUGHT_UP = 1000
"""Events that a page which was away is told at once, so that none is missing; after a longer gap only the latest."""


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a run as it is now, with the events after a number."""
    now = scene(viewer, key)
    return replace(_added(now.run, after), fragments=fragments(viewer, now))


def log(viewer: User, key: str, after: int) -> Frame:
    """Return only the events after a number."""
    return _added(run_detail(viewer, key), after)


def _added(run: Run, after: int) -> Frame:
    events = latest(run, after)
    paths = tuple(dict.fromkeys(event.path for event in events if event.path))
    return Frame(n=run.n, append={"run-events": tuple(map(event_item, events))}, touched=paths)


def fragments(viewer: User, at: Scene) -> tuple[Fragment, ...]:
    """Draw everything on the page that changes with the run, but the events and what only a tab shows."""
    run, is_past = at.run, at.event is not None
    context = {"run": run, "is_past": is_past, "event": at.event, "ended": run.status in RUN_ENDED,
               "root": at.tracked.latest.get(ROOT), "acts": not is_past and may(viewer, Verb.CANCEL_RUN),
               "phases": phases_of(run),
               "may_fork": may(viewer, Verb.FORK_RUN), "stopping": None if is_past else stoppings(run)}  # fmt: skip
    workflow = definition(run.workflow, run.version)
    event = at.event or Event.objects.filter(run_id=run.id, n=run.n).first()
    return (
        draw("run-header", "dashboard/runs/_header.html", **context),
        draw("run-facts", "dashboard/runs/_facts.html", **context, forecast=forecast(viewer, run),
             most=workflow.budget if is_past else {}, budget=() if is_past else run_budget(run),
             saved=saved_in(run.id)),
        draw("run-moment", "dashboard/runs/_moment.html", **context, total=at.total),
        draw("run-said", "dashboard/runs/_said.html", event=event, told=told(event) if event else None),
        draw("run-gates", "dashboard/runs/_gates.html", **context, gates=at.gates,
             waits=() if is_past or context["ended"] else waits_in(run.id),
             decides=not is_past and may(viewer, Verb.DECIDE_GATE)),
        draw("run-track", "dashboard/runs/_track.html", run=run, at=at.event and at.event.n,
             until=at.event and at.event.at, track=track(workflow.root, at.tracked)),
        draw("run-output", "dashboard/runs/_output.html", **context, output=shown_value(run)),
        Fragment(id="run-count", html=str(run.n)),
    )  # fmt: skip


def event_item(event: Event) -> Item:
    """Draw one event as an entry of the list."""
    html = render_to_string("dashboard/runs/_event.html", {"event": event, "told": told(event)})
    return Item(n=event.n, html=html.strip())


def latest(run: Run, after: int = 0) -> list[Event]:
    """Return the events after a number, in order; of a long gap only the latest."""
    most = CAUGHT_UP if after else SHOWN
    rows = Event.objects.filter(run_id=run.id, n__gt=max(after, run.n - most), n__lte=run.n)
    return list(rows.order_by("n"))


def shown_value(run: Run) -> object:
    """Return a run's output, if the page shows it without being asked: an artifact waits for that."""
    return None if run.output_ref else value_of(run)
