"""Opening and closing a breaker of an agent by hand. How they stand is on the agent's page."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.live.frames import Frame, now
from dashboard.partials.agent import topic
from dashboard.partials.breakers import card
from dashboard.views.told import told
from orchestrator.services import breakers


@require_POST
@page
def trip(request: PersonRequest, name: str) -> HttpResponse:
    """Open one until somebody closes it."""
    of = request.POST.get("of", "agent")
    breakers.trip(request.user, name, of, request.POST.get("reason", ""))
    return _told(request, name, f"The breaker of the {of} is open: no work goes there.")


@require_POST
@page
def reset(request: PersonRequest, name: str) -> HttpResponse:
    """Close one."""
    of = request.POST.get("of", "agent")
    breakers.reset(request.user, name, of, request.POST.get("reason", ""))
    return _told(request, name, f"The breaker of the {of} is closed: work goes on.")


def _told(request: PersonRequest, name: str, words: str) -> HttpResponse:
    if not is_fragment(request):
        return done(request, words, reverse("agents-detail", args=[name]))
    moment = now()
    return told(request, words, topic(name), Frame(n=moment, fragments=(card(request.user, name),)))
