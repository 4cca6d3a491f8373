"""Kind `loop` when people act: sent back, tried again, passed by, paused, cancelled in the middle of a round (R11)."""

from __future__ import annotations

from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun, PauseRun, ResumeRun, RetryStep, SkipStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.rounds import Rounds, remembered
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.nodes.looping import AGENT, GATE, UNTIL, ended, play, rounds_of, scored
from tests.core.play import Play
from tests.core.workflows import workflow


def test_a_gate_inside_sends_back_out_of_the_loop_which_starts_over() -> None:
    made = play({"sequence": [GATE]}, rounds=2, before=({"id": "plan", **AGENT},))
    made.report("plan")
    made.decide("draft[0]/ok")
    made.decide("draft[1]/ok", "send_back", comment="again")
    assert (made.live, made.step("draft").status) == (["plan#2"], StepStatus.FAILED)
    made.report("plan#2")
    assert made.step("draft#2[0]/ok").status == StepStatus.WAITING
    assert remembered(made.step("draft#2")) == Rounds()


def test_a_gate_inside_sends_back_within_its_round() -> None:
    made = play({"sequence": [{"id": "write", **AGENT}, GATE]})
    made.report("draft[0]/write")
    made.decide("draft[0]/ok", "send_back", to="write", comment="shorter")
    assert (made.live, rounds_of(made).judged) == (["draft[0]/write#2"], 0)
    made.report("draft[0]/write#2")
    made.decide("draft[0]/ok#2")
    assert made.live == ["draft[1]/write"]


def test_a_failed_round_is_done_again_where_it_was() -> None:
    made = scored(play(score="last.score"), 5)
    made.fail("draft[1]", Failure.CRASH)
    assert made.send(RetryStep(path=StepPath("draft[1]"))).status == 200
    assert (made.live, made.step("draft").status) == (["draft[1]"], StepStatus.RUNNING)
    scored(made, 6, 4)
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, {"score": 6, "text": "try 1"})


def test_retrying_the_run_or_the_loop_does_the_failed_round_again() -> None:
    for path in ("", "draft"):
        made = play({"sequence": [{"id": "a", **AGENT}, {"id": "b", **AGENT}]})
        made.report("draft[0]/a")
        made.fail("draft[0]/b", Failure.CRASH)
        made.send(RetryStep(path=StepPath(path)))
        assert (made.live, made.step("draft[0]/b").attempt) == (["draft[0]/b"], 2)


def test_a_loop_that_came_to_no_good_end_is_begun_anew_with_all_its_limits() -> None:
    made = scored(play(**UNTIL, patience=2, budget={"minutes": 5}), 3, 7, 5)
    assert made.send(RetryStep(path=StepPath("draft"))).status == 200
    assert (made.live, made.run.status) == (["draft[3]"], RunStatus.RUNNING)
    scored(made, 6, 6.5)
    assert ended(made)[2] == ("no better for 2 rounds, up to round 5; scores 3, 7, 5, 6, 6.5, best 7 in round 2")
    made.send(RetryStep(path=StepPath("")))
    scored(made, 8)
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, {"score": 8, "text": "try 5"})


def test_a_round_the_loop_has_gone_on_without_is_not_done_again() -> None:
    made = play(rounds=4, tolerate=1)
    made.fail("draft[0]", Failure.CRASH)
    verdict = made.send(RetryStep(path=StepPath("draft[0]")))
    assert (verdict.status, verdict.reason) == (
        409, "'draft[0]' can't be done again: the loop has gone on without that round",
    )  # fmt: skip


def test_a_round_passed_by_gives_nothing_and_the_next_one_begins() -> None:
    made = play()
    made.send(SkipStep(path=StepPath("draft[0]"), actor="1"))
    assert (made.live, made.step("draft[0]").status) == (["draft[1]"], StepStatus.SKIPPED)
    made.fail("draft[1]", Failure.CRASH)
    made.send(SkipStep(path=StepPath("draft[1]"), actor="1"))
    assert made.live == ["draft[2]"]
    made.report("draft[2]", "x")
    assert made.step("draft").degraded == "2 of 3 rounds degraded, first round 1: skipped by 1"


def test_a_loop_that_was_given_up_goes_on_where_it_was() -> None:
    loop = {"loop": {"do": AGENT, "rounds": 3}}
    made = Play(workflow({"id": "p", "parallel": {"branches": {"a": AGENT, "draft": loop}}}), {})
    made.start()
    made.report("p/draft[0]", 1)
    made.fail("p/a", Failure.CRASH)
    assert made.step("p/draft").status == StepStatus.CANCELLED
    made.send(RetryStep(path=StepPath("p/a")))
    assert made.live == ["p/a", "p/draft[1]"]
    made.report("p/draft[1]", 2)
    made.report("p/draft[2]", 3)
    assert made.step("p/draft").output == 3


def test_pausing_in_a_round_holds_nothing_back_that_is_at_work_and_cancelling_ends_it() -> None:
    """R11."""
    made = play()
    made.send(PauseRun(actor="1"))
    made.report("draft[0]", 1)
    assert (made.run.status, made.live) == (RunStatus.PAUSED, ["draft[1]"])
    made.send(ResumeRun(actor="1"))
    made.send(CancelRun(actor="1"))
    assert [made.step(path).status for path in ("draft[0]", "draft[1]", "draft")] == [
        StepStatus.SUCCEEDED, StepStatus.CANCELLED, StepStatus.CANCELLED,
    ]  # fmt: skip
