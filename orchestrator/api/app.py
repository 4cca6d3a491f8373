"""The API put together: how it reads and writes JSON, who may call it, and which nouns it has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from orchestrator.api import (
    agent_files,
    audit,
    boards,
    breakers,
    cards,
    doctor,
    drills,
    forks,
    gates,
    history,
    pauses,
    problems,
    reports,
    runs,
    tokens,
    trials,
    work,
    workflows,
)
from orchestrator.api.auth import BearerToken, SignedInPage
from orchestrator.core import codec
from orchestrator.core.outcomes import Json


class JsonBody(Parser):
    """Reads request bodies; what is not JSON is answered with the place where it breaks off."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Read the body."""
        try:
            found = codec.loads(request.body)
        except codec.NotJson as error:
            raise problems.BadRequest(HTTPStatus.BAD_REQUEST, str(error), "send JSON") from error
        if b"\\u0000" in request.body and "\0" in _texts(found):
            raise problems.BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, "A text holds a zero character.", "leave it out")
        return cast(DictStrAny, found)


def _texts(value: Json) -> str:
    """Return all texts of a value, its names among them, as one."""
    if isinstance(value, dict):
        return "".join(name + _texts(item) for name, item in value.items())
    if isinstance(value, list):
        return "".join(_texts(item) for item in value)
    return value if isinstance(value, str) else ""


class JsonAnswer(BaseRenderer):
    """Writes answers."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> str:
        """Write an answer."""
        return codec.dumps(data)


class DescribedAPI(NinjaAPI):
    """Describes every call's errors too: they all have one form."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description of the API."""
        described = super().get_openapi_schema(**options)
        described["components"]["schemas"]["Problem"] = problems.SCHEMA
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for calls in described["paths"].values():
            for call in calls.values():
                call["responses"]["default"] = {"description": "What is wrong, and what to do.", "content": content}
        return described


api = DescribedAPI(
    title="Signalbox",
    version="1",
    description="Start and steer runs, decide approvals, move cards. Errors are application/problem+json.",
    urls_namespace="api",
    docs_url=None,  # its page would load from elsewhere; the description itself is at /api/v1/openapi.json
    auth=[BearerToken(), SignedInPage()],
    parser=JsonBody(),
    renderer=JsonAnswer(),
)
api.add_router("", runs.router)
api.add_router("", history.router)
api.add_router("", forks.router)
api.add_router("", gates.router)
api.add_router("", boards.router)
api.add_router("", cards.router)
api.add_router("", agent_files.router)  # with what is read of agents
api.add_router("", breakers.router)
api.add_router("", pauses.router)
api.add_router("", trials.router)
api.add_router("", reports.router)
api.add_router("", work.router)
api.add_router("", doctor.router)
api.add_router("", workflows.router)
api.add_router("", drills.router)
api.add_router("", audit.router)
api.add_router("", tokens.router)
problems.install(api)
