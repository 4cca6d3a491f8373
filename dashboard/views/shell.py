"""The personal parts of the shell, fetched again when something changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@never_cache
@require_GET
@login_required
def shell(request: HttpRequest) -> HttpResponse:
    """Draw navigation and the pill of what needs the viewer, for the page they are at."""
    request.path = request.GET.get("at", "/")
    return render(request, "dashboard/shell/_personal.html")
