"""Rows that are damaged or lost are made anew from the events, of finished runs and of runs at work (R7)."""

from __future__ import annotations

import pytest
from django.db import connection

from orchestrator.core.errors import BrokenError
from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Failure
from orchestrator.core.records import UnknownRecord
from orchestrator.store import tables
from orchestrator.store.rebuild import every_run, rebuilt
from orchestrator.store.sql import quoted
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
TABLES = (tables.RUN, tables.STEP, tables.ATTEMPT, tables.GATE, tables.DECISION, tables.TIMER, tables.QUEUE)
GATE = {"gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"], "approvers": {"quorum": 2},
                 "deadline": {"after": "1h", "then": "approve"}}}  # fmt: skip
STEPS = (
    {"id": "first", "agent": "quick", "retry": {"attempts": 1}, "fallback": ["spare"]},
    {"id": "m", "map": {"over": "input", "agent": "quick", "concurrency": 2}},
    {"id": "ok", **GATE},
    {"id": "p", "parallel": {"branches": {"a": {"agent": "quick"}, "b": {"agent": "slow"}, "g": GATE}}},
)
DAMAGE = (
    "UPDATE orchestrator_run SET status = 'pending', n = 1, active = 9, output = '5', ended = 0, ended_at = 7",
    "UPDATE orchestrator_run SET status = 'nonsense'",
    "DELETE FROM orchestrator_step",
    "UPDATE orchestrator_step SET status = 'failed', output = '7', memo = NULL, ended_at = NULL",
    "UPDATE orchestrator_step SET path = 'elsewhere', parent = 'nowhere' WHERE path = 'first'",
    "DELETE FROM orchestrator_attempt",
    "UPDATE orchestrator_attempt SET status = 'lost', reason = 'no reason'",
    "UPDATE orchestrator_gate SET status = 'rejected', shown = '{}', digest = '', closed_at = NULL",
    "DELETE FROM orchestrator_gatedecision",
    "UPDATE orchestrator_gatedecision SET actor = '99'",
    "DELETE FROM orchestrator_timer",
    "DELETE FROM orchestrator_queue",
    "UPDATE orchestrator_queue SET path = 'first'  WHERE path = 'p/a'",
)


def at_work(world: World) -> RunId:
    """Leave a run with attempts waiting and claimed, and a gate with one approval and an edit."""
    run_id = world.start(*STEPS, input=[1, 2, 3])
    world.report(world.claim()[0], failure=Failure.CRASH, reason="once")
    world.work_off()
    world.decide(run_id, "ok", actor="7", edits={"n": 2})
    world.decide(run_id, "ok", actor="8")
    world.claim()
    world.decide(run_id, "p/g", actor="7")
    return run_id


def finished(world: World) -> RunId:
    """Leave a run that has ended."""
    run_id = at_work(world)
    world.work_off("other")
    world.engine.expire_all_leases()
    world.work_off("other")
    world.decide(run_id, "p/g", actor="8")
    world.work_off("other")
    assert world.window.run(run_id).is_ended
    return run_id


MADE = {"at work": at_work, "finished": finished}


def dump(world: World) -> dict[str, list[object]]:
    """Return every row of every table; of the queue only what no worker changes."""
    found: dict[str, list[object]] = {}
    for table in TABLES:
        names = [name for name in table.names if name not in ("held", "told")]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(quoted(names))} FROM {table.name}")
            found[table.name] = sorted(map(repr, cursor.fetchall()))
    return found


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_rows_are_made_as_they_were(world: World, state: str, damage: str) -> None:
    run_id = MADE[state](world)
    before = dump(world)
    execute(damage)
    is_harmed = dump(world) != before
    said = rebuilt(world.store, world.library, run_id, check=True)
    assert bool(said) == is_harmed
    assert (dump(world) == before) != is_harmed, "to check is not to mend"
    assert rebuilt(world.store, world.library, run_id) == said
    assert dump(world) == before
    assert rebuilt(world.store, world.library, run_id) == []
    world.check()


def test_everything_lost_at_once_comes_back_and_the_run_goes_on_to_its_end(world: World) -> None:
    run_id = at_work(world)
    before = dump(world)
    for name in ("step", "attempt", "gatedecision", "timer", "queue"):
        execute(f"DELETE FROM orchestrator_{name}")
    rebuilt(world.store, world.library, run_id)
    assert dump(world) == before
    world.work_off("other")
    world.decide(run_id, "p/g", actor="9")
    world.work_off("other")
    assert world.window.run(run_id).status == "succeeded"
    world.check()


def test_a_claim_that_is_held_stays_with_its_worker(world: World) -> None:
    run_id = at_work(world)
    held = [row for row in world.window.queue(run_id) if row.worker]
    execute("UPDATE orchestrator_step SET status = 'failed'")
    rebuilt(world.store, world.library, run_id)
    assert [row for row in world.window.queue(run_id) if row.worker] == held
    assert held


def test_gates_keep_the_numbers_that_addresses_name(world: World) -> None:
    run_id = finished(world)
    execute("UPDATE orchestrator_gate SET title = 'other'")
    numbers = "SELECT id, path FROM orchestrator_gate ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(numbers)
        before = cursor.fetchall()
        rebuilt(world.store, world.library, run_id)
        cursor.execute(numbers)
        assert cursor.fetchall() == before


def test_events_with_gaps_or_of_another_version_are_refused_in_words(world: World) -> None:
    run_id = finished(world)
    assert every_run(world.store) == [run_id]
    execute("UPDATE orchestrator_event SET type = 'step.flew' WHERE n = 5")
    with pytest.raises(UnknownRecord, match="no event is called"):
        rebuilt(world.store, world.library, run_id)
    execute("DELETE FROM orchestrator_event WHERE n = 5")
    with pytest.raises(BrokenError, match="gaps"):
        rebuilt(world.store, world.library, run_id)
    with pytest.raises(BrokenError, match="is not there"):
        rebuilt(world.store, world.library, RunId("nowhere"))
