"""What only a real database can do to a store: go away, meet itself, refuse a commit."""

from __future__ import annotations

import sqlite3
import threading
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from orchestrator.core.errors import TransientError
from orchestrator.core.messages import PauseRun
from orchestrator.engine.ports import Mail, Tx
from orchestrator.store import store as store_module
from orchestrator.store.tx import sql_of
from tests.contracts.worlds import World, held, in_threads

pytestmark = pytest.mark.django_db
A = {"id": "a", "agent": "quick"}


def keep(tx: Tx, name: str = "hash") -> None:
    tx.keep({name: "1"})


def kept(world: World) -> int:
    return len(world.store.transact(lambda tx: sql_of(tx).read("SELECT hash FROM orchestrator_artifact", [])))


def test_work_that_fails_leaves_nothing_behind(world: World) -> None:
    def work(tx: Tx) -> None:
        keep(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.store.transact(work)
    assert kept(world) == 0


def test_work_takes_part_in_the_transaction_that_is_open(world: World) -> None:
    def both() -> None:
        with transaction.atomic():
            world.store.transact(keep)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both()
    assert kept(world) == 0


def test_a_commit_that_is_refused_leaves_the_connection_usable(world: World) -> None:
    """A column of a board that does not exist is found out at the commit."""
    orphan = (
        "INSERT INTO orchestrator_column (board_id, name, position, policy, workflow, agent) "
        "VALUES (99, 'x', 1, 'manual', '', '')"
    )
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match=r"(?i)foreign key"):
        world.store.transact(lambda tx: sql_of(tx).run(orphan, []))
    world.store.transact(keep)
    assert kept(world) == 1


def test_each_thread_has_a_connection_of_its_own(world: World) -> None:
    def own() -> Any:
        return world.store.transact(lambda tx: connection.connection)

    assert len({*in_threads(world, own, own, own), own()}) == 4


def test_writers_wait_for_each_other_without_failing(world: World) -> None:
    def write(number: int) -> None:
        for turn in range(20):
            world.store.transact(partial(keep, name=f"{number}-{turn}"))

    in_threads(world, *(lambda number=number: write(number) for number in range(4)))
    assert kept(world) == 80


def test_a_writer_that_waits_too_long_says_that_the_database_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = world.start(A)
    monkeypatch.setattr(store_module, "BUSY_SECONDS", 0.05)
    if connection.vendor == "sqlite":
        with held(world, run_id), pytest.raises(TransientError, match="busy"):
            world.store.transact(keep)
    else:
        with held(world, run_id):
            world.store.transact(keep)  # it locks rows, not the database
    world.store.transact(lambda tx: tx.post([Mail(run_id=run_id, message=PauseRun())]))


def test_a_connection_that_is_cut_is_said_to_be_away_and_is_made_anew(world: World) -> None:
    """S1: PostgreSQL restarts under us. A file can't be cut."""
    if connection.vendor == "sqlite":
        world.store.close()
        assert kept(world) == 0
        return

    def cut(tx: Tx) -> None:
        keep(tx)
        (pid,) = sql_of(tx).read("SELECT pg_backend_pid()", [])[0]
        with psycopg.connect(**_parameters(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        sql_of(tx).read("SELECT 1", [])

    with pytest.raises(TransientError, match="away"):
        world.store.transact(cut)
    assert kept(world) == 0


def test_a_database_that_cannot_be_reached_is_said_to_be_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S1: what finds it so hands in again later; a report is never lost by it."""
    world.store.close()
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/at/all.sqlite3")
    else:
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    for attempt in (lambda: world.store.transact(keep), world.store.now, world.store.ready):
        with pytest.raises(TransientError, match="away"):
            attempt()
    monkeypatch.undo()
    assert kept(world) == 0


def test_transactions_that_meet_in_a_deadlock_are_done_again(world: World) -> None:
    """On SQLite one waits for the other from the start."""
    for name in ("one", "two"):
        world.store.beat(name, 10.0)
    line = threading.Barrier(2)
    tries: list[str] = []

    def touch(first: str, second: str) -> None:
        def work(tx: Tx) -> None:
            tries.append(first)
            count = "UPDATE orchestrator_worker SET slots = slots + 1 WHERE id = ? RETURNING slots"
            sql_of(tx).read(count, [first])
            if connection.vendor == "postgresql" and tries.count(first) == 1:
                line.wait(10)
            sql_of(tx).read(count, [second])

        world.store.transact(work)

    in_threads(world, lambda: touch("one", "two"), lambda: touch("two", "one"))
    slots = world.store.transact(lambda tx: sql_of(tx).read("SELECT slots FROM orchestrator_worker", []))
    assert [row[0] for row in slots] == [2, 2]
    assert len(tries) >= (3 if connection.vendor == "postgresql" else 2)


def _parameters() -> dict[str, Any]:
    """Return how to reach the database from outside of Django."""
    known = connection.get_connection_params()
    return {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
