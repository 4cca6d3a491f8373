"""The in-memory store: what it does is done whole or not at all."""

from __future__ import annotations

import threading

import pytest

from orchestrator.engine.memory.store import MemoryStore
from orchestrator.engine.memory.tables import Duplicate, Table
from orchestrator.engine.memory.world import Clock
from orchestrator.engine.ports import Tx


class Broken(Exception):
    """Something goes wrong in the middle."""


def test_a_table_takes_back_what_was_put_replaced_and_dropped() -> None:
    journal: list = []
    table: Table[str, int] = Table(journal)
    table.put("kept", 1)
    table.put("gone", 2)
    mark = len(journal)
    table.put("kept", 3)
    table.drop("gone")
    table.put("new", 4)
    while len(journal) > mark:
        journal.pop()()
    assert table == {"kept": 1, "gone": 2}


def test_a_second_row_of_a_unique_key_is_refused() -> None:
    table: Table[str, int] = Table([])
    table.add("a", 1)
    with pytest.raises(Duplicate):
        table.add("a", 2)


def test_a_failed_transaction_leaves_nothing_behind() -> None:
    store = MemoryStore(Clock())

    def work(tx: Tx) -> None:
        tx.keep({"hash": "1"})
        raise Broken

    with pytest.raises(Broken):
        store.transact(work)
    assert store.tables.artifacts == {}


def test_an_inner_transaction_goes_with_the_outer_one() -> None:
    store = MemoryStore(Clock())
    called: list[str] = []

    def work() -> None:
        with store.atomic():
            store.transact(lambda tx: tx.keep({"hash": "1"}))
            store.after_commit(lambda: called.append("no"))
            raise Broken

    with pytest.raises(Broken):
        work()
    assert (store.tables.artifacts, called) == ({}, [])


def test_what_waits_for_a_commit_is_called_after_the_outermost_one() -> None:
    store = MemoryStore(Clock())
    called: list[int] = []
    with store.atomic():
        store.transact(lambda tx: store.after_commit(lambda: called.append(len(store.tables.artifacts))))
        store.transact(lambda tx: tx.keep({"hash": "1"}))
        assert called == []
    assert called == [1]


def test_transactions_of_threads_come_one_after_another() -> None:
    store = MemoryStore(Clock())

    def count(tx: Tx) -> None:
        now = int(store.tables.artifacts.get("n", "0"))
        tx.keep({"n": str(now + 1)})

    threads = [threading.Thread(target=lambda: [store.transact(count) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.tables.artifacts["n"] == "1600"
