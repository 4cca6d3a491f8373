"""C3: an answer is made once however many ask, and given again while it holds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.core.agents import Lane, Tool
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Parked, Suspended, Usage, Waits
from orchestrator.engine.admission import Entry, through
from orchestrator.store import kept_answers
from orchestrator.store.tx import sql_of
from tests.contracts.worlds import World, in_threads
from tests.store.asking import SPEC, Desk

pytestmark = pytest.mark.django_db
LARGE: Json = {"text": "x" * 100_000}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def down() -> Outcome:
    return Failed(kind=Failure.UNAVAILABLE, reason="nobody there")


def test_the_same_question_is_answered_without_work_and_says_what_that_saved(desk: Desk) -> None:
    used = Usage(cost_usd=Decimal("0.02"), tokens=1200)
    first = desk.claim()
    desk.ask(first, lambda: Ok(output={"n": 1}, usage=used))
    again = desk.ask(desk.claim(), desk.work)
    assert isinstance(again, Ok)
    assert (again.output, again.usage, desk.calls) == ({"n": 1}, Usage(cost_usd=Decimal(0), tokens=0), 0)
    assert again.note.startswith(f"answer of run {first.run_id}, step a, ")
    assert "saved $0.020, 1,200 tokens, " in again.note
    assert [tuple(row) for row in desk.rows("usd, tokens, of_run", "saving")] == [(0.02, 1200, first.run_id)]
    assert [row[0] for row in desk.rows("hits")] == [1]
    desk.world.check()


def test_what_nothing_metered_is_no_money_saved(desk: Desk) -> None:
    desk.ask(desk.claim())
    again = desk.ask(desk.claim())
    assert isinstance(again, Ok)
    assert again.usage == Usage()
    assert "$" not in again.note


def test_who_comes_while_it_is_made_waits_in_the_queue_and_is_woken(desk: Desk) -> None:
    maker, other = desk.claim(), desk.claim()
    _, entry = desk.enter(maker)
    waits = desk.ask(other)
    assert isinstance(waits, Waits)
    assert waits.reason == f"run {maker.run_id}, step a is asking the same of the same agent"
    assert (desk.waiting(), desk.world.claim()) == ([waits.key], [])
    assert through((), entry, desk.work) == Ok(output={"n": 1})
    desk.door.leave(entry, Ok(output={"n": 1}), 0.1)
    assert (dict(desk.rung), desk.waiting()) == ({Lane.QUICK: 1}, [""])
    (woken,) = desk.world.claim()
    assert (woken.run_id, woken.attempt) == (other.run_id, 1), "waiting is no try"
    given = desk.ask(woken)
    assert isinstance(given, Ok)
    assert given.output == {"n": 1}
    assert desk.calls == 1


def test_when_its_maker_fails_exactly_one_of_those_who_wait_makes_it(desk: Desk) -> None:
    maker, *others = [desk.claim() for _ in range(4)]
    _, entry = desk.enter(maker)
    for other in others:
        desk.ask(other)
    desk.door.leave(entry, down(), 0.1)
    assert (dict(desk.rung), desk.waiting().count("")) == ({Lane.QUICK: 1}, 1)
    (woken,) = desk.world.claim(count=9)
    admitted, _ = desk.enter(woken)
    assert admitted is None, "it makes it"
    assert isinstance(desk.ask(desk.claim()), Waits), "and nobody else does"


@pytest.mark.parametrize("outcome", [
    down(), Suspended(requests=({"ask": "x"},)), Ok(output=1, degraded="half of it"),
    Ok(output={"k": 1}, shared=("write k",)),
], ids=["failed", "suspended", "degraded", "shared"])  # fmt: skip
def test_what_is_no_whole_answer_is_not_given_again(desk: Desk, outcome: Outcome) -> None:
    _, entry = desk.enter(desk.claim())
    desk.door.leave(entry, outcome, 0.1)
    assert desk.rows("key") == []
    assert desk.enter(desk.claim())[0] is None


def test_who_waits_is_in_the_queue_once_the_door_has_said_so(desk: Desk) -> None:
    """Under the lock of the answer, so that its maker finds it there; the worker need not write it once more."""
    desk.enter(desk.claim())
    waits, _ = desk.enter(desk.claim())
    assert isinstance(waits, Waits)
    assert (waits.is_back, desk.waiting()) == (True, [waits.key])


def test_work_that_is_done_elsewhere_is_waited_for_and_its_report_is_the_answer(desk: Desk) -> None:
    """S8: it is handed out by one process and reported to another."""
    maker, other = desk.claim(), desk.claim()
    _, entry = desk.enter(maker)
    desk.store.park(maker, 60)
    desk.door.leave(entry, Parked(seconds=60), 0.1)
    assert isinstance(desk.ask(other), Waits)
    elsewhere = Desk(desk.world)
    elsewhere.door.leave(replace(entry, is_elsewhere=True), Ok(output="from outside"), 3.0)
    assert desk.waiting() == [""]
    given = desk.ask(desk.claim())
    assert isinstance(given, Ok)
    assert (given.output, "saved 3.0 s" in given.note) == ("from outside", True)


def test_an_attempt_that_goes_on_with_answers_to_what_it_asked_stands_apart(desk: Desk) -> None:
    desk.ask(desk.claim())
    assert desk.enter(desk.claim(), is_resumed=True)[0] is None


def test_one_whose_maker_was_killed_is_made_by_the_next_that_looks(desk: Desk) -> None:
    """S6: whose fence is gone from the queue makes nothing any more, and what it still reports is not kept."""
    maker, other = desk.claim(), desk.claim()
    _, entry = desk.enter(maker)
    assert isinstance(desk.ask(other), Waits)
    desk.store.release("w", [maker.fence])
    assert desk.enter(desk.claim())[0] is None
    desk.door.leave(entry, Ok(output="late"), 0.1)
    assert [(row[0] != "", row[1]) for row in desk.rows("fence, output")] == [(True, None)]


def test_who_waits_looks_again_by_itself_in_bounded_time(desk: Desk) -> None:
    maker = desk.claim()
    desk.enter(maker)
    waits = desk.ask(desk.claim())
    assert isinstance(waits, Waits)
    assert 0 < waits.seconds <= 60


def test_a_trial_tries_the_agent_and_not_its_memory(desk: Desk) -> None:
    """A4: it neither gets an answer that was kept nor leaves one."""
    desk.ask(desk.claim())
    trial = desk.claim()
    desk.store.transact(
        lambda tx: sql_of(tx).run("UPDATE orchestrator_run SET workflow = 'try:quick' WHERE id = ?", [trial.run_id])
    )
    assert desk.enter(trial)[0] is None
    assert [row[0] for row in desk.rows("hits")] == [0]


@pytest.mark.parametrize("change", ["input", "version", "team", "agent"])
def test_another_question_is_another_answer(desk: Desk, change: str) -> None:
    desk.ask(desk.claim(team_id=1))
    other = desk.claim({"q": 2} if change == "input" else None, team_id=2 if change == "team" else 1)
    other = replace(other, agent_version=9) if change == "version" else other
    other = replace(other, agent="spare") if change == "agent" else other
    assert desk.enter(other)[0] is None


def test_equal_input_is_equal_however_it_is_written(desk: Desk) -> None:
    desk.ask(desk.claim(), given={"a": 1, "b": LARGE})
    assert isinstance(desk.enter(desk.claim(), given={"b": LARGE, "a": 1})[0], Ok)


def test_an_answer_is_made_anew_after_its_time(world: World) -> None:
    desk = Desk(world, replace(SPEC, cache_seconds=0.2))
    desk.ask(desk.claim())
    assert isinstance(desk.ask(desk.claim()), Ok)
    world.window.wait(0.3)
    assert (desk.ask(desk.claim()), desk.calls) == (Ok(output={"n": 2}), 2)


def test_an_agent_that_does_not_say_so_costs_no_query(world: World) -> None:
    desk = Desk(world, replace(SPEC, cache_seconds=0))
    claim = desk.claim()
    desk.store.transact = None  # type: ignore[method-assign, assignment]  # whoever asks now falls over
    assert desk.enter(claim)[0] is None


@pytest.mark.parametrize(("tool", "takes_part"), [
    (Tool(name="look", python="m:look", repeatable=True), True),
    (Tool(name="pay", python="m:pay"), False),
    (Tool(name="pay", python="m:pay", repeatable=True, risky=True), False),
], ids=["only looks", "does something", "needs approval"])  # fmt: skip
def test_what_tools_do_on_the_way_is_not_left_out(world: World, tool: Tool, takes_part: bool) -> None:
    desk = Desk(world, replace(SPEC, tools=(tool,)))
    desk.ask(desk.claim())
    assert isinstance(desk.enter(desk.claim())[0], Ok) == takes_part


def test_a_large_answer_is_kept_as_an_artifact(desk: Desk) -> None:
    desk.ask(desk.claim(), lambda: Ok(output=LARGE))
    ((output, ref),) = desk.rows("output, output_ref")
    assert (output, len(ref)) == (None, 64)
    again = desk.ask(desk.claim())
    assert isinstance(again, Ok)
    assert again.output == LARGE


def test_a_step_done_again_gets_no_answer_from_before_it_was_sent_back(desk: Desk) -> None:
    first = desk.claim()
    desk.ask(first)
    same, other = desk.claim(), desk.claim()
    assert desk.enter(replace(same, run_id=first.run_id, path=StepPath("a#2")))[0] is None, "it is made anew"
    desk.door.leave(Entry(claim=replace(same, run_id=first.run_id), spec=SPEC, input={}), Ok(output="better"), 0.1)
    given = desk.ask(other)
    assert isinstance(given, Ok)
    assert given.output == "better", "and it is what is given from now on"


def test_the_second_rung_of_a_ladder_is_no_second_try_of_the_same(desk: Desk) -> None:
    desk.ask(desk.claim())
    assert isinstance(desk.enter(replace(desk.claim(), path=StepPath("l/Work#2")))[0], Ok)


def test_of_many_at_once_one_makes_it_and_none_is_left_waiting(desk: Desk) -> None:
    """Whoever goes to wait while the answer comes in is woken all the same."""
    for _ in range(24):
        desk.world.start({"id": "a", "agent": "quick"}, input={"q": 1})
    claims = desk.world.claim(count=24)
    outcomes = in_threads(desk.world, *(lambda claim=claim: desk.ask(claim) for claim in claims))
    assert desk.calls == 1
    waits = [one for one in outcomes if isinstance(one, Waits)]
    assert desk.waiting() == [""] * len(waits)
    for claim in desk.world.claim(count=24):
        assert isinstance(desk.ask(claim), Ok)
    assert (desk.calls, desk.rows("hits")[0][0]) == (1, 23)
    desk.world.check()


def test_what_was_dropped_while_it_was_made_is_not_kept(desk: Desk) -> None:
    maker, other = desk.claim(), desk.claim()
    _, entry = desk.enter(maker)
    desk.ask(other)
    desk.store.transact(lambda tx: sql_of(tx).run("DELETE FROM orchestrator_answer", []))
    desk.door.leave(entry, Ok(output=1), 0.1)
    assert (desk.rows("key"), desk.waiting()) == ([], [""])


def test_the_sweep_removes_what_holds_no_longer_but_not_what_is_being_made(world: World) -> None:
    desk = Desk(world, replace(SPEC, cache_seconds=0.05))
    desk.ask(desk.claim({"q": 1}))
    making = desk.claim({"q": 2})
    desk.enter(making)
    dead = desk.claim({"q": 3})
    desk.enter(dead)
    desk.store.release("w", [dead.fence])
    world.window.wait(0.1)
    assert desk.store.transact(kept_answers.sweep) == 2
    assert [row[0] for row in desk.rows("fence")] == [making.fence]


def test_while_its_maker_waits_for_a_later_door_the_others_stay_where_they_are(desk: Desk) -> None:
    maker, other = desk.claim(), desk.claim()
    _, entry = desk.enter(maker)
    desk.ask(other)
    desk.door.leave(entry, Waits(key="limit:x", seconds=5), 0.0)
    assert (desk.rows("key"), desk.waiting().count("")) == ([], 0)
