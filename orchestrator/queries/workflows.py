"""Workflows and their versions. They belong to all teams; only what runs of them is a team's own."""

from __future__ import annotations

from django.db.models import QuerySet

from orchestrator.core.errors import RejectedMissing
from orchestrator.models import WorkflowVersion
from orchestrator.queries.page import Page, cut, numbers, texts
from orchestrator.queries.scope import signed_in


def workflows(viewer: object, cursor: str = "", limit: int = 50) -> Page[WorkflowVersion]:
    """List the current version of each workflow by name."""
    signed_in(viewer)
    rows = WorkflowVersion.objects.filter(is_current=True).order_by("name")
    last = texts(cursor)
    return cut(rows.filter(name__gt=last) if last is not None else rows, limit, lambda row: [row.name])


def workflow_detail(viewer: object, name: str, version: str = "") -> WorkflowVersion:
    """Return a version of a workflow, the current one unless another is named; raises RejectedMissing."""
    signed_in(viewer)
    rows = WorkflowVersion.objects.filter(name=name.replace("\0", "?"))  # PostgreSQL takes no zero characters
    found = (rows.filter(version=version) if version else rows.filter(is_current=True)).first()
    if found is None:
        raise RejectedMissing(_missing(rows, name, version))
    return found


def workflow_versions(viewer: object, name: str, cursor: str = "", limit: int = 50) -> Page[WorkflowVersion]:
    """List all versions of a workflow, latest first."""
    workflow_detail(viewer, name)
    rows = WorkflowVersion.objects.filter(name=name).order_by("-id")
    last = numbers(cursor, 1)
    return cut(rows.filter(id__lt=last[0]) if last else rows, limit, lambda row: [row.pk])


def _missing(rows: QuerySet[WorkflowVersion], name: str, version: str) -> str:
    if version and rows.exists():
        return f"Workflow {name!r} has no version {version[:64]!r}."
    known = WorkflowVersion.objects.filter(is_current=True).order_by("name").values_list("name", flat=True)
    there = ", ".join(known[:12])
    return f"There is no workflow {name[:80]!r}." + (f" There are: {there}." if there else " None is loaded yet.")
