"""A run may be forked after every event of every run: the fork always comes to a legal end (S22, U4)."""

from __future__ import annotations

import pytest

from orchestrator.core import forking, ids
from orchestrator.core.book import Recorded
from orchestrator.core.child_runs import awaited
from orchestrator.core.conversations.memory import Memory, Stand
from orchestrator.core.events import GateOpened, RunForked, TimerSet
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.lists import OVER_LISTS
from orchestrator.core.messages import EndChild, GoOn, PauseRun, WakeStep
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, RunStatus, StepStatus
from orchestrator.engine.replay import rebuild
from tests.core.play import Play
from tests.core.workflows import workflow
from tests.histories.recording import SCENES

QUICK = {"agent": "quick"}


def fork(parent: Play, n: int, **more: Json) -> Play:
    """Begin a run with what another one had come to after its event n."""
    at = n if "step" in more else forking.moment(parent.recorded, n)
    book = rebuild(RunId("run"), parent.workflow, parent.recorded, at)
    made = Play(parent.workflow, parent.input)
    made.world = parent.world
    made.now = parent.now + 100
    advance = made._advance()
    fact = RunForked(workflow=parent.workflow.name, version="1", of="run", at=at, input=parent.input, actor="2",
                     steps=forking.kept(book), **more)  # fmt: skip
    forking.begin(advance, fact)
    made._keep(advance)
    check(made)
    return made


def check(play: Play) -> None:
    """Check that the states kept are those its events say, and that something will make it go on."""
    book = rebuild(RunId("run"), play.workflow, play.recorded)
    assert book.run == play.run
    assert book.changed == play.desk.states
    live = [path for path, state in play.desk.states.items() if state.attempt_status in LIVE and not state.is_ended]
    gates = [path for path, state in play.desk.states.items() if state.status == StepStatus.WAITING]
    below = children(play)
    assert (play.run.active, play.run.gates) == (len(live) + len(below), len(gates))
    states = [state for path, state in play.desk.states.items() if path]
    assert (play.run.steps, play.run.ended) == (len(states), sum(state.is_ended for state in states))
    assert play.run.is_ended or live or gates or below or unopened(play) or waits(play) or down(play)
    if play.run.is_ended:
        assert all(state.is_ended for state in play.desk.states.values())


def children(play: Play) -> list[StepPath]:
    """Return the steps that wait for a run of their own."""
    return [path for path, state in play.desk.states.items() if awaited(state) and not state.is_ended]


def unopened(play: Play) -> list[StepPath]:
    """Return the maps and loops whose next items or rounds are to be opened, by a message to itself."""
    states = [one for one in play.desk.states.values() if not one.is_ended]
    maps = [one.path for one in states if one.kind in OVER_LISTS and one.memo["made"] < one.memo["n"]]
    return maps + [one.path for one in states if one.memo.get("more")]


def waits(play: Play) -> list[StepState]:
    """Return the steps that wait for a time, and have a timer in this run."""
    timed = {one.fact.path for one in play.recorded if isinstance(one.fact, TimerSet)}
    return [one for path, one in play.desk.states.items() if one.kind == "wait" and not one.is_ended and path in timed]


def down(play: Play) -> list[WakeStep]:
    """Return the timers of this run after which agents of conversations are tried again."""
    timed = [
        one.fact for one in play.recorded if isinstance(one.fact, TimerSet) and one.fact.timer.startswith("revive:")
    ]
    open_ = {path: one for path, one in play.desk.states.items() if one.kind == "converse" and not one.is_ended}
    return [
        WakeStep(path=one.path, timer=one.timer)
        for one in timed
        if one.path in open_ and Memory.of(open_[one.path]).box(one.timer[7:]).stand == Stand.DOWN
    ]


def finish(play: Play) -> None:
    """Let every agent do well and every person approve, until the run has ended."""
    for turn in range(2000):
        if play.run.is_ended:
            return
        live = [path for path in play.live if not play.step(path).is_ended]
        gates = [path for path, state in play.desk.states.items() if state.status == StepStatus.WAITING]
        if live:
            play.report(live[0], {"n": turn})
        elif gates:
            assert play.decide(gates[0], actor=str(100 + turn)).status == 200
        elif below := children(play):
            run = awaited(play.step(below[0]))
            play.send(EndChild(path=below[0], run=run, status=RunStatus.SUCCEEDED, output={"n": turn}))
        elif due := waits(play):
            play.now = max(play.now, due[0].memo["until"])
            play.send(WakeStep(path=due[0].path, timer="wait"))
        elif revived := down(play):
            play.send(revived[0])
        else:
            play.send(GoOn(path=unopened(play)[0]))
    raise AssertionError(f"still {play.run.status}")


@pytest.fixture(scope="module", params=SCENES, ids=lambda scene: scene.__name__)
def parent(request: pytest.FixtureRequest) -> Play:
    """Play one of the recorded histories."""
    return request.param()


