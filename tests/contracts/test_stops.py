"""What was given up while it was at work, on each store: known until it has stopped, and then only by the log (R11)."""

from __future__ import annotations

from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import CancelRun, NoteStop, ReportAttempt, RetryStep, SkipStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus
from orchestrator.engine.actor import STALE
from orchestrator.engine.ports import Claim, Mail
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of
from tests.contracts.worlds import World

ONCE = {"agent": "quick", "retry": {"attempts": 1}}
PAIR = {"id": "p", "parallel": {"branches": {"a": ONCE, "b": ONCE}}}


def note(claim: Claim, how: str = "stopped") -> Mail:
    message = NoteStop(path=claim.path, attempt=claim.attempt, fence=claim.fence, how=how)
    return Mail(run_id=claim.run_id, message=message)


def stopping(world: World, run_id: RunId) -> list[tuple[str, int]]:
    return sorted(world.store.transact(lambda tx: tx.stopping(run_id)))


def kept(world: World, run_id: RunId) -> object:
    """Return what must not change after the end."""
    if isinstance(world.store, DjangoStore):
        columns = "status, output, output_ref, ended_at, reason"
        statement = f"SELECT {columns} FROM orchestrator_run WHERE id = ?"
        return world.store.transact(lambda tx: tuple(sql_of(tx).read(statement, [run_id])[0]))
    return world.window.run(run_id).status


def test_how_it_stopped_is_added_to_the_log_of_a_run_that_has_ended_and_changes_nothing_else(world: World) -> None:
    run_id = world.start(PAIR)
    a, b = sorted(world.claim(count=2), key=lambda claim: claim.path)
    world.engine.call(run_id, SkipStep(path=a.path, actor="1"))
    world.finish(b)
    assert world.work_off() == 1  # the merge
    before = kept(world, run_id)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert stopping(world, run_id) == [("p/a", 1)]
    world.window.wait(0.01)
    assert world.driver.turn([note(a)]).done.verdicts[0].status == 200
    assert (world.facts(run_id)[-1], stopping(world, run_id), kept(world, run_id)) == (
        "attempt.stopped p/a", [], before,
    )  # fmt: skip
    world.check()


def test_it_is_said_once_and_only_by_who_was_at_it(world: World) -> None:
    run_id = world.start(PAIR)
    a, b = world.claim(count=2)
    world.engine.call(run_id, CancelRun(actor="1"))
    forged = Mail(run_id=run_id, message=NoteStop(path=a.path, attempt=1, fence="guessed", how="killed"))
    assert world.driver.turn([forged]).done.verdicts == [STALE]
    verdicts = world.driver.turn([note(a, "killed"), note(a), note(b)]).done.verdicts
    assert [verdict.status for verdict in verdicts] == [200, 409, 200]
    assert world.report(a) == STALE
    assert sum(fact.startswith("attempt.stopped") for fact in world.facts(run_id)) == 2
    world.check()


def test_a_report_that_crossed_the_cancellation_says_that_it_had_finished(world: World) -> None:
    run_id = world.start(PAIR)
    a, _ = world.claim(count=2)
    world.engine.call(run_id, CancelRun(actor="1"))
    assert world.report(a) == STALE
    assert [one.fact.how for one in world.window.events(run_id) if one.fact.type == "attempt.stopped"] == ["finished"]


def test_a_report_that_comes_together_with_the_cancellation_says_so_too(world: World) -> None:
    """Otherwise everybody would wait until its worker's lease runs out."""
    run_id = world.start(PAIR)
    a, _ = world.claim(count=2)
    report = ReportAttempt(path=a.path, attempt=a.attempt, fence=a.fence, ok=True)
    both = [Mail(run_id=run_id, message=CancelRun(actor="1")), Mail(run_id=run_id, message=report)]
    world.driver.turn(both)
    assert [one.fact.path for one in world.window.events(run_id) if one.fact.type == "attempt.stopped"] == ["p/a"]
    assert stopping(world, run_id) == [("p/b", 1)]
    world.check()


def test_what_nobody_was_at_is_simply_over(world: World) -> None:
    run_id = world.start(PAIR)
    world.engine.call(run_id, CancelRun(actor="1"))
    assert stopping(world, run_id) == []


def test_no_step_is_reopened_while_an_attempt_may_be_at_work_and_a_dead_worker_is_not_waited_for(world: World) -> None:
    """R5: not longer than its lease and a sweep."""
    run_id = world.start(PAIR)
    a, b = sorted(world.claim(count=2), key=lambda claim: claim.path)
    world.report(a, failure=Failure.CRASH, reason="it broke")
    retry = RetryStep(path=StepPath("p/a"), actor="1")
    refused = world.engine.call(run_id, retry)
    assert (refused.status, refused.reason) == (409, "'p/b' is still being stopped; try again in a moment")
    world.store.beat("w", -1.0)
    world.engine.sweep()
    assert stopping(world, run_id) == []
    assert world.engine.call(run_id, retry).status == 200
    assert world.report(b) == STALE
    world.work_off("other")
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    world.check()
