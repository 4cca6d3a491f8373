"""Workflows over HTTP: their versions, and loading a new one from YAML or JSON."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.outcomes import Outcomes, outcomes
from orchestrator.api.problems import BadRequest
from orchestrator.models import User, WorkflowVersion
from orchestrator.queries import workflows as queries
from orchestrator.queries.outcomes import of_workflow
from orchestrator.services import workflows as services

router = Router(tags=["workflows"])
MOST_BYTES = 500_000


class WorkflowLine(Schema):
    """A workflow in a list."""

    name: str
    version: str
    role: str
    is_current: bool
    created_at: datetime


class WorkflowDetail(WorkflowLine):
    """A version of a workflow with its content."""

    input: JsonValue
    source: JsonValue
    text: str
    outcomes: Outcomes


class Workflows(Schema):
    """A part of the list of workflows."""

    items: list[WorkflowLine]
    next: str | None


@router.get("/workflows", response=Workflows)
def list_workflows(request: HttpRequest, cursor: str = "", limit: int = 50) -> Workflows:
    """List workflows by name."""
    page = queries.workflows(caller(request), cursor, limit)
    return Workflows(items=[WorkflowLine.model_validate(_line(row)) for row in page.items], next=page.next)


@router.get("/workflows/{name}", response=WorkflowDetail)
def get_workflow(request: HttpRequest, name: str, version: str = "") -> WorkflowDetail:
    """Show a version of a workflow, the current one unless another is named."""
    user = caller(request)
    return _detail(user, queries.workflow_detail(user, name, version))


@router.get("/workflows/{name}/versions", response=Workflows)
def list_versions(request: HttpRequest, name: str, cursor: str = "", limit: int = 50) -> Workflows:
    """List all versions of a workflow, latest first."""
    page = queries.workflow_versions(caller(request), name, cursor, limit)
    return Workflows(items=[WorkflowLine.model_validate(_line(row)) for row in page.items], next=page.next)


@router.put(
    "/workflows/{name}",
    response={200: WorkflowDetail, 201: WorkflowDetail},
    openapi_extra={"requestBody": {"required": True, "content": {"application/yaml": {}, "application/json": {}}}},
)
def put_workflow(request: HttpRequest, name: str) -> Status[WorkflowDetail]:
    """Load a workflow from YAML or JSON: 201 for a new version, 200 if it is the current one already."""
    user = caller(request)
    applied = services.apply(user, text_of(request), name=name)
    return Status(201 if applied.is_new else 200, _detail(user, applied.version))


def text_of(request: HttpRequest) -> str:
    """Return the file that was sent."""
    if len(request.body) > MOST_BYTES:
        raise BadRequest(413, f"The file is larger than {MOST_BYTES} bytes.", "split the workflow")
    try:
        return request.body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(400, f"The file is not UTF-8 text: {error}", "send it as UTF-8") from error


def _line(row: WorkflowVersion) -> dict[str, object]:
    return {
        "name": row.name, "version": row.version, "role": row.role, "is_current": row.is_current,
        "created_at": row.created_at,
    }  # fmt: skip


def _detail(viewer: User, row: WorkflowVersion) -> WorkflowDetail:
    source: JsonValue = row.source
    takes = source.get("input") if isinstance(source, dict) else None
    return WorkflowDetail.model_validate(
        {
            **_line(row),
            "input": takes,
            "source": source,
            "text": row.text,
            "outcomes": outcomes(of_workflow(viewer, row.name)),
        }
    )
