"""Forking over HTTP: 201, then 200 with the same key; what is wrong, at its field (R11)."""

from __future__ import annotations

from orchestrator.models import Run
from tests.api.conftest import Caller


def test_a_fork_is_made_once_and_says_where_it_comes_from(operator: Caller, run: Run) -> None:
    got = operator.post(f"/runs/{run.id}/fork", {"at": 2, "key": "once"})
    assert (got.status, got.body["forked_of"], got.body["forked_n"], got.body["status"]) == (201, run.id, 2, "waiting")
    again = operator.post(f"/runs/{run.id}/fork", {"at": 2, "key": "once"})
    assert (again.status, again.body["id"]) == (200, got.body["id"])
    assert operator.post(f"/runs/{run.id}/fork", {"at": 1, "key": "once"}).status == 409
    listed = operator.get(f"/runs/{run.id}/forks").body
    assert ([one["id"] for one in listed["items"]], listed["next"]) == ([got.body["id"]], None)


def test_nothing_needs_to_be_said_to_fork_from_now(operator: Caller, run: Run) -> None:
    assert operator.post(f"/runs/{run.id}/fork").body["forked_n"] == run.n
    assert operator.post(f"/runs/{run.id}/fork", {}).body["forked_n"] == run.n


def test_an_input_is_a_fresh_start_and_is_checked(operator: Caller, run: Run) -> None:
    got = operator.post(f"/runs/{run.id}/fork", {"input": {"text": "Dear none"}})
    assert (got.status, got.body["input"], got.body["forked_n"]) == (201, {"text": "Dear none"}, 0)
    wrong = operator.post(f"/runs/{run.id}/fork", {"input": {"text": 5}})
    assert (wrong.status, set(wrong.errors)) == (422, {"input.text"})
    assert operator.post(f"/runs/{run.id}/fork", {"at": 99}).errors.keys() == {"at"}
    assert operator.post(f"/runs/{run.id}/fork", {"step": "nowhere"}).status == 404
    assert operator.post(f"/runs/{run.id}/fork", {"stepp": "sign"}).status == 422


def test_who_may_not_is_told_so(viewer: Caller, outsider: Caller, run: Run) -> None:
    assert viewer.post(f"/runs/{run.id}/fork").status == 403
    assert outsider.post(f"/runs/{run.id}/fork").status == 404
    assert Run.objects.count() == 1
