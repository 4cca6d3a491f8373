"""Whether this server lives, and whether everything it needs is there. For machines that watch it: no token needed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orchestrator.core import codec
from orchestrator.queries.health import health


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer as long as this process does."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if database, broker and workers can be reached, 503 with what is missing if not."""
    found = health()
    body = {"status": "ready" if found.is_ready else "not ready", **found.parts}
    return HttpResponse(codec.dumps(body), status=200 if found.is_ready else 503, content_type="application/json")
