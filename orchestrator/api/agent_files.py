"""Agents over HTTP as they are written: their files, loading a new version, and rolling back (A1)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Schema, Status
from pydantic import JsonValue

from orchestrator.api.agents import router
from orchestrator.api.auth import caller
from orchestrator.api.workflows import text_of
from orchestrator.models import AgentVersion
from orchestrator.queries import agents as queries
from orchestrator.services import agent_files as services

SEEN = "The version you began with, 0 for none; where another one is current by then, nothing is kept (409)."


class Revision(Schema):
    """A version of an agent."""

    name: str
    version: int
    digest: str
    is_current: bool
    created_at: datetime


class Revisions(Schema):
    """A part of the list of versions."""

    items: list[Revision]
    next: str | None


class Written(Revision):
    """A version with its file."""

    contract: JsonValue
    text: str
    why_not_here: str = Field(description="Why it is not changed over HTTP; empty when it can be.")


class RollbackWanted(Schema):
    """Which version is to be current again."""

    version: int
    seen: int | None = Field(default=None, description=SEEN)


@router.get("/agents/{name}/versions", response=Revisions)
def list_versions(request: HttpRequest, name: str, cursor: str = "", limit: int = 50) -> Revisions:
    """List all versions of an agent, latest first."""
    page = queries.agent_versions(caller(request), name, cursor, limit)
    return Revisions(items=[Revision.model_validate(_line(row)) for row in page.items], next=page.next)


@router.get("/agents/{name}/file", response=Written)
def get_file(request: HttpRequest, name: str, version: int | None = None) -> Written:
    """Show a version of an agent as a file, the current one unless another is named."""
    return _written(queries.agent_version(caller(request), name, version))


@router.put(
    "/agents/{name}",
    response={200: Written, 201: Written},
    openapi_extra={"requestBody": {"required": True, "content": {"application/yaml": {}, "application/json": {}}}},
)
def put_agent(
    request: HttpRequest,
    name: str,
    seen: int | None = Query(default=None, description=SEEN),
) -> Status[Written]:
    """Load an agent from YAML or JSON: 201 for a new version, 200 if it is the current one already."""
    user = caller(request)
    applied = services.apply(user, text_of(request), name, seen)
    return Status(201 if applied.is_new else 200, _written(applied.version))


@router.post("/agents/{name}/rollback", response={201: Written})
def roll_back(request: HttpRequest, name: str, wanted: RollbackWanted) -> Status[Written]:
    """Make an earlier version current again, as the next one."""
    applied = services.rollback(caller(request), name, wanted.version, wanted.seen)
    return Status(201, _written(applied.version))


def _line(row: AgentVersion) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("name", "version", "digest", "is_current", "created_at")}


def _written(row: AgentVersion) -> Written:
    more = {"contract": row.spec, "text": services.text_of(row), "why_not_here": services.why_not_here(row)}
    return Written.model_validate({**_line(row), **more})
