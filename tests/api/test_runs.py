"""Runs over HTTP: start, list, look at, follow, steer; and hostile text that stays text."""

from __future__ import annotations

import pytest

from orchestrator.core.outcomes import Json
from orchestrator.models import Event, Run
from orchestrator.services import people, workflows
from tests.api.conftest import Caller

HOSTILE = "<img src=x onerror=alert(1)>\u202e'\"`${{7*7}}; DROP TABLE orchestrator_run --"

MAYBE = """
workflow: maybe
steps:
  - {id: sign, optional: true, gate: {title: Sign it}}
"""


def test_a_run_is_started_with_201_and_found_again_with_200(operator: Caller, letters: str) -> None:
    wanted: Json = {"workflow": letters, "input": {"text": "Dear all"}, "key": "k", "labels": {"for": "all"}}
    first, again = operator.post("/runs", wanted), operator.post("/runs", wanted)
    assert (first.status, again.status) == (201, 200)
    assert first.body["id"] == again.body["id"]
    run = first.body
    assert (run["status"], run["workflow"], run["input"], run["labels"], run["started_by"], run["waiting_on"]) == (
        "waiting", "letters", {"text": "Dear all"}, {"for": "all"}, "operator", "gate",
    )  # fmt: skip
    assert [(step["path"], step["status"]) for step in run["steps"]] == [("sign", "waiting")]
    assert run["step_counts"] == {"waiting": 1}
    assert run["correlation_id"]


def test_a_run_says_which_phase_of_its_life_cycle_it_is_in(operator: Caller, run: Run) -> None:
    """L1."""
    phases = operator.get(f"/runs/{run.id}").body["phases"]
    assert [(one["name"], one["state"], one["n"]) for one in phases[:3]] == [
        ("parse and validate", "done", 1), ("plan", "done", 1), ("select agents", "done", 1),
    ]  # fmt: skip
    assert phases[4]["words"] == "no checks declared: output contract only"


def test_money_that_nothing_meters_is_null_not_zero(operator: Caller, run: Run) -> None:
    body = operator.get(f"/runs/{run.id}").body
    assert body["cost_usd"] is None
    assert body["tokens"] is None


def test_what_a_result_lacks_is_said_of_the_run_its_line_and_its_moment(operator: Caller) -> None:
    """R12: what was contained inside is not forgotten."""
    name = workflows.apply(people.shell_account(), MAYBE).version.name
    run_id = operator.post("/runs", {"workflow": name}).body["id"]
    assert operator.get(f"/runs/{run_id}").body["degraded"] == ""
    gate = operator.get("/approvals").body["items"][0]
    operator.post(f"/approvals/{gate['id']}/decision", {"verdict": "reject", "comment": "not now"})
    run = operator.get(f"/runs/{run_id}").body
    assert (run["status"], run["degraded"]) == ("succeeded", "sign: it failed: rejected by operator: not now")
    assert operator.get("/runs").body["items"][0]["degraded"] == run["degraded"]
    assert operator.get(f"/runs/{run_id}/at/{run['n']}").body["degraded"] == run["degraded"]


def test_the_same_key_with_other_input_is_a_conflict(operator: Caller, letters: str) -> None:
    operator.post("/runs", {"workflow": letters, "input": {"text": "a"}, "key": "k"})
    got = operator.post("/runs", {"workflow": letters, "input": {"text": "b"}, "key": "k"})
    assert got.status == 409
    assert "key" in got.body["detail"]


def test_a_run_is_started_with_a_priority(operator: Caller, letters: str) -> None:
    """C5."""
    given = {"workflow": letters, "input": {"text": "a"}}
    assert operator.post("/runs", {**given, "priority": 1}).status == 201
    assert Run.objects.get().priority == 2
    got = operator.post("/runs", {**given, "priority": 9})
    assert (got.status, got.errors) == (422, {"priority": "9 is no priority"})


def test_a_viewer_reads_and_starts_or_steers_nothing(viewer: Caller, run: Run) -> None:
    assert viewer.get(f"/runs/{run.id}").status == 200
    got = viewer.post("/runs", {"workflow": "letters", "input": {"text": "x"}})
    assert got.status == 403
    assert "role operator; yours is viewer" in got.body["detail"]
    for verb in ("pause", "resume", "cancel"):
        assert viewer.post(f"/runs/{run.id}/{verb}").status == 403
    assert [one.n for one in Run.objects.all()] == [run.n]


