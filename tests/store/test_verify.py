"""The checker finds every kind of disagreement, and nothing where all is well (R7)."""

from __future__ import annotations

import pytest
from django.db import connection

from orchestrator.core.ids import RunId
from orchestrator.core.messages import PauseRun
from orchestrator.engine.ports import Mail
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
GATE = {"gate": {"title": "?", "show": {"n": "1"}, "approvers": {"quorum": 2}}}


@pytest.fixture
def run_id(world: World) -> RunId:
    """Leave a run in the middle of its life: a step done, one at work, a gate with one approval."""
    branches = {"a": {"agent": "quick"}, "ok": GATE, "m": {"map": {"over": "[1]", "agent": "slow"}}}
    made = world.start({"id": "first", "agent": "quick"}, {"id": "p", "parallel": {"branches": branches}})
    world.finish(world.claim()[0])
    world.claim()
    world.decide(made, "p/ok", actor="7")
    return made


def wrong(world: World, statement: str, *values: object) -> str:
    """Tamper with the database; return what the checker says."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    return "\n".join(world.window.wrong(world.library))


def test_nothing_is_wrong_in_the_middle_of_a_life(world: World, run_id: RunId) -> None:
    world.check()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM orchestrator_event WHERE n = 3", "event numbers have gaps"),
        ("UPDATE orchestrator_run SET active = active + 1", "active is 3, its events say 2"),
        ("UPDATE orchestrator_run SET status = 'succeeded'", "status is <RunStatus.SUCCEEDED"),
        ("UPDATE orchestrator_step SET status = 'failed' WHERE path = 'first'", "step 'first' has status 'failed'"),
        ("UPDATE orchestrator_step SET output = '5' WHERE path = 'first'", "step 'first' has output '5'"),
        ("UPDATE orchestrator_step SET memo = '{}' WHERE path = 'p'", "step 'p' has memo"),
        ("DELETE FROM orchestrator_step WHERE path = 'p/a'", "steps kept and steps of its events differ: ['p/a']"),
        ("DELETE FROM orchestrator_queue WHERE path = 'p/a'", "'p/a' is missing from the queue with a live attempt"),
        ("UPDATE orchestrator_queue SET path = 'first' WHERE path = 'p/a'", "'first' is queued without a live attempt"),
        ("UPDATE orchestrator_gate SET status = 'approved'", "gate 'p/ok' and its step disagree"),
        ("DELETE FROM orchestrator_attempt", "the row of 'first', 1 in orchestrator_attempt"),
        ("UPDATE orchestrator_attempt SET status = 'lost'", "the row of 'first', 1 in orchestrator_attempt"),
        ("UPDATE orchestrator_gatedecision SET actor = '8'", "in orchestrator_gatedecision is not what its event says"),
        ("DELETE FROM orchestrator_worker", "the claim on 'p/a' has outlived its worker w"),
        ("UPDATE orchestrator_worker SET lease_until = 0", "the claim on 'p/a' has outlived its worker w"),
    ],
)
def test_each_disagreement_is_said(world: World, run_id: RunId, statement: str, words: str) -> None:
    assert words in wrong(world, statement)


def test_a_step_that_ended_twice_is_said(world: World, run_id: RunId) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, data, at FROM orchestrator_event WHERE type = 'step.ended' LIMIT 1")
        _, data, at = cursor.fetchone()
    n = world.window.run(run_id).n + 1
    columns = "run_id, n, type, path, data, at"
    insert = f"INSERT INTO orchestrator_event ({columns}) VALUES (%s, %s, 'step.ended', 'first', %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(insert, [run_id, n, data, at])
    said = wrong(world, "UPDATE orchestrator_run SET n = n + 1")
    assert f"step 'first' ended twice, again with event {n}" in said
    assert "can't be read or folded: IllegalMove: step 'first' is succeeded" in said


def test_a_run_that_cannot_be_read_does_not_keep_the_others_from_being_checked(world: World, run_id: RunId) -> None:
    other = world.start({"id": "a", "agent": "quick"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestrator_event SET type = 'step.flew' WHERE run_id = %s AND n = 2", [run_id])
    said = wrong(world, "UPDATE orchestrator_run SET active = 9 WHERE id = %s", other)
    assert f"run {run_id}: can't be read or folded: UnknownRecord" in said
    assert f"run {other}: active is 9" in said


def test_a_run_that_waits_for_nothing_is_said(world: World) -> None:
    run_id = world.start({"id": "ok", **GATE})
    world.store.transact(lambda tx: tx.post([Mail(run_id=run_id, message=PauseRun(), key="k")]))
    assert "waits for nothing" not in wrong(world, "DELETE FROM orchestrator_gate")
    assert "waits for nothing" in wrong(world, "UPDATE orchestrator_message SET problem = 'bad'")


def test_a_message_that_was_set_aside_is_said_with_its_reason(world: World, run_id: RunId) -> None:
    world.store.transact(lambda tx: tx.set_aside(Mail(run_id=run_id, message=PauseRun()), "it raised"))
    assert "a message was set aside: it raised" in "\n".join(world.window.wrong(world.library))
