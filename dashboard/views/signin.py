"""Signing in and out: by a one-time link, or by name and password; afterwards back to where one wanted to go."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orchestrator.services import signin, signin_tries

BACKEND = "django.contrib.auth.backends.ModelBackend"
WANTED = f"{settings.SESSION_COOKIE_NAME}_wanted"
REMEMBERED_SECONDS = 600


class SignIn(LoginView):
    """Ask for name and password; who has to wait is told how long."""

    template_name = "dashboard/signin/index.html"
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        """Show the form, and remember where one wanted to go for whoever then uses a link instead."""
        response = super().get(request, *arguments, **named)
        if wanted := self.get_redirect_url():
            response.set_cookie(
                WANTED, wanted, max_age=REMEMBERED_SECONDS, path=settings.LOGIN_URL, httponly=True, samesite="Lax",
                secure=settings.HTTPS,
            )  # fmt: skip
        return response

    def post(self, request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        """Check name and password, unless too many tries came before this one."""
        wait = signin_tries.admit(request.POST.get("username", ""), request.META["REMOTE_ADDR"])
        if not wait:
            return super().post(request, *arguments, **named)
        response = self.render_to_response(self.get_context_data(wait=wait), status=429)
        response["Retry-After"] = str(wait)
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in."""
        signin_tries.forget(self.request.POST.get("username", ""), self.request.META["REMOTE_ADDR"])
        response = super().form_valid(form)
        response.delete_cookie(WANTED, path=settings.LOGIN_URL)
        return response


@never_cache
@require_GET
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign in whoever holds an unused link; say how to get another one if it is used up or too old."""
    user = signin.redeem(token)
    if user is None:
        refused = {"link_refused": signin.why_refused(token)}
        return render(request, "dashboard/signin/index.html", refused, status=410)
    login(request, user, backend=BACKEND)
    response = redirect(safe(request, request.COOKIES.get(WANTED, "")))
    response.delete_cookie(WANTED, path=settings.LOGIN_URL)
    return response


def safe(request: HttpRequest, wanted: str) -> str:
    """Return a path of ours, or the overview for anything else."""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None, require_https=settings.HTTPS)
    return wanted if ours else settings.LOGIN_REDIRECT_URL