def test_an_outsider_sees_no_run_and_gets_the_same_answer_as_for_none(outsider: Caller, run: Run) -> None:
    assert outsider.get("/runs").body == {"items": [], "next": None}
    for path in ("", "/steps", "/events", "/at/1"):
        theirs, never = outsider.get(f"/runs/{run.id}{path}"), outsider.get(f"/runs/{'0' * 36}{path}")
        assert (theirs.status, never.status) == (404, 404)
        assert theirs.body["detail"].replace(run.id, "") == never.body["detail"].replace("0" * 36, "")
    for verb in ("pause", "resume", "cancel"):
        assert outsider.post(f"/runs/{run.id}/{verb}").status == 404


def test_every_misfit_is_named_with_its_path_and_remedy(operator: Caller, letters: str) -> None:
    """R1."""
    got = operator.post("/runs", {"workflow": letters, "input": {"text": 5}})
    assert got.status == 422
    assert got.headers["Content-Type"] == "application/problem+json"
    assert got.body["errors"] == [{"path": "input.text", "message": "expected a text, found 5", "hint": "give a text"}]
    wrong = operator.post("/runs", {"worklow": letters, "labels": 5, "input": {}})
    assert wrong.status == 422
    assert wrong.errors == {
        "workflow": "is missing", "worklow": "this name is not known here", "labels": "expected an object",
    }  # fmt: skip
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ("{oops", 400), ("", 422), ("[]", 422), ("null", 422), ("5", 422), ('{"workflow": NaN}', 400),
        ('{"workflow": "\\ud800"}', 400), ("[" * 100_000, 400), (b"\xff\xfe", 400),
        ('{"workflow": "' + "x" * 3_000_000 + '"}', 413),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_is_a_problem_not_a_crash(operator: Caller, data: str | bytes, status: int) -> None:
    """S26."""
    got = operator.send("POST", "/runs", data)
    assert got.status == status
    assert got.headers["Content-Type"] == "application/problem+json"
    assert got.body["status"] == status
    assert set(got.body) >= {"type", "title", "status", "detail", "errors"}


def test_an_input_larger_than_a_megabyte_is_refused(operator: Caller, letters: str) -> None:
    got = operator.post("/runs", {"workflow": letters, "input": {"text": "x" * 1_100_000}})
    assert got.status == 422
    assert "1.1 MB" in got.errors["input"]


