"""How signals climb, and what is given up with a step."""

from __future__ import annotations

from orchestrator.core.events import AttemptEnded, GateClosed, RunEnded, StepEnded, SubtreeCancelled
from orchestrator.core.messages import CancelRun, GoOn, WakeStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import AttemptStatus, GateStatus, RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT = {"agent": "quick"}
ONCE = {"agent": "quick", "retry": {"attempts": 1}}
GATE = {"gate": {"title": "Go on?", "show": {"n": "1"}}}


def test_an_end_climbs_to_the_end_of_the_run() -> None:
    play = Play(workflow({"id": "a", "sequence": [{"id": "b", **AGENT}]}))
    play.start()
    assert play.types(play.report("a/b", 7)) == [
        "attempt.started a/b", "attempt.ended a/b", "step.ended a/b", "step.ended a", "step.ended", "run.ended",
    ]  # fmt: skip
    assert (play.run.status, play.step("").output) == (RunStatus.SUCCEEDED, 7)


def test_events_are_numbered_from_one_without_gaps() -> None:
    play = Play(workflow({"id": "a", **AGENT}, {"id": "b", **AGENT}))
    play.start()
    play.report("a")
    play.report("b")
    assert [one.n for one in play.recorded] == list(range(1, play.run.n + 1))


def test_a_failure_fails_everything_around_it_with_its_reason() -> None:
    play = Play(workflow({"id": "a", "sequence": [{"id": "b", **ONCE}]}))
    play.start()
    play.fail("a/b", Failure.REFUSED, "no such folder")
    assert (play.run.status, play.run.reason) == (RunStatus.FAILED, "a: b: no such folder")
    assert {play.step(path).failure for path in ("a/b", "a", "")} == {Failure.REFUSED}


def test_an_expression_that_cannot_be_evaluated_fails_its_step_in_words() -> None:
    play = Play(workflow({"id": "a", **AGENT, "with": {"x": "input.colour"}}), {"size": 3})
    play.start()
    assert play.step("a").failure == Failure.EXPRESSION
    assert "has no field 'colour'" in play.step("a").reason
    assert play.run.status == RunStatus.FAILED


def test_a_condition_that_is_false_skips_and_the_run_goes_on() -> None:
    play = Play(workflow({"id": "a", **AGENT, "when": "input.size > 5"}, {"id": "b", **AGENT}), {"size": 3})
    play.start()
    assert (play.step("a").status, play.step("a").reason) == (StepStatus.SKIPPED, "input.size > 5 is false")
    assert play.live == ["b"]


def test_cancelling_ends_each_attempt_and_gate_before_what_encloses_it() -> None:
    play = Play(workflow({"id": "both", "parallel": {"branches": {"a": AGENT, "b": GATE}}}))
    play.start()
    before = len(play.facts)
    assert play.send(CancelRun(actor="1", actor_name="Olga", reason="enough")).status == 200
    facts = play.facts[before:]
    assert [type(fact) for fact in facts] == [AttemptEnded, GateClosed, SubtreeCancelled, StepEnded, RunEnded]
    assert (facts[0].status, facts[1].status) == (AttemptStatus.CANCELLED, GateStatus.WITHDRAWN)
    assert facts[2].steps == 3
    assert (play.run.status, play.run.reason) == (RunStatus.CANCELLED, "cancelled by Olga: enough")
    assert (play.run.active, play.run.gates, play.run.ended) == (0, 0, play.run.steps)
    assert {state.status for state in play.desk.states.values()} == {StepStatus.CANCELLED}


def test_a_step_that_has_ended_or_not_begun_is_told_nothing() -> None:
    play = Play(
        workflow({"id": "m", "map": {"over": "input", "concurrency": 1, "do": {"map": {"over": "input", **AGENT}}}}),
        [1, 2],
    )
    play.start()
    before = play.run
    for path in ("m[1]", "m[0][7]", "nowhere"):
        play.send(GoOn(path=path))
        play.send(WakeStep(path=path, timer="deadline"))
    play.report("m[0][0]")
    after = play.run
    play.send(GoOn(path="m[0][0]"))
    assert (before.n, after.n) == (before.n, play.run.n)
    assert play.step("m[1]").status == StepStatus.PENDING


def test_a_step_sent_back_while_at_work_loses_its_attempt_and_its_gate() -> None:
    """Its queue row would stay behind for ever, and count as active."""
    play = Play(workflow(
        {"id": "draft", **AGENT},
        {"id": "copy", **AGENT, "needs": ["draft"]},
        {"id": "other", **GATE, "needs": ["draft"]},
        {"id": "ok", **GATE, "needs": ["draft"]},
    ))  # fmt: skip
    play.start()
    play.report("draft")
    before = len(play.facts)
    assert play.decide("ok", "send_back", comment="shorter").status == 200
    ended = [(fact.type, fact.path) for fact in play.facts[before:] if isinstance(fact, AttemptEnded | GateClosed)]
    assert ended == [("gate.closed", "ok"), ("attempt.ended", "copy"), ("gate.closed", "other")]
    assert (play.live, play.run.active, play.run.gates) == (["draft#2"], 1, 0)
    assert play.step("draft#2").feedback == "shorter"
