"""The page of one run: as it is now, or as it was after one of its events. The list of runs, and what is done to them,
are in `runs`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.live.frames import Fragment, Frame, encode
from dashboard.partials import run as one_run
from dashboard.partials import run_parts
from dashboard.partials import step as one_step
from dashboard.partials.views.shown import has_views
from orchestrator.core import codec
from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Artifact, Event
from orchestrator.queries.forks import forks_of
from orchestrator.queries.runs import run_detail, value_of
from orchestrator.queries.scenes import scene
from orchestrator.queries.track import definition

TABS = ("timeline", "story", "events", "output")
PATTERN = "pattern"
"""The tab of runs with a step that has a view."""
MOST_PARTS = 6


@require_GET
@page
def detail(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show one run; `?at=` an earlier moment, `?step=` opens a step, `?tab=` a tab, `?view=ran` draws it as it ran."""
    at = scene(request.user, run_id, moment(request))
    asked = request.GET.dict()
    tabs = (*TABS, PATTERN) if has_views(definition(at.run.workflow, at.run.version)) else TABS
    tab = asked.get("tab") if asked.get("tab") in tabs else TABS[0]
    view = "ran" if asked.get("view") == "ran" else "folded"
    names = {"events", tab if tab in run_parts.PARTS else "events", *(["ran"] if view == "ran" else [])}
    parts = [drawn for name in sorted(names) if (drawn := run_parts.part(name, at, asked))]
    frame = Frame(n=at.run.n, fragments=(*one_run.fragments(request.user, at), *parts))
    context = {"run": at.run, "frame": frame, "at": run_parts.past_n(at), "total": at.total, "tab": tab, "tabs": tabs,
               "view": view, "step_path": asked.get("step"), "of": asked.get("of", ""),
               "forks": forks_of(request.user, run_id)}  # fmt: skip
    if "step" in asked:
        context |= one_step.context(request.user, at, asked["step"])
    return render(request, "dashboard/runs/detail.html", context)


@require_GET
@page
def parts(request: PersonRequest, run_id: str) -> HttpResponse:
    """Send fragments as a frame: the whole page at a moment (`?at=`, or now), or only what `?only=` names."""
    at = scene(request.user, run_id, moment(request))
    asked = request.GET.dict()
    names = [name for name in asked.get("only", "").split(",") if name][:MOST_PARTS]
    drawn: list[Fragment | None] = [run_parts.part(name, at, asked) for name in names]
    if "whole" in asked:
        drawn += [*one_run.fragments(request.user, at), run_parts.part("events", at, asked)]
    if "step" in asked:
        drawn.append(one_step.drawer(request.user, at, asked["step"]))
    found = {one.id: one for one in drawn if one is not None}
    text = encode(f"run.{run_id}", Frame(n=at.run.n, fragments=tuple(found.values())), {})
    return HttpResponse(text, content_type="application/json")


@require_GET
@page
def step(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show the drawer of one step."""
    context = one_step.context(request.user, scene(request.user, run_id, moment(request)), request.GET.get("path", ""))
    return render(request, "dashboard/runs/_step.html", context)


@require_GET
@page
def event(request: PersonRequest, run_id: str, n: int) -> HttpResponse:
    """Show what one event holds."""
    run = run_detail(request.user, run_id)
    found = Event.objects.filter(run_id=run.id, n=n).first()
    if found is None:
        raise RejectedMissing(f"This run has the events 1 to {run.n}.")
    return render(request, "dashboard/runs/_event_data.html", {"run": run, "event": found})


@require_GET
@page
def output(request: PersonRequest, run_id: str) -> HttpResponse:
    """Send the output of a run, or of a step (`?step=`), as a file; with `?show` as text for the page."""
    at = scene(request.user, run_id, moment(request))
    path = request.GET.get("step")
    row = at.run if path is None else at.step(path).step
    text = _text(row.output_ref) or codec.dumps(value_of(row))
    if "show" in request.GET:
        return render(request, "dashboard/runs/_value.html", {"value": codec.loads(text)})
    answer = HttpResponse(text, content_type="application/json")
    name = "-".join(filter(None, (run_id[:8], "".join(c if c.isalnum() else "-" for c in path or ""), "output")))
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer


def moment(request: HttpRequest) -> int | None:
    """Return the event after which a run is wanted; None for now."""
    asked = request.GET.get("at", "")
    if not asked:
        return None
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0


def _text(ref: str) -> str:
    kept = Artifact.objects.filter(pk=ref).first() if ref else None
    return kept.content if kept else ""
