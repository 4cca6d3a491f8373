"""Kind `gate` at run time: what is shown, who may change it, how many must agree, and what time does."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import GateClosed, GateDecided, GateOpened, TimerSet
from orchestrator.core.messages import WakeStep
from orchestrator.core.nodes.gate import digest
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import GateStatus, RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

INPUT = {"summary": "fine", "count": 3}


def play(**fields: Any) -> Play:
    shown = {"title": "Sign", "show": {"summary": "input.summary", "count": "input.count"}, "edit": ["summary"]}
    made = Play(workflow({"id": "ok", "gate": {**shown, **fields}}), INPUT)
    made.start()
    return made


def opened(made: Play) -> GateOpened:
    return [fact for fact in made.facts if isinstance(fact, GateOpened)][-1]


def due(made: Play) -> None:
    made.send(WakeStep(path="ok", timer="deadline"))


def closed(made: Play) -> GateClosed:
    return [fact for fact in made.facts if isinstance(fact, GateClosed)][-1]


def test_it_shows_values_and_binds_them_by_a_digest() -> None:
    fact = opened(play())
    assert (fact.shown, fact.digest, fact.edit) == (INPUT, digest(INPUT), ("summary",))


def test_a_star_shows_every_field() -> None:
    assert opened(play(show="input")).shown == INPUT


def test_what_may_be_changed_must_be_shown() -> None:
    made = play(edit=["colour"])
    assert (made.step("ok").failure, "'colour' is not among" in made.step("ok").reason) == (Failure.EXPRESSION, True)


def test_approval_passes_on_what_was_shown_with_the_changes() -> None:
    made = play()
    made.decide("ok", edits={"summary": "better"})
    assert (made.step("ok").output, closed(made).status) == ({"summary": "better", "count": 3}, GateStatus.APPROVED)
    assert made.run.status == RunStatus.SUCCEEDED


def test_rejection_fails_the_run_with_who_and_why() -> None:
    made = play()
    made.decide("ok", "reject", actor_name="Olga", comment="too long")
    assert (made.run.status, made.run.reason) == (RunStatus.FAILED, "ok: rejected by Olga: too long")
    assert (made.step("ok").failure, closed(made).status) == (Failure.REJECTED, GateStatus.REJECTED)


def test_rejection_may_go_on_and_be_asked_about() -> None:
    made = play(on_reject="continue")
    made.decide("ok", "reject", comment="no")
    output = made.step("ok").output
    assert (made.run.status, output["rejected"], output["count"]) == (RunStatus.SUCCEEDED, True, 3)


def test_a_quorum_needs_different_people() -> None:
    """S10: one decision per person, resumed once."""
    made = play(approvers={"quorum": 2})
    assert made.decide("ok", actor="7").status == 200
    assert made.step("ok").status == StepStatus.WAITING
    assert made.decide("ok", actor="7").status == 409
    assert made.decide("ok", actor="8").status == 200
    assert (made.run.status, made.types().count("gate.decided ok")) == (RunStatus.SUCCEEDED, 2)


def test_a_change_makes_a_new_digest_and_voids_earlier_approvals() -> None:
    made = play(approvers={"quorum": 2})
    made.decide("ok", actor="7")
    made.decide("ok", actor="8", edits={"summary": "other"})
    assert made.step("ok").status == StepStatus.WAITING
    decided = [fact for fact in made.facts if isinstance(fact, GateDecided)][-1]
    assert decided.digest == made.step("ok").memo["digest"] == digest({**INPUT, "summary": "other"})
    made.decide("ok", actor="7")
    assert made.step("ok").output == {**INPUT, "summary": "other"}


def test_a_deadline_sets_a_timer() -> None:
    made = play(deadline={"after": "4h"})
    assert made.facts[-1] == TimerSet(path="ok", timer="deadline", delay_seconds=14_400.0)
    assert (opened(made).deadline_seconds, opened(made).deadline_then) == (14_400.0, "reject")


@pytest.mark.parametrize(
    ("then", "run", "gate"),
    [("reject", RunStatus.FAILED, GateStatus.EXPIRED), ("approve", RunStatus.SUCCEEDED, GateStatus.APPROVED)],
)
def test_a_deadline_decides_when_nobody_does(then: str, run: RunStatus, gate: GateStatus) -> None:
    made = play(deadline={"after": "4h", "then": then})
    due(made)
    assert (made.run.status, closed(made).status) == (run, gate)


def test_after_an_escalation_others_may_decide_and_the_old_timer_says_nothing() -> None:
    made = play(deadline={"after": "4h", "then": "escalate", "to": "heads"})
    due(made)
    assert (opened(made).group, opened(made).title, made.run.gates) == ("heads", "Sign (escalated)", 1)
    before = made.run.n
    due(made)
    assert (made.run.n, made.step("ok").status) == (before, StepStatus.WAITING)
    made.decide("ok")
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_timer_of_another_name_or_of_a_passed_gate_says_nothing() -> None:
    """S9: an old timer of a passed gate."""
    made = play(deadline={"after": "4h"})
    before = made.run.n
    made.send(WakeStep(path="ok", timer="nap"))
    assert made.run.n == before
    made.decide("ok")
    ended = made.run.n
    due(made)
    assert made.run.n == ended


def test_equal_values_have_equal_digests_however_they_are_written() -> None:
    assert digest({"a": 1, "b": [True, None]}) == digest({"b": [True, None], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
