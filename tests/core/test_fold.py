"""What facts make of a run and its steps; and that folding them again gives the same."""

from __future__ import annotations

import pytest

from orchestrator.core.book import Book, Recorded
from orchestrator.core.events import AttemptEnded, AttemptStarted, Fact, GateOpened, RunStarted, StepEnded, StepOpened
from orchestrator.core.fold import IllegalMove, fold
from orchestrator.core.ids import ROOT, RunId, StepPath
from orchestrator.core.messages import PauseRun, ResumeRun
from orchestrator.core.outcomes import Failure
from orchestrator.core.state import RunState
from orchestrator.core.status import STEP_ENDED, AttemptStatus, RunStatus, StepStatus
from orchestrator.engine.replay import rebuild
from tests.core.play import Desk, Play
from tests.core.workflows import workflow

AGENT = {"agent": "quick"}
GATE = {"gate": {"title": "Go on?", "show": {"n": "1"}, "deadline": {"after": "1m", "then": "escalate", "to": "heads"}}}
PAIR = workflow({"id": "a", **AGENT}, {"id": "b", **AGENT})
A = StepPath("a")


def folded(*facts: Fact) -> Book:
    book = Book(run=RunState(id=RunId("run")), shelf=Desk())
    for number, fact in enumerate((RunStarted(workflow="try", version="1"), *facts), start=1):
        fold(book, PAIR, Recorded(n=number, at=10.0 + number, fact=fact))
    return book


@pytest.mark.parametrize("status", sorted(STEP_ENDED))
def test_a_step_ends_once(status: StepStatus) -> None:
    with pytest.raises(IllegalMove, match=rf"step 'a' is {status} and can't become succeeded"):
        folded(StepOpened(path=A), StepEnded(path=A, status=status), StepEnded(path=A, status=StepStatus.SUCCEEDED))


def test_a_step_that_has_ended_is_not_opened_again() -> None:
    with pytest.raises(IllegalMove):
        folded(StepOpened(path=A), StepEnded(path=A, status=StepStatus.FAILED), StepOpened(path=A))


def test_a_fact_about_a_step_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IllegalMove, match=r"step\.ended for step 'a', which does not exist"):
        folded(StepEnded(path=A, status=StepStatus.SUCCEEDED))


def test_times_are_those_of_the_facts() -> None:
    state = folded(StepOpened(path=A), StepEnded(path=A, status=StepStatus.SUCCEEDED)).changed[A]
    assert (state.opened_at, state.ended_at) == (12.0, 13.0)


def test_a_run_waits_when_nothing_is_at_work_and_a_gate_is_open() -> None:
    play = Play(workflow({"id": "a", **AGENT, "needs": []}, {"id": "ok", **GATE, "needs": []}))
    play.start()
    assert (play.run.status, play.run.gates) == (RunStatus.RUNNING, 1)
    play.report("a")
    assert play.run.status == RunStatus.WAITING


def test_a_pause_shows_until_it_is_over() -> None:
    play = Play(PAIR)
    play.start()
    play.send(PauseRun(actor="1"))
    play.report("a")
    assert (play.run.status, play.live) == (RunStatus.PAUSED, ["b"])
    play.send(ResumeRun(actor="1"))
    assert play.run.status == RunStatus.RUNNING


def test_money_is_summed_exactly_and_stays_unknown_where_nothing_meters_it() -> None:
    play = Play(workflow(*({"id": name, **AGENT} for name in "abc")))
    play.start()
    play.report("a", tokens=5)
    assert (play.run.cost_usd, play.run.tokens) == (None, 5)
    play.report("b", cost_usd="0.1", tokens=7)
    play.report("c", cost_usd="0.2")
    assert (play.run.cost_usd, play.run.tokens) == ("0.3", 12)


def test_an_escalated_gate_is_still_one_gate() -> None:
    play = Play(workflow({"id": "ok", **GATE}))
    play.start()
    shown = GateOpened(path=StepPath("ok"), title="t", shown={}, digest="d")
    book = Book(run=play.run, shelf=play.desk)
    fold(book, play.workflow, Recorded(n=play.run.n + 1, at=1.0, fact=shown))
    assert (play.run.gates, book.run.gates) == (1, 1)


def test_attempts_leave_their_status_on_the_step() -> None:
    play = Play(PAIR)
    play.start()
    book = Book(run=play.run, shelf=play.desk)
    started = AttemptStarted(path=A, attempt=1, worker="w", started_at=3.0)
    fold(book, PAIR, Recorded(n=9, at=9.0, fact=started))
    assert (book.changed[A].status, book.changed[A].started_at) == (StepStatus.RUNNING, 3.0)
    ended = AttemptEnded(path=A, attempt=1, status=AttemptStatus.LOST, failure=Failure.LOST)
    fold(book, PAIR, Recorded(n=10, at=9.0, fact=ended))
    assert (book.changed[A].attempt_status, book.run.active) == (AttemptStatus.LOST, 0)


def test_folding_all_events_again_gives_what_was_kept_at_every_event() -> None:
    fan = {"over": "input", "concurrency": 1, "tolerate": 1, "do": {"agent": "quick", "when": "item > 1"}}
    play = Play(workflow({"id": "m", "map": fan}, {"id": "ok", **GATE}), [1, 2, 3])
    play.start()
    seen = {play.run.n: play.run}
    for act in (
        lambda: play.fail("m[1]"),
        lambda: play.report("m[2]"),
        lambda: play.report("m", []),
        lambda: play.decide("ok"),
    ):
        act()
        seen[play.run.n] = play.run
    assert play.run.is_ended
    for n, run in seen.items():
        assert rebuild(RunId("run"), play.workflow, play.recorded, n).run == run
    assert rebuild(RunId("run"), play.workflow, play.recorded).changed == play.desk.states
    assert play.desk.states[ROOT].is_ended