def test_hostile_text_comes_back_as_the_text_it_is(operator: Caller, letters: str) -> None:
    """S26."""
    wanted: Json = {"workflow": letters, "input": {"text": HOSTILE}, "title": HOSTILE, "labels": {HOSTILE: HOSTILE}}
    got = operator.post("/runs", wanted)
    assert got.status == 201
    assert (got.body["input"]["text"], got.body["title"], got.body["labels"]) == (HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    assert got.headers["Content-Type"].startswith("application/json")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert operator.get(f"/runs/{got.body['id']}/events").body["items"][0]["data"]["input"] == {"text": HOSTILE}


def test_a_zero_character_is_refused_wherever_it_stands(operator: Caller, run: Run) -> None:
    """S26."""
    assert operator.get("/runs/a%00b").status == 400
    assert operator.get("/runs?workflow=%00").status == 400
    for name in ("workflow", "title", "key"):
        wanted: Json = {"workflow": "letters", "input": {"text": "t"}, name: "a\0b"}
        assert operator.post("/runs", wanted).status == 422
    assert operator.post("/runs", {"workflow": "letters", "input": {"text": ["a", {"\0": 1}]}}).status == 422
    assert operator.post(f"/runs/{run.id}/cancel", {"reason": "a\0b"}).status == 422
    assert operator.post("/runs", {"workflow": "letters", "input": {"text": "a\\u0000b"}}).status == 201


def test_lists_are_filtered_and_come_in_parts(operator: Caller, letters: str) -> None:
    made = [operator.post("/runs", {"workflow": letters, "input": {"text": str(n)}}).body["id"] for n in range(3)]
    operator.post(f"/runs/{made[0]}/cancel")
    first = operator.get("/runs", limit=2).body
    rest = operator.get("/runs", limit=2, cursor=first["next"]).body
    assert [run["id"] for run in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None
    assert [run["id"] for run in operator.get("/runs", status="cancelled").body["items"]] == made[:1]
    assert len(operator.get("/runs", waiting_on="gate").body["items"]) == 2
    assert operator.get("/runs", status="lost").status == 422
    assert len(operator.get("/runs", since="1h", starter="operator", text=made[1][:36]).body["items"]) == 1
    assert operator.get("/runs", agent="nobody").body["items"] == []
    assert operator.get("/runs", label="team=blue").body["items"] == []
    assert operator.get("/runs", since="yore").errors.keys() == {"since"}
    assert operator.get("/runs", cursor="forged").errors.keys() == {"cursor"}
    assert operator.get("/runs", limit="many").errors.keys() == {"limit"}


def test_events_are_numbered_from_one_without_gaps_and_can_be_followed(operator: Caller, run: Run) -> None:
    """R7."""
    items = operator.get(f"/runs/{run.id}/events").body["items"]
    assert [event["n"] for event in items] == list(range(1, run.n + 1))
    assert set(items[0]) == {"n", "type", "path", "at", "data"}
    assert items[0]["type"] == "run.started"
    part = operator.get(f"/runs/{run.id}/events", after=1, limit=1).body
    assert ([event["n"] for event in part["items"]], part["next"]) == ([2], "2")
    assert operator.get(f"/runs/{run.id}/events", after=run.n).body == {"items": [], "next": None}


def test_the_run_as_it_was_after_each_event_ends_as_it_is_now(operator: Caller, run: Run) -> None:
    """R7."""
    operator.post(f"/runs/{run.id}/cancel", {"reason": "enough"})
    now = operator.get(f"/runs/{run.id}").body
    states = [operator.get(f"/runs/{run.id}/at/{n}").body for n in range(1, now["n"] + 1)]
    assert [state["n"] for state in states] == list(range(1, now["n"] + 1))
    assert states[0]["status"] == "running"
    assert "waiting" in [state["status"] for state in states]
    assert states[-1]["at"] == Event.objects.get(run_id=run.id, n=now["n"]).at.isoformat()
    for name in ("status", "reason", "steps_total", "steps_ended", "gates_open", "retries", "step_counts", "ended_at"):
        assert states[-1][name] == now[name], name
    assert states[-1]["steps"] == now["steps"]


@pytest.mark.parametrize("n", ["0", "-1", "999", "x", "1" * 30])
def test_there_is_no_moment_before_the_first_or_after_the_last_event(operator: Caller, run: Run, n: str) -> None:
    got = operator.get(f"/runs/{run.id}/at/{n}")
    assert got.status == 404
    assert f"1 to {run.n}" in got.body["detail"]


def test_steering_what_has_ended_is_a_conflict_with_a_reason(operator: Caller, run: Run) -> None:
    assert operator.post(f"/runs/{run.id}/pause").body["status"] == "paused"
    assert operator.post(f"/runs/{run.id}/resume").body["status"] == "waiting"
    assert operator.post(f"/runs/{run.id}/cancel", {"reason": "no need"}).body["status"] == "cancelled"
    for verb in ("pause", "resume", "cancel"):
        got = operator.post(f"/runs/{run.id}/{verb}")
        assert got.status == 409
        assert "cancelled" in got.body["detail"]


def test_an_address_or_method_the_api_does_not_have_is_a_problem_too(operator: Caller) -> None:
    assert operator.get("/nothing").body["status"] == 404
    got = operator.send("DELETE", "/runs")
    assert (got.status, got.headers["Allow"]) == (405, "GET, POST")
    assert got.headers["Content-Type"] == "application/problem+json"


def test_a_step_that_failed_is_retried_or_skipped_by_its_path(operator: Caller, viewer: Caller, run: Run) -> None:
    """R11."""
    gate = operator.get("/approvals").body["items"][0]["id"]
    no = {"verdict": "reject", "comment": "no"}
    assert operator.post(f"/runs/{run.id}/steps/sign/retry").status == 409
    assert operator.post(f"/approvals/{gate}/decision", no).status == 200
    assert viewer.post(f"/runs/{run.id}/steps/sign/retry").status == 403
    assert operator.post(f"/runs/{run.id}/steps/a%2Fb%5B0%5D/retry").status == 404
    assert operator.post(f"/runs/{run.id}/steps/sign/retry").body["status"] == "waiting"
    assert operator.post(f"/approvals/{gate}/decision", no).status == 200
    assert operator.post(f"/runs/{run.id}/retry").body["status"] == "waiting"
    got = operator.post(f"/runs/{run.id}/steps/sign/skip", {"reason": "signed on paper"}).body
    assert (got["status"], got["step_counts"]) == ("succeeded", {"skipped": 1})
    refused = operator.post(f"/runs/{run.id}/steps/sign/skip")
    assert (refused.status, refused.body["detail"]) == (409, "'sign' was skipped already")
