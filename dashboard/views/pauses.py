"""Pausing and resuming an agent. Whether it is paused is on its page."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.live.frames import Frame, now
from dashboard.partials import agent as one_agent
from dashboard.views.told import told
from orchestrator.queries.agents import agent_detail
from orchestrator.services import pauses


@require_POST
@page
def pause(request: PersonRequest, name: str) -> HttpResponse:
    """Keep new work from it."""
    pauses.pause(request.user, name, request.POST.get("reason", ""))
    return _told(request, name, f"{name} is paused: it gets no new work.")


@require_POST
@page
def resume(request: PersonRequest, name: str) -> HttpResponse:
    """Let work go to it again."""
    pauses.resume(request.user, name)
    return _told(request, name, f"{name} gets work again.")


def _told(request: PersonRequest, name: str, words: str) -> HttpResponse:
    if not is_fragment(request):
        return done(request, words, reverse("agents-detail", args=[name]))
    moment = now()
    seen = one_agent.seen(request.user, agent_detail(request.user, name))
    parts = (*one_agent.head(request.user, seen), one_agent.pause(request.user, seen))
    return told(request, words, one_agent.topic(name), Frame(n=moment, fragments=parts))
