"""The command palette's one question: what do these words find?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.partials.palette import groups


@require_GET
@page
def found(request: PersonRequest) -> HttpResponse:
    """List what the viewer may open or do, narrowed by words."""
    text = request.GET.get("q", "")
    return render(request, "dashboard/palette/_found.html", {"groups": groups(request.user, text), "text": text})
