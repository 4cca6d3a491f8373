"""What happens around a transaction: hints after it, mailboxes again after it."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId
from orchestrator.core.messages import PauseRun, ResumeRun
from orchestrator.core.status import RunStatus
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Mail, Tx
from tests.engine.worlds import start, world

GATE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}}}


def put(made: MemoryWorld, run_id: RunId, *messages: PauseRun | ResumeRun, key: str = "") -> None:
    """Leave messages in a mailbox, as somebody does who missed the lock."""
    made.store.transact(lambda tx: tx.post([Mail(run_id=run_id, message=message, key=key) for message in messages]))


def test_it_rings_for_what_waits_and_not_for_what_was_claimed_at_once() -> None:
    made = world(
        {"id": "p", "parallel": {"branches": {name: {"agent": "quick"} for name in "abc"}}},
        {"id": "z", "agent": "slow"},
    )
    start(made)
    assert made.hints.rung == {Lane.QUICK: 3}


def test_it_says_which_run_has_moved_and_when_lists_are_stale() -> None:
    made = world(GATE)
    run_id = start(made)
    assert made.hints.told == {f"run.{run_id}": made.store.tables.runs[run_id].state.n, "runs": 0, "inbox": 0}


def test_it_does_not_ring_for_what_is_held_back() -> None:
    made = world()
    run_id = start(made)
    made.engine.call(run_id, PauseRun(actor="1"))
    made.hints.rung.clear()
    claims = made.engine.driver.turn([], worker="w", wants={Lane.QUICK: 1}).claims
    assert (claims, made.hints.rung) == ([], {})


def test_after_a_resumption_it_rings_for_what_was_held_back() -> None:
    """Else it would wait for the next sweep."""
    made = world()
    run_id = start(made)
    made.engine.call(run_id, PauseRun(actor="1"))
    made.hints.rung.clear()
    made.engine.call(run_id, ResumeRun(actor="1"))
    assert made.hints.rung == {Lane.QUICK: 1}


def test_a_drain_goes_on_until_the_mailbox_is_empty() -> None:
    """A message may come while the one before it is considered."""
    run_ids: list[RunId] = []

    def fail(point: str) -> None:
        if point == "before_commit" and run_ids:
            put(made, run_ids.pop(), ResumeRun(actor="1"))

    made = world(fail=fail)
    run_id = start(made)
    put(made, run_id, PauseRun(actor="1"))
    run_ids.append(run_id)
    made.engine.driver.drain([run_id])
    assert (made.store.waiting_mail(), made.store.tables.runs[run_id].state.paused) == ([], False)


def test_a_drain_looks_again_even_when_what_it_considered_changed_nothing() -> None:
    """Else a message that came meanwhile, from somebody who missed the lock, waits for the sweep."""
    run_ids: list[RunId] = []

    def fail(point: str) -> None:
        if point == "before_commit" and run_ids:
            put(made, run_ids.pop(), PauseRun(actor="1"))

    made = world(fail=fail)
    run_id = start(made)
    put(made, run_id, ResumeRun(actor="1"))  # it is not paused: nothing follows
    run_ids.append(run_id)
    made.engine.driver.drain([run_id])
    assert made.store.tables.runs[run_id].state.status == RunStatus.PAUSED


def test_a_drain_gives_up_a_run_that_somebody_else_holds() -> None:
    made = world()
    run_id = start(made)
    made.store.busy.add(run_id)
    put(made, run_id, PauseRun(actor="1"))
    made.engine.driver.drain([run_id])
    assert made.store.waiting_mail() == [run_id]


def test_one_bad_message_is_set_aside_and_the_rest_goes_on() -> None:
    made = world()
    run_id = start(made)
    put(made, run_id, PauseRun(actor="1"), key="good")

    def spoil(tx: Tx) -> None:
        row = made.store.tables.mail["good"]
        made.store.tables.mail.put("bad", replace(row, id=0, key="bad", type="fly"))

    made.store.transact(spoil)
    made.engine.driver.drain([run_id])
    assert made.store.tables.runs[run_id].state.paused
    assert {key: row.problem for key, row in made.store.tables.mail.items()} == {
        "bad": "UnknownRecord: no message is called 'fly'"
    }
