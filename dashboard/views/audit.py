"""The audit trail: who did what to what, and when. Exporting it is the API's business."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.partials import audit as partials
from orchestrator.queries import audit as queries


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List the lines that fit a filter, latest first."""
    filters, cursor = partials.wanted(request.GET.dict()), request.GET.get("cursor", "")
    found = queries.trail(request.user, queries.read_filter(filters), cursor)
    context = {
        "rows": [partials.row(entry) for entry in found.items], "next": found.next, "cursor": cursor,
        "filters": filters, "query": urlencode(filters), "spans": partials.SPANS,
        "words": queries.known_words(request.user),
    }  # fmt: skip
    return render(request, "dashboard/audit/index.html", context)
