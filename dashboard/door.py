"""What stands before every page: sign-in, and errors in words, the same for a page, a fragment and a form."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from orchestrator.core.errors import DatabaseAway, OrchestratorError
from orchestrator.models import User

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


class PersonRequest(HttpRequest):
    """A request of someone who is signed in."""

    user: User


def page(view: View) -> View:
    """Make a view that only people who are signed in see, and that says its errors in words."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            response = view(request, *arguments, **named)
        except OrchestratorError as error:
            response = refused(request, error)
        except (OperationalError, InterfaceError):
            log.warning("%s %s: the database is away", request.method, request.path, exc_info=True)
            response = alone(request, DatabaseAway())
        add_never_cache_headers(response)
        return response

    return guarded


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page; a fragment leads the whole page there."""
    if request.method == "GET" and not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    # Not to the act or the fragment itself: to the page it was on.
    here = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    is_ours = bool(here.path) and here.netloc == request.get_host()
    leads = redirect_to_login(here._replace(scheme="", netloc="").geturl()) if is_ours else redirect(settings.LOGIN_URL)
    if not is_fragment(request):
        return leads
    response = HttpResponse(status=401)
    response["HX-Redirect"] = leads.url
    return response


def refused(request: HttpRequest, error: OrchestratorError) -> HttpResponse:
    """Say what was refused and why."""
    template = "components/_refusal.html" if is_fragment(request) else "dashboard/shell/refusal.html"
    return render(request, template, {"error": error}, status=error.status)


def alone(request: HttpRequest, error: OrchestratorError, status: int = 0) -> HttpResponse:
    """Say what went wrong on a page without navigation, which needs neither an account nor the database."""
    status = status or error.status
    if is_fragment(request):
        return render(request, "components/_refusal.html", {"error": error}, status=status)
    context = {"error": error, "status": status, "is_away": isinstance(error, DatabaseAway)}
    return render(request, "dashboard/shell/alone.html", context, status=status)


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether only a part of a page is asked for."""
    return request.headers.get("HX-Request") == "true"


def done(request: HttpRequest, words: str, to: str) -> HttpResponse:
    """Answer a form that was sent without scripts: go to a page, which says what was done."""
    messages.success(request, words)
    response = HttpResponse(status=303)
    response["Location"] = to
    return response
