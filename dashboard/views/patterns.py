"""The gallery of patterns: an example of each, and running it as it stands."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, page
from dashboard.live.frames import Frame, now
from dashboard.partials import patterns as partials
from orchestrator.queries.patterns import examples
from orchestrator.services import gallery, runs
from orchestrator.services.access import Verb, may


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """Show every pattern with its example; the state of the last run stays current."""
    moment = now()
    found = examples(request.user)
    context = {
        "places": partials.places(found), "count": len(found), "nonce": secrets.token_urlsafe(12),
        "frame": Frame(n=moment, fragments=partials.states(found)),
        "may_start": may(request.user, Verb.START_RUN), "may_add": may(request.user, Verb.ADD_CARD),
    }  # fmt: skip
    return render(request, "dashboard/patterns/index.html", context)


@require_POST
@page
def run(request: PersonRequest, name: str) -> HttpResponse:
    """Start a run of an example with its default input; two clicks on one page start one run."""
    nonce = request.POST.get("nonce", "")[:64]
    started = runs.start(request.user, name, {}, key=f"gallery:{nonce}:{name}" if nonce else None)
    return done(request, "The run has started.", reverse("runs-detail", args=[started.run_id]))


@require_POST
@page
def card(request: PersonRequest, name: str) -> HttpResponse:
    """Put a card where an agent pulls from, and show it on its board."""
    made = gallery.put_card(request.user, name)
    return done(request, "The card waits for its agent.", reverse("boards-card", args=[name, made.pk]))
