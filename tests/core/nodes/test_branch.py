"""Kind `branch` at run time: one case of several, and the others never exist (P14)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.messages import CancelRun, RetryStep, SkipStep
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
CASES = [
    {"id": "large", "when": "input.amount > 1000", "gate": {"title": "Pay?", "show": {"amount": "input.amount"}}},
    {"id": "refund", "when": "input.kind == 'refund'", **AGENT},
    {"id": "other", "sequence": [{"id": "look", **AGENT}, {"id": "pay", **AGENT}]},
]


def play(input: Json, cases: Any = CASES, *before: dict[str, Any]) -> Play:
    made = Play(workflow(*before, {"id": "route", "branch": cases}, {"id": "end", **AGENT}), input)
    made.start()
    return made


@pytest.mark.parametrize(
    ("amount", "kind", "chosen"),
    [(5000, "refund", "route/large"), (1, "refund", "route/refund"), (1, "bill", "route/other")],
)
def test_the_first_case_that_holds_is_done_and_the_others_never_exist(amount: int, kind: str, chosen: str) -> None:
    made = play({"amount": amount, "kind": kind})
    assert [path for path in made.desk.states if path.startswith("route/") and path.count("/") == 1] == [chosen]


def test_its_output_is_that_of_the_case() -> None:
    made = play({"amount": 1, "kind": "refund"})
    made.report("route/refund", output_ref="hash")
    assert (made.step("route").output_ref, made.queued("end").refs) == ("hash", {"*": "hash"})


def test_a_case_sees_what_the_branch_sees_and_is_given_what_it_is_given() -> None:
    made = play({}, [{"id": "only", "when": "steps.first.output.go", **AGENT}], {"id": "first", **AGENT})
    made.report("first", {"go": True})
    assert made.queued("route/only").input == {"go": True}


def test_no_case_is_a_failure_that_names_the_remedy() -> None:
    made = play({"amount": 1, "kind": "bill"}, CASES[:2])
    assert (made.step("route").failure, made.run.reason) == (
        Failure.UNMATCHED,
        "route: no case holds; add a last one without 'when', or write 'otherwise: skip' beside 'cases'",
    )


def test_no_case_may_be_nothing_to_do() -> None:
    made = play({"amount": 1, "kind": "bill"}, {"cases": CASES[:2], "otherwise": "skip"})
    assert (made.step("route").status, made.step("route").reason) == (StepStatus.SKIPPED, "no case holds")
    assert (made.live, made.step("route").degraded) == (["end"], "")


def test_a_condition_that_fails_fails_the_branch() -> None:
    made = play({"amount": "much", "kind": "bill"})
    assert made.step("route").failure == Failure.EXPRESSION


def test_a_case_that_fails_fails_the_branch_and_is_done_again_where_it_was() -> None:
    made = play({"amount": 1, "kind": "bill"})
    made.report("route/other/look")
    made.fail("route/other/pay", Failure.CRASH, "no money")
    assert made.run.reason == "route: other: pay: no money"
    made.send(RetryStep(path="route"))
    assert (made.live, made.run.status) == (["route/other/pay"], RunStatus.RUNNING)


def test_a_case_that_was_passed_by_gives_nothing_and_that_is_said() -> None:
    made = play({"amount": 1, "kind": "refund"})
    made.send(SkipStep(path="route/refund", actor="1"))
    assert (made.step("route").status, made.step("route").output) == (StepStatus.SUCCEEDED, None)
    assert made.step("route").degraded == "refund: skipped by 1"


def test_a_gate_in_a_case_sends_back_out_of_the_branch_which_chooses_anew() -> None:
    cases = [{"id": "ask", "when": "steps.draft.output > 1", "gate": {"title": "?"}}, {"id": "go", **AGENT}]
    made = play({}, cases, {"id": "draft", **AGENT})
    made.report("draft", 2)
    made.decide("route/ask", "send_back", to="draft", comment="smaller")
    made.report("draft#2", 1)
    assert made.live == ["route#2/go"]


def test_retrying_a_branch_without_a_case_looks_again() -> None:
    made = play({"amount": 1, "kind": "bill"}, CASES[:2])
    made.send(RetryStep(path=""))
    assert made.step("route").failure == Failure.UNMATCHED
    assert made.types().count("step.reopened route") == 1


def test_cancelling_gives_the_case_up() -> None:
    made = play({"amount": 5000})
    made.send(CancelRun(actor="1"))
    assert (made.step("route/large").status, made.run.gates) == (StepStatus.CANCELLED, 0)
