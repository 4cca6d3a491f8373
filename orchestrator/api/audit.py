"""The audit trail over HTTP: in parts, or all of it as a stream of JSON lines or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.core import codec
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.models import AuditEntry
from orchestrator.queries import audit as queries

router = Router(tags=["audit"])
COLUMNS = ("id", "at", "person", "person_id", "act", "object", "object_id", "data", "place", "seal")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


class AuditLine(Schema):
    """Who did what to what."""

    id: int
    at: datetime
    person: str
    person_id: str
    act: str
    object: str
    object_id: str
    data: JsonValue
    place: int | None = Field(description="Number in the chain of seals; null until it is sealed, seconds later.")
    seal: str = Field(description="SHA-256 of the seal before it and of this line.")


class Trail(Schema):
    """A part of the audit trail."""

    items: list[AuditLine]
    next: str | None


class Words(Schema):
    """Which lines."""

    person: str = Field("", description="An account's id, or part of its name.")
    act: str = Field("", description="Such as approve.")
    object: str = Field("", description="What kind of thing, such as run.")
    object_id: str = ""
    since: str = Field("", description="A span back from now such as 90m, 24h or 7d, or an instant.")
    until: str = ""


class Asked(Words):
    """Which part."""

    cursor: str = ""
    limit: int = 50


@router.get("/audit", response=Trail)
def list_audit(request: HttpRequest, asked: Query[Asked]) -> Trail:
    """List who did what, latest first."""
    page = queries.trail(caller(request), queries.read_filter(asked.dict()), asked.cursor, asked.limit)
    return Trail(items=[_line(entry) for entry in page.items], next=page.next)


@router.get("/audit/export", openapi_extra={"responses": {200: {"content": {"application/jsonl": {}, "text/csv": {}}}}})
def export_audit(request: HttpRequest, asked: Query[Words], format: str = "jsonl") -> StreamingHttpResponse:
    """Stream all lines that fit, latest first, as `jsonl` or `csv`."""
    if format not in FORMATS:
        problem = Problem(path="format", message=f"{format[:40]!r} is not one of them", hint="one of jsonl, csv")
        raise RejectedError("There is no such format.", [problem])
    kind, write, head = FORMATS[format]
    # The first part now, so that what is refused is refused before anything is sent.
    parts = queries.parts(caller(request), queries.read_filter(asked.dict()))
    first = next(parts, [])

    async def lines() -> AsyncIterator[str]:
        yield head + write(first)
        while found := await sync_to_async(lambda: next(parts, None))():
            yield write(found)

    response = StreamingHttpResponse(lines(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="audit.{format}"'
    return response


def _line(entry: AuditEntry) -> AuditLine:
    return AuditLine(
        id=entry.pk, at=entry.at, person=entry.actor_name, person_id=entry.actor, act=entry.verb, object=entry.noun,
        object_id=entry.noun_id, data=entry.data, place=entry.place, seal=entry.seal,
    )  # fmt: skip


def _as_jsonl(entries: Iterable[AuditEntry]) -> str:
    return "".join(f"{codec.dumps(_line(entry).dict() | {'at': entry.at.isoformat()})}\n" for entry in entries)


def _as_csv(entries: Iterable[AuditEntry]) -> str:
    written = io.StringIO()
    sheet = csv.writer(written)
    for entry in entries:
        line = _line(entry).dict() | {"at": entry.at.isoformat(), "data": codec.dumps(entry.data)}
        sheet.writerow([_harmless(line[name]) for name in COLUMNS])
    return written.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


FORMATS: dict[str, tuple[str, Callable[[Iterable[AuditEntry]], str], str]] = {
    "jsonl": ("application/jsonl", _as_jsonl, ""),
    "csv": ("text/csv; charset=utf-8", _as_csv, ",".join(COLUMNS) + "\r\n"),
}
"""Content type, writer and first line of each."""
