"""Signing in and out: by a one-time link, or by name and password."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orchestrator.services import signin

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Ask for name and password."""

    template_name = "dashboard/signin/index.html"
    redirect_authenticated_user = True


@never_cache
@require_GET
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds an unused link; say how to get another one if it is used up or too old."""
    user = signin.redeem(token)
    if user is None:
        return render(request, "dashboard/signin/index.html", {"link_refused": True}, status=410)
    login(request, user, backend=BACKEND)
    return redirect("/")
