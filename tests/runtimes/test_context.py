"""What an agent's function may do while it runs, the same inline and in a child process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from tests.runtimes.conftest import Bench, target

Call = Callable[..., Outcome]


@pytest.fixture(params=["child", "inline"])
def call(request: pytest.FixtureRequest, bench: Bench) -> Call:
    def run(function: str, **given: Json) -> Outcome:
        settings = {**target(function), "inline": request.param == "inline"}
        return bench.run("callable", settings, given, correlation_id="c1")

    return run


def test_progress_text_writes_and_messages_reach_the_engine_in_order(call: Call, bench: Bench) -> None:
    outcome = call("reports")
    assert bench.control.said == [(0.5, "halfway"), "partial", {"finding": {"n": 1}}, ["critic", "look at this"]]
    assert isinstance(outcome, Ok)
    assert outcome.output == {
        "request": "r1:step",
        "run": "r1",
        "path": "step",
        "attempt": 1,
        "data": str(bench.data),
        "correlation": "c1",
    }


def test_an_effect_happens_once_however_often_the_function_runs(call: Call, tmp_path: Path) -> None:
    """A6: a ledger replays a recorded result instead of acting twice."""
    out = tmp_path / "sent"
    outcomes = [call("mails_twice", to="ash", out=str(out)) for _ in range(3)]
    assert all(outcome == Ok(output=[{"sent": "ash"}, {"sent": "ash2"}]) for outcome in outcomes)
    assert out.read_text() == "ash\nash2\n"


def test_an_effect_whose_result_is_not_json_is_recorded_as_its_text(call: Call, tmp_path: Path) -> None:
    assert call("mails_an_object", out=str(tmp_path / "sent")) == Ok(output="receipt")
    assert call("mails_an_object", out=str(tmp_path / "sent")) == Ok(output="receipt")
    assert (tmp_path / "sent").read_text() == "object\n"


def test_an_effect_that_raises_gives_the_agent_its_own_exception(call: Call, tmp_path: Path) -> None:
    assert call("mails_badly", out=str(tmp_path / "sent")) == Ok(output="caught the post office is closed")


def test_an_effect_cut_short_by_death_is_in_doubt_and_refused_next_time(bench: Bench, tmp_path: Path) -> None:
    first = bench.child("dies_mailing", out=str(tmp_path / "sent"))
    assert isinstance(first, Failed)
    assert first.kind is Failure.CRASH
    assert "exit code 9" in first.reason
    second = bench.child("dies_mailing", out=str(tmp_path / "sent"))
    assert isinstance(second, Failed)
    assert second.kind is Failure.REFUSED
    assert (tmp_path / "sent").read_text() == "half\n"


def test_an_idempotent_effect_cut_short_is_made_again(bench: Bench, tmp_path: Path) -> None:
    first = bench.child("dies_replacing", out=str(tmp_path / "sent"))
    assert isinstance(first, Failed)
    assert bench.child("dies_replacing", out=str(tmp_path / "sent")) == Ok(output="replaced")


def test_asking_suspends_and_the_answers_carry_the_function_on(bench: Bench) -> None:
    """A1, P12: a question and a call of another agent free the slot."""
    answers: dict[str, Json] = {}
    asked = []
    while isinstance(outcome := bench.run("callable", target("asks"), {}, answers=dict(answers)), Suspended):
        (request,) = outcome.requests
        asked.append(request)
        answers[str(request["key"])] = "north" if request["kind"] == "ask" else {"price": 4}
    assert asked == [
        {"key": "ask/1", "kind": "ask", "question": "Which region?", "options": ["north", "south"]},
        {"key": "call/1", "kind": "call", "agent": "pricing", "input": {"region": "north"}},
    ]
    assert outcome == Ok(output={"first": "north", "second": {"price": 4}})


def test_a_careless_handler_cannot_swallow_a_suspension(call: Call) -> None:
    assert isinstance(call("swallows"), Suspended)


def test_a_folder_under_the_roots_may_be_used_and_no_other(call: Call, bench: Bench) -> None:
    (bench.data / "link").symlink_to("/etc")
    assert call("enters", path=str(bench.data)) == Ok(output=str(bench.data))
    for path in ("/etc", f"{bench.data}/link", f"{bench.data}/..", "here", f"{bench.data}/missing"):
        outcome = call("enters", path=path)
        assert isinstance(outcome, Failed)
        assert outcome.kind is Failure.INVALID_INPUT
        assert path in outcome.reason
