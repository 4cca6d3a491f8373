"""The overview: what is at work, who is needed, what each agent does."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.partials import overview
from orchestrator.services.access import Verb, may


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """Show the overview as it is now; its topic keeps it current."""
    context = {"frame": overview.live(request.user, "", 0), "may_start": may(request.user, Verb.START_RUN)}
    return render(request, "dashboard/overview/index.html", context)
