"""Approvals over HTTP: what waits, who may decide, and the answers to those who may not or came late (H1, H2)."""

from __future__ import annotations

import pytest

from orchestrator.core.outcomes import Json
from orchestrator.models import Gate, GateDecision, Run
from tests.api.conftest import Caller


@pytest.fixture
def waiting(run: Run) -> Gate:
    return Gate.objects.get(run_id=run.id)


def path_of(gate: Gate) -> str:
    return f"/approvals/{gate.pk}/decision"


def test_what_waits_is_listed_with_the_digest_of_what_it_shows(operator: Caller, waiting: Gate) -> None:
    (shown,) = operator.get("/approvals").body["items"]
    assert (shown["id"], shown["run_id"], shown["path"], shown["status"]) == (
        waiting.pk,
        waiting.run_id,
        "sign",
        "open",
    )
    assert (shown["shown"], shown["digest"], shown["edit"]) == ({"text": "Dear all"}, waiting.digest, ["text"])
    assert shown["may_decide"] is True
    assert operator.get(f"/approvals/{waiting.pk}").body == shown
    assert operator.get("/approvals", status="decided").body["items"] == []


def test_a_viewer_sees_it_and_is_told_why_they_may_not_decide(viewer: Caller, waiting: Gate) -> None:
    shown = viewer.get(f"/approvals/{waiting.pk}").body
    assert (shown["may_decide"], "role operator" in shown["why_not"]) == (False, True)
    assert viewer.post(path_of(waiting), {"verdict": "approve"}).status == 403
    assert Gate.objects.get().status == "open"


def test_an_outsider_finds_nothing(outsider: Caller, waiting: Gate) -> None:
    assert outsider.get("/approvals").body["items"] == []
    assert outsider.get(f"/approvals/{waiting.pk}").status == 404
    assert outsider.post(path_of(waiting), {"verdict": "approve"}).status == 404
    assert Gate.objects.get().status == "open"


def test_an_approval_with_edits_ends_the_run_with_them(operator: Caller, waiting: Gate) -> None:
    """H2."""
    wanted: Json = {"verdict": "approve", "edits": {"text": "Dear <b>you</b>"}, "digest": waiting.digest}
    got = operator.post(path_of(waiting), wanted)
    assert (got.status, got.body["status"]) == (200, "approved")
    (decision,) = got.body["decisions"]
    assert (decision["by"], decision["verdict"], decision["edits"]) == (
        "operator",
        "approve",
        {"text": "Dear <b>you</b>"},
    )
    run = operator.get(f"/runs/{waiting.run_id}").body
    assert (run["status"], run["output"]) == ("succeeded", {"text": "Dear <b>you</b>"})
    assert operator.post(path_of(waiting), wanted).status == 200
    assert GateDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("wanted", "status", "path"),
    [
        ({"verdict": "approve", "edits": {"text": 5}}, 422, "edits.text"),
        ({"verdict": "approve", "edits": {"other": "x"}}, 422, "edits.other"),
        ({"verdict": "approve", "edits": ["x"]}, 422, "edits"),
        ({"verdict": "perhaps"}, 422, "verdict"),
        ({"verdict": 5}, 422, "verdict"),
        ({"verdict": "reject"}, 422, "comment"),
        ({"verdict": "send_back"}, 422, "comment"),
        ({"verdict": "approve", "edit": {"text": "x"}}, 422, "edit"),
        ({}, 422, "verdict"),
        ({"verdict": "approve", "digest": "0" * 32}, 409, None),
    ],
)
def test_a_decision_that_does_not_fit_changes_nothing(
    operator: Caller, waiting: Gate, wanted: Json, status: int, path: str | None
) -> None:
    got = operator.post(path_of(waiting), wanted)
    assert got.status == status
    assert list(got.errors) == ([path] if path else [])
    assert Gate.objects.get().status == "open"


def test_whoever_comes_second_is_told_what_was_decided(operator: Caller, builder: Caller, waiting: Gate) -> None:
    assert operator.post(path_of(waiting), {"verdict": "reject", "comment": "no"}).status == 200
    got = builder.post(path_of(waiting), {"verdict": "approve"})
    assert got.status == 409
    assert "rejected already by operator" in got.body["detail"]


@pytest.mark.parametrize("name", ["0", "-1", "x", "1" * 40, "1.5"])
def test_an_approval_that_never_was_is_not_found(operator: Caller, name: str) -> None:
    assert operator.get(f"/approvals/{name}").status == 404
    assert operator.post(f"/approvals/{name}/decision", {"verdict": "approve"}).status == 404
