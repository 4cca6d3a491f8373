"""The write budget of the hot path, counted by the database itself over a thousand steps, heartbeats off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.work import Live
from orchestrator.engine.worker import Worker
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db
AROUND = 6
"""Transactions that are not of any step: the last looks for work, the end of the worker."""
HOUSEKEEPING = 60
STEPS = [
    {"id": f"s{outer}", "sequence": [{"id": f"s{inner}", "agent": "quick"} for inner in range(50)]}
    for outer in range(20)
]


class Count:
    """Write transactions so far."""

    def __init__(self) -> None:
        self.writes = 0
        self.ids: set[int] = set()


@contextmanager
def writes(world: World) -> Iterator[Count]:
    """Count the transactions that wrote, on every connection: commits on SQLite, transaction ids on PostgreSQL."""
    count = Count()
    if connection.vendor == "sqlite":
        with _traced(count):
            yield count
        return
    world.fail = lambda point: count.ids.add(_transaction_id()) if point == "before_commit" else None
    before = _transaction_id()
    yield count
    world.fail = lambda point: None
    every = _transaction_id() - before - 1
    count.writes = len(count.ids - {0})
    # The server counts for all its databases, and its own housekeeping takes a few.
    assert every <= count.writes + HOUSEKEEPING, "something writes beside the engine's transactions"


@contextmanager
def _traced(count: Count) -> Iterator[None]:
    lock = threading.Lock()

    def trace(statement: str) -> None:
        if statement.upper().startswith("COMMIT"):
            with lock:
                count.writes += 1

    def watch(connection: Any, **_: object) -> None:
        connection.connection.set_trace_callback(trace)

    connection_created.connect(watch)
    connection.ensure_connection()
    connection.connection.set_trace_callback(trace)
    try:
        yield
    finally:
        connection.connection.set_trace_callback(None)
        connection_created.disconnect(watch)


def _transaction_id() -> int:
    """Return the open transaction's id, 0 if it has written nothing; outside of one, a fresh id."""
    name = "pg_current_xact_id_if_assigned" if _is_inside() else "pg_current_xact_id"
    found = connection.connection.execute(f"SELECT coalesce({name}()::text::bigint, 0)").fetchone()
    return int(found[0])


def _is_inside() -> bool:
    connection.ensure_connection()
    return connection.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE


def echo(live: Live, given: dict[str, Json]) -> Outcome:
    return Ok(output={})


def test_a_step_takes_two_write_transactions_when_claimed_by_itself(world: World) -> None:
    run_id = world.start(*STEPS[:4])
    with writes(world) as count:
        done = 0
        while claims := world.driver.turn([], worker="w", wants={Lane.QUICK: 1}).claims:
            world.finish(claims[0])
            done += 1
    assert (done, world.window.run(run_id).status) == (200, RunStatus.SUCCEEDED)
    assert 2 * done <= count.writes <= 2 * done + AROUND


def test_a_step_takes_one_write_transaction_when_the_finish_claims_the_next(world: World) -> None:
    run_id = world.start(*STEPS)
    worker = Worker(world.driver, echo, {Lane.QUICK: 1}, lambda claim: True)
    with writes(world) as count:
        done = worker.turn(Lane.QUICK)
        worker.stop()
    assert (done, world.window.run(run_id).status) == (1000, RunStatus.SUCCEEDED)
    assert done <= count.writes <= done + AROUND


def test_a_fan_out_reported_together_takes_less_than_one_each(world: World) -> None:
    """About 1 + 2/k in engine.md counts a transaction for each claim; claims are taken together as well."""
    world.start({"id": "m", "map": {"over": "input", "agent": "quick"}}, input=list(range(200)))
    with writes(world) as count:
        while claims := world.driver.turn([], worker="w", wants={Lane.QUICK: 20}).claims:
            if claims[0].agent == "merge":
                world.finish(claims[0])
                continue
            world.driver.turn([world.mail(claim) for claim in claims])
    assert count.writes <= 2 * 200 / 20 + 2 + AROUND
