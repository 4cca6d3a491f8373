"""The description of the API names what the interface promises."""

from __future__ import annotations

import pytest

from orchestrator.core import schema
from tests.api.conftest import Caller

PROMISED = [
    ("post", "/runs"), ("get", "/runs"), ("get", "/runs/{run_id}"), ("get", "/runs/{run_id}/events"),
    ("get", "/runs/{run_id}/at/{n}"), ("post", "/runs/{run_id}/pause"), ("post", "/runs/{run_id}/resume"),
    ("post", "/runs/{run_id}/cancel"), ("post", "/runs/{run_id}/fork"),
    ("get", "/approvals"), ("post", "/approvals/{gate_id}/decision"),
    ("get", "/agents"), ("get", "/agents/{name}"), ("get", "/workflows"), ("put", "/workflows/{name}"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PROMISED)
def test_a_promised_call_is_described(nobody: Caller, method: str, path: str) -> None:
    described = nobody.get("/openapi.json").body["paths"]
    assert described[f"/api/v1{path}"][method]["description"]


def test_every_call_describes_its_errors_as_they_are(operator: Caller) -> None:
    described = operator.get("/openapi.json").body
    for calls in described["paths"].values():
        for call in calls.values():
            assert list(call["responses"]["default"]["content"]) == ["application/problem+json"]
    found = operator.post("/runs", {"worklow": 5})
    assert schema.problems(described["components"]["schemas"]["Problem"], found.body) == ()


def test_no_page_of_the_api_loads_anything_from_elsewhere(nobody: Caller) -> None:
    assert nobody.get("/docs").status == 404