def moments(parent: Play) -> list[int]:
    """Return every moment, of a long history every fiftieth and its last forty."""
    last = parent.run.n
    return [n for n in range(last + 1) if last < 200 or n % 50 == 0 or n > last - 40]


def test_a_fork_after_any_event_comes_to_an_end(parent: Play) -> None:
    before = list(parent.recorded)
    for n in moments(parent):
        made = fork(parent, n)
        finish(made)
        check(made)
    assert parent.recorded == before


def test_a_fork_of_a_fork_comes_to_an_end(parent: Play) -> None:
    for n in moments(parent)[::7]:
        first = fork(parent, n)
        for m in range(1, min(first.run.n, 12)):
            made = fork(first, m)
            finish(made)
            check(made)


def test_a_fork_from_any_step_does_it_anew(parent: Play) -> None:
    opened = [path for path in parent.desk.states if path and forking.beginning(parent.recorded, path)][-20:]
    for path in opened:
        began = forking.beginning(parent.recorded, path)
        fact = began.fact
        made = fork(parent, began.n - 1, step=path, feedback=fact.feedback, item=fact.item, agent=fact.agent)
        assert [one.fact.type for one in made.recorded[:2]] == ["run.forked", "step.opened"]
        finish(made)
        check(made)


def test_the_last_moment_of_a_finished_run_is_its_end_again(parent: Play) -> None:
    made = fork(parent, parent.run.n)
    assert (made.run.status, made.run.n) == (parent.run.status, 2)
    assert made.step("").output == parent.step("").output


def drawn() -> Play:
    """Play a run up to a gate: two steps done, one at work, one that waits for a person."""
    gate = {"id": "ok", "needs": ["a"], "gate": {"title": "?", "show": {"a": "steps.a.output"}}}
    steps = ({"id": "a", **QUICK}, {"id": "b", **QUICK, "needs": []}, gate, {"id": "c", **QUICK, "needs": ["ok", "b"]})
    play = Play(workflow(*steps), {"n": 1})
    play.start()
    play.report("a", {"x": 1})
    return play


def test_ended_steps_stay_ended_and_work_in_flight_is_queued_anew() -> None:
    play = drawn()
    made = fork(play, play.run.n)
    assert made.step("a") == play.step("a")
    assert (made.live, made.run.active, made.run.cost_usd, made.run.retries) == (["b"], 1, None, 0)
    assert made.step("b").input == play.step("b").input
    assert made.queued("b").attempt == 1


def test_an_open_gate_is_opened_anew_without_the_approvals_it_had() -> None:
    quorum = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "approvers": {"quorum": 2}}}
    play = Play(workflow(quorum), {})
    play.start()
    play.decide("ok", actor="7")
    made = fork(play, play.run.n)
    assert [fact.path for fact in made.facts if isinstance(fact, GateOpened)] == ["ok"]
    assert (made.run.gates, made.step("ok").memo["approved"]) == (1, [])
    made.decide("ok", actor="7")
    assert not made.run.is_ended


def test_a_step_is_given_what_a_person_wrote_and_keeps_it_when_tried_again() -> None:
    play = drawn()
    began = forking.beginning(play.recorded, StepPath("b"))
    made = fork(play, began.n - 1, step=StepPath("b"), given={"n": 5})
    assert (made.queued("b").input, made.step("b").input) == ({"n": 5}, {"n": 5})
    made.fail("b", Failure.CRASH)
    assert (made.step("b").attempt, made.step("b").input) == (2, {"n": 5})
    assert made.step("a").input == {"n": 1}


def test_work_that_was_sent_back_keeps_its_feedback_at_every_moment_on_the_way() -> None:
    gate = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}}}
    play = Play(workflow({"id": "draft", **QUICK}, gate), {})
    play.start()
    play.now += 1
    play.report("draft", 1)
    play.now += 1
    before = play.run.n
    play.decide("ok", "send_back", comment="shorter")
    on_the_way = [one for one in play.recorded if one.n > before + 2]  # decided and closed can still be asked again
    assert [one.fact.type for one in on_the_way][:2] == ["step.ended", "steps.reopened"]
    for one in on_the_way:
        made = fork(play, one.n)
        assert (made.live, made.step("draft#2").feedback) == (["draft#2"], "shorter")


def test_a_paused_run_goes_on_in_its_fork() -> None:
    play = drawn()
    play.send(PauseRun(actor="1"))
    made = fork(play, play.run.n)
    assert (made.run.paused, made.run.status) == (False, "running")


def test_a_fork_before_the_first_event_is_a_fresh_start() -> None:
    play = drawn()
    made = fork(play, 0)
    assert made.types()[1:] == play.types()[1 : len(made.types())]
    assert isinstance(made.recorded[0], Recorded)
    assert ids.ROOT in made.desk.states
