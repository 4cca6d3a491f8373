"""The list of runs, and pausing, resuming and cancelling one. Its page is in `run`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.live.frames import Frame, now
from dashboard.partials import run as one_run
from dashboard.partials import runs as many_runs
from dashboard.views import told as answers
from orchestrator.core.status import RunStatus
from orchestrator.models import Run
from orchestrator.queries.agents import agents
from orchestrator.queries.scenes import scene
from orchestrator.queries.workflows import workflows
from orchestrator.services import runs
from orchestrator.services.access import Verb, may


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List runs, filtered; the first part stays current."""
    filters, cursor = many_runs.wanted(request.GET.dict()), request.GET.get("cursor", "")
    moment = now()
    frame = Frame(n=moment, fragments=(many_runs.rows(request.user, filters, cursor),))
    context = {
        "frame": frame, "filters": filters, "cursor": cursor, "topic": many_runs.topic(filters),
        "statuses": list(RunStatus), "waits": many_runs.WAITS, "spans": many_runs.SPANS,
        "chosen": many_runs.chosen(filters), "may_start": may(request.user, Verb.START_RUN),
        "workflows": [workflow.name for workflow in workflows(request.user, limit=200).items],
        "agents": [agent.name for agent in agents(request.user, limit=200).items],
    }  # fmt: skip
    return render(request, "dashboard/runs/index.html", context)


@require_POST
@page
def pause(request: PersonRequest, run_id: str) -> HttpResponse:
    """Pause a run."""
    return told(request, runs.pause(request.user, run_id), "The run is paused.")


@require_POST
@page
def resume(request: PersonRequest, run_id: str) -> HttpResponse:
    """Resume a run."""
    return told(request, runs.resume(request.user, run_id), "The run goes on.")


@require_POST
@page
def cancel(request: PersonRequest, run_id: str) -> HttpResponse:
    """Cancel a run."""
    return told(request, runs.cancel(request.user, run_id), "The run is cancelled.")


def told(request: PersonRequest, run: Run, words: str) -> HttpResponse:
    """Answer an act: a word about it, and what of the page says how the run stands now."""
    if not is_fragment(request):
        return done(request, words, reverse("runs-detail", args=[run.id]))
    stands = scene(request.user, run.id)
    drawn = one_run.fragments(request.user, stands)
    parts = tuple(one for one in drawn if one.id in ("run-header", "run-facts", "run-gates"))
    return answers.told(request, words, f"run.{run.id}", Frame(n=stands.run.n, fragments=parts))
