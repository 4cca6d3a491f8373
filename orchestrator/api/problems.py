"""Every error as application/problem+json: our own, the framework's and the unforeseen. The words are the errors'."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from orchestrator.api.words import misfit
from orchestrator.core import codec
from orchestrator.core.errors import BrokenError, DatabaseAway, OrchestratorError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem

TEXT: Json = {"type": "string"}
SCHEMA: Json = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message", "hint"],
                "properties": {"path": TEXT, "message": TEXT, "hint": TEXT, "line": {"type": "integer"}},
            },
        },
    },
}
"""What every error looks like."""
log = logging.getLogger(__name__)


class BadRequest(HttpError):
    """A request that cannot be read, and what to do about it."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        """Keep the remedy beside the reason."""
        super().__init__(status, message)
        self.hint = hint


def answer(
    status: int,
    detail: str,
    title: str = "",
    problems: Sequence[Problem] = (),
    extra: Mapping[str, Json] | None = None,
) -> HttpResponse:
    """Write one problem."""
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [as_json(problem) for problem in problems],
        **(extra or {}),
    }
    response = HttpResponse(codec.dumps(body), status=status, content_type="application/problem+json")
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="signalbox"'
    return response


def as_json(problem: Problem) -> Json:
    """Return a problem as the API words it, with its line where it came from a file."""
    said: dict[str, Json] = {"path": problem.path, "message": problem.message, "hint": problem.hint}
    return said if problem.line is None else {**said, "line": problem.line}


def install(api: NinjaAPI) -> None:
    """Make the API answer every error this way."""
    api.add_exception_handler(OrchestratorError, _ours)
    api.add_exception_handler(ValidationError, _misfits)
    api.add_exception_handler(HttpError, _refused)
    api.add_exception_handler(AuthenticationError, _stranger)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(UnreadablePostError, _cut_off)
    for away in (OperationalError, InterfaceError):
        api.add_exception_handler(away, _away)
    api.add_exception_handler(Exception, _unforeseen)


def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer for an address the API does not have."""
    return answer(404, "The API has no such address; /api/v1/openapi.json lists those it has.", "Not found")


def no_such_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer for a method an address does not take."""
    response = answer(405, f"{request.method} is not taken here; this address takes {allowed}.")
    response["Allow"] = allowed
    return response


def _ours(request: HttpRequest, error: OrchestratorError | type[OrchestratorError]) -> HttpResponse:
    assert isinstance(error, OrchestratorError)
    if isinstance(error, BrokenError):
        log.error("%s %s: %s", request.method, request.path, error.detail)
    extra: Mapping[str, Json] = getattr(error, "extra", {})
    return answer(error.status, error.detail, error.title, error.problems, extra)


def _misfits(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    found = [misfit(one) for one in error.errors]
    return answer(422, "The request does not fit what is taken here.", "Does not fit", found)


def _refused(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    if isinstance(error.__cause__, BadRequest):  # the framework wraps what reading the body raised
        error = error.__cause__
    hint = error.hint if isinstance(error, BadRequest) else ""
    found = [Problem(path="", message=str(error), hint=hint)] if hint else []
    return answer(error.status_code, str(error), problems=found)


def _stranger(request: HttpRequest, error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
    plain = str(error) if str(error) != "Unauthorized" else "Sign in, or send `Authorization: Bearer` with a token."
    return answer(401, plain, "Who is calling?")


def _missing(request: HttpRequest, error: Http404 | type[Http404]) -> HttpResponse:
    return answer(404, "There is no such thing.", "Not found")


def _too_big(request: HttpRequest, error: RequestDataTooBig | type[RequestDataTooBig]) -> HttpResponse:
    return answer(413, "The request is larger than this server takes.", "Too large")


def _cut_off(request: HttpRequest, error: UnreadablePostError | type[UnreadablePostError]) -> HttpResponse:
    return answer(400, "The request broke off before its end.")


def _away(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    log.warning("%s %s: the database is away: %s", request.method, request.path, error)
    return _ours(request, DatabaseAway())


def _unforeseen(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Say nothing of the inside to the caller; the log has it all."""
    log.error("%s %s failed", request.method, request.path, exc_info=error if isinstance(error, Exception) else None)
    return answer(500, "Something went wrong here; the server's log says what.", "Broken")
