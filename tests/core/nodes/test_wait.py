"""Kind `wait` at run time: a timer, and nothing else until it goes off (P14)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import TimerSet, WaitBegun
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import CancelRun, GoOn, PauseRun, ResumeRun, RetryStep, SkipStep, WakeStep
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import NOON, Play
from tests.core.workflows import workflow
from tests.engine.worlds import start, world

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
NAP = StepPath("nap")


def play(wait: Json, input: Json = None, *before: dict[str, Any]) -> Play:
    made = Play(workflow(*before, {"id": "nap", "wait": wait}, {"id": "end", **AGENT}), input)
    made.start()
    return made


def delays(made: Play) -> list[float]:
    return [fact.delay_seconds for fact in made.facts if isinstance(fact, TimerSet)]


def wake(made: Play, after: float = 0.0) -> None:
    made.now += after
    made.send(WakeStep(path=NAP, timer="wait"))


def test_what_follows_begins_when_the_time_has_come() -> None:
    made = play("10m")
    assert (made.live, delays(made), made.step("nap").memo) == ([], [600.0], {"until": NOON + 600})
    wake(made, 600)
    assert (made.step("nap").status, made.step("nap").output, made.live) == (StepStatus.SUCCEEDED, None, ["end"])


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (90, 90.0),
        ({"for": "2h"}, 7200.0),
        ({"for": "input.text"}, 300.0),
        ({"for": "input.number * 2"}, 14.0),
        ({"until": "2026-01-01T12:30:00Z"}, 1800.0),
        ({"until": "2026-01-01T14:30:00+02:00"}, 1800.0),
        ({"until": "input.at"}, 60.0),
        ({"until": "input.stamp"}, 42.0),
    ],
)
def test_how_long_may_be_said_in_many_ways(wait: Json, seconds: float) -> None:
    given = {"text": "5m", "number": 7, "at": "2026-01-01T12:01:00Z", "stamp": NOON + 42}
    assert delays(play(wait, given)) == [seconds]


@pytest.mark.parametrize("wait", [{"for": "0"}, {"until": "2020-01-01T00:00:00Z"}, {"until": "input"}])
def test_a_time_that_has_come_already_is_not_waited_for(wait: Json) -> None:
    made = play(wait, 17)
    assert (delays(made), made.live) == ([], ["end"])
    assert [fact for fact in made.facts if isinstance(fact, WaitBegun)]


@pytest.mark.parametrize(
    ("wait", "reason"),
    [
        ({"for": "input"}, "for: 'input' is 'soon', not a span of time"),
        ({"for": "0 - 5"}, "for: '0 - 5' is -5, not a span of time"),
        ({"for": "true"}, "for: 'true' is true, not a span of time"),
        ({"for": "[1]"}, "for: '[1]' is a list, not a span of time"),
        ({"until": "input"}, "until: 'input' is 'soon', which is no date and time, not a moment"),
        ({"until": "'2030-01-01T09:00:00'"}, "which does not say its time zone, not a moment"),
        ({"until": "null == 1"}, "until: 'null == 1' is false, not a moment"),
        ({"until": "99999999999"}, "it would wait"),
        ({"until": "steps.nothing"}, "there is no 'steps.nothing' here"),
    ],
)
def test_what_is_no_time_fails_the_step_in_words(wait: Json, reason: str) -> None:
    made = play(wait, "soon")
    assert made.step("nap").failure == Failure.EXPRESSION
    assert reason in made.step("nap").reason


def test_a_timer_that_goes_off_too_early_is_set_again_for_what_is_left() -> None:
    """A clock that was set back, or an old timer, must neither end the wait nor leave the run without a cause."""
    made = play("10m")
    wake(made, 200)
    assert (made.step("nap").status, delays(made)) == (StepStatus.RUNNING, [600.0, 400.0])
    made.now -= 3600
    wake(made)
    assert delays(made)[-1] == 4000.0
    wake(made, 4000)
    assert made.live == ["end"]


def test_other_timers_and_other_messages_do_not_wake_it() -> None:
    made = play("10m")
    before = made.run.n
    made.now += 9999
    made.send(WakeStep(path=NAP, timer="deadline"))
    made.send(GoOn(path=NAP))
    assert made.run.n == before


def test_its_clock_runs_on_during_a_pause_and_what_follows_is_held() -> None:
    """R11."""
    made = play("10m")
    made.send(PauseRun(actor="1"))
    wake(made, 600)
    assert (made.run.status, made.step("nap").status, made.live) == (RunStatus.PAUSED, StepStatus.SUCCEEDED, ["end"])
    made.send(ResumeRun(actor="1"))
    made.report("end")
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_person_may_pass_it_by() -> None:
    made = play("10m")
    made.send(SkipStep(path=NAP, actor="1"))
    assert (made.step("nap").status, made.live) == (StepStatus.SKIPPED, ["end"])


def test_one_that_was_given_up_waits_anew_when_it_is_reopened() -> None:
    branches = {"a": AGENT, "nap": {"wait": "10m"}}
    made = Play(workflow({"id": "p", "parallel": {"branches": branches}}))
    made.start()
    made.now += 300
    made.fail("p/a", Failure.CRASH)
    assert made.step("p/nap").status == StepStatus.CANCELLED
    made.send(RetryStep(path="p/a"))
    assert delays(made) == [600.0, 600.0]


def test_in_a_loop_it_waits_between_rounds() -> None:
    body = [{"id": "look", **AGENT}, {"id": "nap", "when": "steps.look.output != 'done'", "wait": "5m"}]
    loop = {"do": body, "rounds": 9, "output": "steps.look.output", "until": "last == 'done'", "same": 0}
    made = Play(workflow({"id": "poll", "loop": loop}))
    made.start()
    for number in range(4):
        made.report(f"poll[{number}]/look", "pending")
        made.now += 300
        made.send(WakeStep(path=f"poll[{number}]/nap", timer="wait"))
    made.report("poll[4]/look", "done")
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, "done")


def test_while_it_waits_the_run_has_a_timer_and_no_other_cause_and_cancelling_takes_it_away() -> None:
    made = world({"id": "nap", "wait": "10m"})
    run_id = start(made)
    assert list(made.store.tables.timers) == [(run_id, NAP, "wait")]
    assert (made.store.tables.runs[run_id].state.active, made.store.tables.runs[run_id].state.gates) == (0, 0)
    made.engine.call(run_id, CancelRun(actor="1"))
    assert list(made.store.tables.timers) == []


def test_the_sweep_wakes_it() -> None:
    made = world({"id": "nap", "wait": "10m"})
    run_id = start(made)
    made.clock.advance(599)
    made.engine.sweep()
    assert not made.store.tables.runs[run_id].state.is_ended
    made.clock.advance(2)
    made.engine.sweep()
    assert made.store.tables.runs[run_id].state.status == RunStatus.SUCCEEDED
