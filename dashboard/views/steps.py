"""What is done to one step of a run: retrying and skipping it, and who does it. Its drawer is in `run`."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from dashboard.door import PersonRequest, page
from dashboard.views.runs import told
from orchestrator.services import runs


@require_POST
@page
def retry(request: PersonRequest, run_id: str) -> HttpResponse:
    """Try a step again, or with no path all that failed."""
    path = request.POST.get("path", "")
    return told(request, runs.retry(request.user, run_id, path), f"{path or 'What failed'} is tried again.")


@require_POST
@page
def assign(request: PersonRequest, run_id: str) -> HttpResponse:
    """Give a step to an agent, or with no agent take it over."""
    path, agent = request.POST.get("path", ""), request.POST.get("agent", "")
    words = f"{path} is given to {agent}." if agent else f"{path} waits for a person's answer now."
    return told(request, runs.assign(request.user, run_id, path, agent), words)


@require_POST
@page
def skip(request: PersonRequest, run_id: str) -> HttpResponse:
    """Pass a step by."""
    path = request.POST.get("path", "")
    return told(request, runs.skip(request.user, run_id, path, request.POST.get("reason", "")), f"{path} is skipped.")
