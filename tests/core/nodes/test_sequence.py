"""Kind `sequence` at run time: order, needs, optional steps, and doing over what was sent back."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import AttemptQueued, StepsReopened
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RUN_ENDED, RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

GATE = {"gate": {"title": "Go on?", "show": {"n": "1"}}}


def agent(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "agent": "quick", "retry": {"attempts": 1}, **fields}


def gate(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, **GATE, **fields}


def play(*steps: dict[str, Any], **more: Any) -> Play:
    made = Play(workflow(*steps, **more))
    made.start()
    return made


def test_steps_run_one_after_another_and_the_last_ones_output_is_the_result() -> None:
    made = play(agent("a"), agent("b"))
    assert made.live == ["a"]
    made.report("a", 1)
    assert made.live == ["b"]
    made.report("b", 2)
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, 2)


def test_steps_start_as_soon_as_what_they_need_has_ended() -> None:
    made = play(agent("a", needs=[]), agent("b", needs=[]), agent("c", needs=["a"]), agent("d", needs=["b", "c"]))
    assert made.live == ["a", "b"]
    made.report("a")
    assert made.live == ["b", "c"]
    made.report("c")
    assert made.live == ["b"]
    made.report("b")
    assert made.live == ["d"]


def test_a_large_result_is_passed_on_by_reference() -> None:
    made = play({"id": "s", "sequence": [agent("a")]})
    made.report("s/a", output_ref="hash")
    assert (made.step("s").output_ref, made.step("").output_ref) == ("hash", "hash")


def test_a_failure_cancels_what_is_still_at_work() -> None:
    made = play(agent("a", needs=[]), agent("b", needs=[]))
    made.fail("a", Failure.REFUSED, "no")
    assert (made.step("b").status, made.live, made.run.reason) == (StepStatus.CANCELLED, [], "a: no")


def test_an_optional_failure_is_contained() -> None:
    made = play(agent("a", optional=True), agent("b", **{"with": {"was": "steps.a.status"}}))
    made.fail("a")
    assert made.queued("b").input == {"was": "failed"}
    made.report("b")
    assert made.run.status == RunStatus.SUCCEEDED


def test_nothing_that_needs_a_failed_step_is_opened_when_several_end_at_once() -> None:
    """Both ends are folded before either is told: the good one must not open what the bad one forbids."""
    made = play(
        agent("good", needs=[], when="false"),
        agent("bad", needs=[], when="input.nothing"),
        agent("after", needs=["good", "bad"]),
    )
    assert not made.has("after")
    assert (made.run.status, made.step("bad").failure) == (RunStatus.FAILED, Failure.EXPRESSION)


def test_a_sequence_of_skipped_steps_ends_once() -> None:
    made = play(*(agent(name, needs=[], when="false") for name in "abc"))
    assert made.types().count("step.ended") == 1
    assert made.run.status == RunStatus.SUCCEEDED


def test_sending_back_does_the_step_before_the_gate_again_and_asks_again() -> None:
    made = play(agent("draft"), gate("ok"), agent("publish"))
    made.report("draft", 1)
    made.decide("ok", "send_back", comment="shorter")
    assert (made.live, made.step("ok").status, made.step("draft#2").feedback) == (
        ["draft#2"],
        StepStatus.FAILED,
        "shorter",
    )
    made.report("draft#2", 2)
    assert made.step("ok#2").status == StepStatus.WAITING
    made.decide("ok#2")
    made.report("publish")
    assert made.run.status == RunStatus.SUCCEEDED
    assert (made.step("draft").output, made.step("draft#2").output) == (1, 2), "the first generation is kept"


def test_sending_back_twice_makes_a_third_generation() -> None:
    made = play(agent("draft"), gate("ok"))
    for number in ("", "#2"):
        made.report(f"draft{number}")
        made.decide(f"ok{number}", "send_back")
    assert made.live == ["draft#3"]


def test_a_step_that_is_sent_back_for_ever_ends_its_sequence_as_stuck() -> None:
    """R8, S19: checks that pass and fail by turns count only what they sent back in a row; this holds them all."""
    made = play(agent("draft"), agent("side", needs=[]), gate("ok", needs=["draft"]), output="1")
    for number in range(1, 101):
        again = f"#{number}" if number > 1 else ""
        assert made.run.status not in RUN_ENDED
        made.report(f"draft{again}")
        made.decide(f"ok{again}", "send_back", comment=f"no, said {number} times")
    root = made.step("")
    assert (made.run.status, root.failure, made.live) == (RunStatus.FAILED, Failure.STUCK, [])
    assert root.reason == "'draft' was done 100 times and 'ok' sends it back again: no, said 100 times"
    assert made.step("side").status == StepStatus.CANCELLED


def test_sending_back_needs_no_comment() -> None:
    made = play(agent("draft"), gate("ok"))
    made.report("draft")
    made.decide("ok", "send_back")
    assert (made.live, made.step("draft#2").feedback) == (["draft#2"], "sent back by 7")


def test_only_what_depends_on_the_target_is_done_again() -> None:
    made = play(
        agent("a"), agent("b"), agent("side", needs=["a"]), gate("ok", needs=["b"]), agent("end", needs=["ok", "side"])
    )
    made.report("a")
    made.report("side")
    made.report("b")
    made.decide("ok", "send_back", to="b")
    reopened = next(fact for fact in made.facts if isinstance(fact, StepsReopened))
    assert (reopened.names, made.live) == (("b", "ok"), ["b#2"])
    made.report("b#2")
    made.decide("ok#2")
    assert made.live == ["end"]


def test_what_is_at_work_and_does_not_depend_on_the_target_goes_on() -> None:
    made = play(agent("a"), agent("side", needs=[]), gate("ok", needs=["a"]))
    made.report("a")
    made.decide("ok", "send_back")
    assert made.live == ["a#2", "side"]


def test_a_report_of_an_earlier_generation_says_nothing() -> None:
    made = play(agent("draft"), agent("long", needs=["draft"]), gate("ok", needs=["draft"]))
    made.report("draft")
    made.decide("ok", "send_back")
    assert made.step("long").status == StepStatus.CANCELLED
    made.report("draft#2")
    assert made.live == ["long#2"]
    made.report("long#2")
    made.decide("ok#2")
    assert made.run.status == RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("around", "path"),
    [
        ({"sequence": [gate("ok")]}, "inner/ok"),
        ({"parallel": {"branches": {"ok": GATE, "work": {"agent": "quick"}}}}, "inner/ok"),
        ({"map": {"over": "[1, 2]", "do": [gate("ok")]}}, "inner[1]/ok"),
        (
            {"parallel": {"branches": {"deep": {"map": {"over": "[1]", "do": {"sequence": [gate("ok")]}}}}}},
            "inner/deep[0]/ok",
        ),
    ],
    ids=["sequence", "parallel", "map", "all"],
)
def test_sending_back_climbs_out_of_whatever_encloses_the_gate(around: dict[str, Any], path: str) -> None:
    made = play(agent("draft"), {"id": "inner", **around})
    made.report("draft")
    assert made.decide(path, "send_back", comment="again").status == 200
    assert (made.live, made.step("inner").status, made.run.gates) == (["draft#2"], StepStatus.FAILED, 0)
    made.report("draft#2")
    assert made.step(path.replace("inner", "inner#2")).status == StepStatus.WAITING


def test_the_nearest_sequence_that_has_the_target_does_it_over() -> None:
    inner = {"id": "inner", "sequence": [agent("draft"), gate("ok")]}
    made = play(agent("draft"), inner)
    made.report("draft")
    made.report("inner/draft")
    made.decide("inner/ok", "send_back", to="draft")
    assert made.live == ["inner/draft#2"]


def test_a_target_further_out_is_found() -> None:
    made = play(agent("plan"), agent("x"), {"id": "inner", "sequence": [agent("draft"), gate("ok")]})
    made.report("plan")
    made.report("x")
    made.report("inner/draft")
    made.decide("inner/ok", "send_back", to="plan")
    assert made.live == ["plan#2"]
    assert {path for path in made.desk.states if "#" in path} == {"plan#2"}


def test_an_optional_gate_sends_back_like_any_other() -> None:
    made = play(agent("draft"), gate("ok", optional=True))
    made.report("draft")
    made.decide("ok", "send_back")
    assert made.live == ["draft#2"]


def opened(made: Play) -> list[str]:
    return [fact.path for fact in made.facts if isinstance(fact, AttemptQueued)]


def test_of_steps_that_can_begin_the_longest_way_to_the_end_goes_first() -> None:
    """C5: independent steps are at work together; a step with more to follow is queued before one with less."""
    made = play(
        agent("short", needs=[]), agent("long", needs=[]), agent("longer", needs=["long"]),
        agent("last", needs=["short", "longer"]),
    )  # fmt: skip
    assert opened(made) == ["long", "short"]
    assert made.live == ["long", "short"]


def test_what_a_step_holds_counts_and_equals_begin_as_they_are_written() -> None:
    """C5."""
    inner = {"id": "deep", "needs": [], "sequence": [agent("x"), agent("y")]}
    made = play(agent("b", needs=[]), agent("a", needs=[]), inner, agent("end", needs=["a", "b", "deep"]))
    assert opened(made) == ["deep/x", "b", "a"]


def test_a_chain_of_two_thousand_steps_is_measured_without_recursion() -> None:
    chain = [agent(f"s{number}", needs=[f"s{number - 1}"] if number else []) for number in range(2000)]
    made = play(agent("alone", needs=[]), *chain)
    assert opened(made) == ["s0", "alone"]
