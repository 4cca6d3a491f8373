"""What follows from facts for the rows: queue, timers, gates, mailboxes."""

from __future__ import annotations

from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.book import Book
from orchestrator.core.consider import consider
from orchestrator.core.decide import Advance
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun, Message, PauseRun, ReportAttempt, ResumeRun, RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.engine.changes import Changes, changes_of
from tests.core.play import NOON, Play
from tests.core.workflows import workflow

GATE = {"gate": {"title": "?", "show": {"n": "1"}, "deadline": {"after": "1m"}}}
RETRY = {"agent": "quick", "retry": {"attempts": 2, "backoff": "4s"}}


def changes(play: Play, *messages: Message) -> Changes:
    """Return what follows from several messages considered in one transaction."""
    book = Book(run=play.run, shelf=play.desk)
    for message in messages:
        advance = Advance(book=book, workflow=play.workflow, world=play.world, now=NOON)
        assert consider(advance, message).status == 200
    return changes_of(book, play.run, lambda agent: Lane.SLOW if agent == "slow" else Lane.QUICK)


def play(*steps: dict[str, Any], input: Any = None) -> Play:
    made = Play(workflow(*steps), input)
    made.start()
    return made


def report(path: str = "a", attempt: int = 1, **more: Any) -> ReportAttempt:
    return ReportAttempt(path=StepPath(path), attempt=attempt, fence="f", ok="failure" not in more, **more)


def test_an_attempt_that_is_over_leaves_the_queue_and_the_next_step_enters_its_lane() -> None:
    made = changes(play({"id": "a", "agent": "quick"}, {"id": "b", "agent": "slow", "timeout": "3s"}), report())
    (row,) = made.queued
    assert (made.unqueued, row.path, row.lane, row.ready_at, row.timeout_seconds) == (["a"], "b", Lane.SLOW, NOON, 3.0)


def test_a_retry_is_held_back_for_its_backoff() -> None:
    made = changes(play({"id": "a", **RETRY}), report(failure=Failure.CRASH))
    assert (made.unqueued, made.queued[0].attempt, made.queued[0].ready_at) == (["a"], 2, NOON + 3.0)


def test_what_was_queued_and_given_up_in_one_transaction_never_enters_the_queue() -> None:
    made = changes(play({"id": "a", **RETRY}), report(failure=Failure.CRASH), CancelRun(actor="1"))
    assert (made.unqueued, made.queued) == (["a"], [])
    assert [one.fact.attempt for one in made.attempts] == [1, 2]


def test_a_timer_of_a_gate_that_closes_in_the_same_transaction_is_not_set() -> None:
    made = changes(play({"id": "a", "agent": "quick"}, {"id": "ok", **GATE}), report(), CancelRun(actor="1"))
    assert (made.timers, made.no_timers, len(made.gates), len(made.gates_closed)) == ([], ["ok"], 1, 1)


def test_a_gate_sets_its_timer_from_the_moment_it_opened() -> None:
    made = changes(play({"id": "a", "agent": "quick"}, {"id": "ok", **GATE}), report())
    assert made.timers == [("ok", "deadline", NOON + 60.0)]


def test_the_last_word_on_a_pause_counts() -> None:
    assert changes(play({"id": "a", "agent": "quick"}), PauseRun(), ResumeRun()).hold is False
    assert changes(play({"id": "a", "agent": "quick"}), PauseRun()).hold is True
    assert changes(play({"id": "a", "agent": "quick"}, {"id": "b", "agent": "quick"}), report()).hold is None


def test_a_long_map_leaves_itself_a_message_with_a_key_of_its_own() -> None:
    made = changes(
        play({"id": "a", "agent": "quick"}, {"id": "m", "map": {"over": "input", "agent": "quick"}}, input=[0] * 300),
        report(),
    )
    ((key, message),) = made.go_on
    assert (key.startswith("go:run:"), message.path) == (True, "m")


def test_a_long_map_that_is_given_up_leaves_itself_nothing() -> None:
    steps = [{"id": "a", "agent": "quick"}, {"id": "m", "map": {"over": "input", "agent": "quick"}}]
    assert changes(play(*steps, input=[0] * 300), report(), CancelRun(actor="1")).go_on == []


def test_a_run_that_ended_while_it_was_paused_holds_nothing_when_it_is_retried_at_once() -> None:
    play = Play(workflow({"id": "a", "agent": "quick", "retry": {"attempts": 1}}))
    play.start()
    failed = ReportAttempt(path=StepPath("a"), attempt=1, fence="f", ok=False, failure=Failure.CRASH)
    made = changes(play, PauseRun(actor="1"), failed, RetryStep(path=StepPath("a"), actor="1"))
    assert (made.run.paused, made.hold, [row.attempt for row in made.queued]) == (False, False, [2])
