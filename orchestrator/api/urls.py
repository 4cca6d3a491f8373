"""Addresses of the API, and of those for machines that watch over it: alive, ready, and how much of everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, include, path, re_path

from orchestrator.api import health, metrics
from orchestrator.api.app import api
from orchestrator.api.problems import answer, no_such_address, no_such_method


def in_problem_form(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make a view answer a method it does not take as every other error is answered."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **names: object) -> HttpResponseBase:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return answer(400, "An address holds no zero character.")
        response = view(request, *args, **names)
        if isinstance(response, HttpResponseNotAllowed):
            return no_such_method(request, ", ".join(sorted(response["Allow"].split(", "))))
        return response

    return answered


def addresses() -> list[URLPattern | URLResolver]:
    """List the API's addresses, and one that answers for all others below it."""
    found: list[URLPattern | URLResolver] = [*api.urls[0]]
    for pattern in found:
        if isinstance(pattern, URLPattern):
            pattern.callback = in_problem_form(pattern.callback)
    return [*found, re_path(r"^(?P<rest>.*)$", no_such_address)]


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.exposed, name="metrics"),
    path("api/v1/", include((addresses(), "api"))),
]
