"""What every request passes first: it gets an id that all it sets off can be found by, and is counted and logged.

Addresses are logged as patterns: what stands in them may be a sign-in link. Query strings are not logged at all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from orchestrator import logs
from orchestrator.api import metrics

HEADER = "X-Request-ID"
OFTEN = ("healthz", "readyz", "metrics", "static/")
"""Routes that machines ask for all the time; their requests are no news."""
log = logging.getLogger("signalbox.web")
Answer = Callable[[HttpRequest], HttpResponseBase]


@sync_and_async_middleware
def followed(get_response: Answer) -> Answer:
    """Follow each request from its first moment to its answer."""
    if not iscoroutinefunction(get_response):
        return lambda request: _sync(get_response, request)
    answering = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

    async def asynchronously(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        with logs.bound(correlation_id=logs.accepted(request.headers.get(HEADER, ""))):
            return _answered(request, await answering(request), time.perf_counter() - began)

    return cast("Answer", asynchronously)


def _sync(get_response: Answer, request: HttpRequest) -> HttpResponseBase:
    began = time.perf_counter()
    with logs.bound(correlation_id=logs.accepted(request.headers.get(HEADER, ""))):
        return _answered(request, get_response(request), time.perf_counter() - began)


def _answered(request: HttpRequest, response: HttpResponseBase, seconds: float) -> HttpResponseBase:
    route = _route(request)
    metrics.observe(request.method or "", route, response.status_code, seconds)
    level = logging.DEBUG if route.startswith(OFTEN) else logging.INFO
    said = {"method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000, 1)}
    log.log(level, "request", extra=said | _run_of(request))
    response[HEADER] = logs.correlation_id()
    return response


def _route(request: HttpRequest) -> str:
    """Return the pattern that answered, such as `runs/<str:run_id>/`."""
    if request.path.startswith("/static/"):
        return "static/"
    return request.resolver_match.route if request.resolver_match else "(no such address)"


def _run_of(request: HttpRequest) -> dict[str, object]:
    named = request.resolver_match.kwargs if request.resolver_match else {}
    return {"run_id": named["run_id"]} if "run_id" in named else {}
