"""The audit trail over HTTP: for builders, in parts by the same filters as the page, or all of it as a stream."""

from __future__ import annotations

import csv
import json

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from orchestrator.models import AuditEntry
from orchestrator.queries import audit as queries
from orchestrator.services import audit
from orchestrator.services.seals import seal_trail
from tests.api.conftest import Caller


def exported(caller: Caller, query: str) -> str:
    """Read the export as a server that streams would send it."""

    async def read() -> str:
        headers = {"Authorization": f"Bearer {caller.token}"}
        response = await AsyncClient().get(f"/api/v1/audit/export?{query}", headers=headers)
        assert response.status_code == 200
        return b"".join([part async for part in response.streaming_content]).decode()

    return async_to_sync(read)()


def test_a_builder_reads_who_did_what_in_parts(builder: Caller) -> None:
    """H4."""
    for number in range(5):
        audit.record(builder.user, "start", "run", f"r{number}", {"n": number})
    seal_trail()
    first = builder.get("/audit", limit=3, object="run").body
    rest = builder.get("/audit", limit=3, object="run", cursor=first["next"]).body
    found = first["items"] + rest["items"]
    assert [line["object_id"] for line in found] == ["r4", "r3", "r2", "r1", "r0"]
    assert (found[0]["person"], found[0]["act"], found[0]["data"]) == ("builder", "start", {"n": 4})
    assert len(found[0]["seal"]) == 64
    assert builder.get("/audit", act="approve").body == {"items": [], "next": None}
    assert builder.get("/audit", until="tomorrow").errors.keys() == {"until"}


def test_nobody_below_a_builder_reads_the_trail(operator: Caller, nobody: Caller) -> None:
    for path in ("/audit", "/audit/export"):
        assert operator.get(path).status == 403
        assert nobody.get(path).status == 401


def test_the_whole_trail_is_exported_as_json_lines_and_as_csv(builder: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PART", 2)
    for number in range(5):
        audit.record(builder.user, "add_card", "card", number, {"title": "=1+1", "n": number})
    AuditEntry.objects.filter(noun_id="3").update(actor_name="=cmd|x")
    lines = [json.loads(line) for line in exported(builder, "object=card").splitlines()]
    assert [line["object_id"] for line in lines] == ["4", "3", "2", "1", "0"]
    rows = list(csv.DictReader(exported(builder, "object=card&format=csv").splitlines()))
    assert [row["object_id"] for row in rows] == ["4", "3", "2", "1", "0"]
    assert rows[1]["person"] == "'=cmd|x", "a spreadsheet must not take a name for a formula"
    assert json.loads(rows[0]["data"]) == {"title": "=1+1", "n": 4}
    assert builder.get("/audit/export", format="pdf").errors.keys() == {"format"}
