"""The drill over HTTP (R10)."""

from __future__ import annotations

from orchestrator.models import Run
from tests.api.conftest import Caller


def test_a_workflow_is_drilled_and_no_run_is_kept(operator: Caller, letters: str) -> None:
    found = operator.post(f"/workflows/{letters}/drill", {"faults": ["timeout"]}).body
    assert found["workflow"] == letters
    assert found["clean"]["how"] == "succeeded"
    assert {cell["fault"] for row in found["rows"] for cell in row["cells"]} == {"timeout"}
    assert not Run.objects.exists()


def test_who_may_only_look_may_not_drill_and_what_does_not_fit_is_named(
    operator: Caller, viewer: Caller, letters: str
) -> None:
    assert viewer.post(f"/workflows/{letters}/drill", {}).status == 403
    assert operator.post("/workflows/nowhere/drill", {}).status == 404
    refused = operator.post(f"/workflows/{letters}/drill", {"faults": ["flood"], "steps": ["nowhere"]})
    assert refused.status == 422
    assert [one["path"] for one in refused.body["errors"]] == ["step", "fault"]
