"""The page of one run with its step drawer. The list of runs, and what is done to them, are in `runs`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.partials import run as one_run
from dashboard.partials import step as one_step
from orchestrator.queries.runs import run_detail


@require_GET
@page
def detail(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show one run as it is now; `?step=` opens a step."""
    frame = one_run.live(request.user, run_id, 0)
    path = request.GET.get("step")
    items = [item for items in frame.append.values() for item in reversed(items)]
    context = {"run": run_detail(request.user, run_id), "frame": frame, "items": items, "most": one_run.SHOWN,
               "step_path": path}  # fmt: skip
    if path is not None:
        context |= one_step.context(request.user, run_id, path)
    return render(request, "dashboard/runs/detail.html", context)


@require_GET
@page
def step(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show the drawer of one step."""
    context = one_step.context(request.user, run_id, request.GET.get("path", ""))
    return render(request, "dashboard/runs/_step.html", context)
