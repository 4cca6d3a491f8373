"""API tokens: one's own, or for admins the team's; revoking them. They are made by `manage.py token`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from orchestrator.queries.people import tokens
from orchestrator.services import tokens as services
from orchestrator.services.access import Verb, may


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List tokens, latest first; their texts are nowhere."""
    found = tokens(request.user, request.GET.get("cursor", ""), limit=50)
    context = {"tokens": found.items, "next": found.next, "sees_all": may(request.user, Verb.MANAGE_TOKENS)}
    return render(request, "dashboard/tokens/index.html", context)


@require_POST
@page
def revoke(request: PersonRequest, token_id: int) -> HttpResponse:
    """Make a token useless from now on."""
    token = services.revoke(request.user, token_id)
    answer = done(request, f"The token {token.name} is revoked.", reverse("tokens"))
    if is_fragment(request):
        answer = HttpResponse(status=204, headers={"HX-Redirect": reverse("tokens")})
    return answer
