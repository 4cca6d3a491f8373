"""What a run answers to each message: done, too late, or not possible."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import (
    CancelRun,
    DecideGate,
    LoseAttempt,
    Message,
    NoteStart,
    PauseRun,
    ReportAttempt,
    ResumeRun,
)
from orchestrator.core.outcomes import Failure
from orchestrator.core.signals import Decision
from orchestrator.core.status import AttemptStatus, RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

A = StepPath("a")
GATE = {"gate": {"title": "Go on?", "show": {"n": "1"}, "edit": ["n"], "approvers": {"quorum": 2}}}


@pytest.fixture
def play() -> Play:
    made = Play(workflow({"id": "a", "agent": "quick"}, {"id": "ok", **GATE}))
    made.start()
    return made


def of_attempt(kind: type[Any], path: str = "a", attempt: int = 1) -> Message:
    more: dict[str, Any] = {ReportAttempt: {"ok": True}, NoteStart: {"worker": "w", "started_at": 5.0}}.get(kind, {})
    return kind(path=StepPath(path), attempt=attempt, fence="f", **more)


@pytest.mark.parametrize("kind", [ReportAttempt, NoteStart, LoseAttempt])
@pytest.mark.parametrize(("path", "attempt"), [("a", 2), ("a", 0), ("nowhere", 1), ("", 1), ("ok", 1)])
def test_a_word_about_an_attempt_that_is_not_at_work_is_too_late(
    play: Play, kind: type[Any], path: str, attempt: int
) -> None:
    before = play.run.n
    assert play.send(of_attempt(kind, path, attempt)).status == 409
    assert play.run.n == before


@pytest.mark.parametrize("kind", [ReportAttempt, NoteStart, LoseAttempt])
def test_a_word_about_an_attempt_that_was_reported_is_too_late(play: Play, kind: type[Any]) -> None:
    play.report("a")
    before = play.run.n
    assert play.send(of_attempt(kind)).status == 409
    assert play.run.n == before


def test_a_start_is_recorded_once(play: Play) -> None:
    play.send(of_attempt(NoteStart))
    play.send(of_attempt(NoteStart))
    play.report("a")
    assert play.types().count("attempt.started a") == 1
    assert play.step("a").started_at == 5.0


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Failure.TIMEOUT, AttemptStatus.TIMED_OUT),
        (Failure.CRASH, AttemptStatus.FAILED),
        (None, AttemptStatus.SUCCEEDED),
    ],
)
def test_a_report_says_how_the_attempt_ended(play: Play, failure: Failure | None, status: AttemptStatus) -> None:
    play.send(ReportAttempt(path=A, attempt=1, fence="f", ok=failure is None, failure=failure, reason="why",
                            detail="d", note="$ ls", worker="w", started_at=10.0, ended_at=12.5, cost_usd="0.5",
                            tokens=3))  # fmt: skip
    ended = next(fact for fact in play.facts if fact.type == "attempt.ended")
    assert (ended.status, ended.failure, ended.seconds, ended.started_at) == (status, failure, 2.5, 10.0)
    assert (ended.reason, ended.detail, ended.note, ended.worker, ended.cost_usd, ended.tokens) == (
        "why", "d", "$ ls", "w", "0.5", 3,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["a", "nowhere"])
def test_only_a_gate_can_be_decided(play: Play, path: str) -> None:
    assert play.decide(path).status == 404


def test_a_gate_is_decided_once(play: Play) -> None:
    """S9, S10: the loser of a race gets a conflict."""
    play.report("a")
    assert [play.decide("ok", actor=actor).status for actor in ("7", "7", "8", "9")] == [200, 409, 200, 409]
    assert play.types().count("step.ended ok") == 1


def test_a_decision_on_what_is_no_longer_shown_is_refused(play: Play) -> None:
    play.report("a")
    seen = str(play.step("ok").memo["digest"])
    assert play.decide("ok", actor="7", digest=seen, edits={"n": 2}).status == 200
    refused = play.decide("ok", actor="8", digest=seen)
    assert (refused.status, "has changed" in refused.reason) == (409, True)
    assert play.decide("ok", actor="8", digest=str(play.step("ok").memo["digest"])).status == 200


def test_a_verdict_that_a_gate_does_not_know_changes_nothing(play: Play) -> None:
    play.report("a")
    before = play.run.n
    assert play.decide("ok", "answer").status == 422
    assert play.run.n == before


@pytest.mark.parametrize("to", ["ok", "later", "nowhere"])
def test_work_goes_back_only_to_what_led_to_the_gate(to: str) -> None:
    """A way back to a later step would pass the gate by."""
    made = Play(workflow({"id": "a", "agent": "quick"}, {"id": "ok", **GATE}, {"id": "later", "agent": "quick"}))
    made.start()
    made.report("a")
    before = made.run.n
    refused = made.decide("ok", "send_back", to=to)
    assert (refused.status, "it can go to a" in refused.reason) == (422, True)
    assert (made.run.n, made.has("later"), made.step("ok").status) == (before, False, StepStatus.WAITING)


def test_a_gate_that_nothing_led_to_cannot_send_back() -> None:
    made = Play(workflow({"id": "ok", **GATE}))
    made.start()
    assert made.decide("ok", "send_back").status == 422


def test_pausing_and_resuming_twice_is_harmless(play: Play) -> None:
    before = play.run.n
    verdicts = [play.send(message).reason for message in (PauseRun(), PauseRun(), ResumeRun(), ResumeRun())]
    assert verdicts == ["", "it was so already", "", "it was so already"]
    assert play.run.n == before + 2


@pytest.mark.parametrize(
    "message",
    [
        PauseRun(),
        ResumeRun(),
        CancelRun(),
        DecideGate(path=StepPath("ok"), decision=Decision(verdict="approve", actor="7")),
    ],
)
def test_a_run_that_has_ended_says_so(play: Play, message: Message) -> None:
    play.send(CancelRun(actor="1"))
    before = play.run.n
    assert play.send(message).status in (404, 409)
    assert (play.run.n, play.run.status) == (before, RunStatus.CANCELLED)
