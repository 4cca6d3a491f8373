"""Makes a run's rows anew from its events, under the run's lock, so that a run at work may go on meanwhile.

A claim that is held on a right attempt is left to its worker. Numbers of gates stay, as addresses name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.errors import BrokenError
from orchestrator.core.events import RunForked, RunStarted
from orchestrator.core.ids import RunId
from orchestrator.engine.builtin import BUILTIN
from orchestrator.engine.ports import Library, Tx
from orchestrator.engine.replay import rebuild
from orchestrator.store import rows, tables
from orchestrator.store.expected import Difference, differences, expected
from orchestrator.store.recorded import recorded_of
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

WAIT_SECONDS = 5.0


def rebuilt(store: DjangoStore, library: Library, run_id: RunId, *, check: bool = False) -> list[str]:
    """Mend what is not as a run's events say and return it in words; with `check` only say it."""
    return store.transact(partial(_rebuilt, library=library, run_id=run_id, check=check))


def every_run(store: DjangoStore) -> list[RunId]:
    """Return the ids of all runs that have events, the oldest first."""
    statement = "SELECT DISTINCT run_id FROM orchestrator_event ORDER BY run_id"
    return store.transact(lambda tx: [RunId(row[0]) for row in sql_of(tx).read(statement, [])])


def _rebuilt(tx: Tx, library: Library, run_id: RunId, check: bool) -> list[str]:
    sql = sql_of(tx)
    held = sql.lock_runs([run_id], "id, agents, priority, team_id", WAIT_SECONDS)
    if not held:
        raise BrokenError(f"run {run_id} is not there, or was held by others for {WAIT_SECONDS:g} s; try again")
    found = list(_differences(tx, library, run_id, held[0][1:]))
    if not check:
        for one in found:
            _mend(sql, one)
    return [str(one) for one in found]


def _differences(tx: Tx, library: Library, run_id: RunId, row: Sequence[Any]) -> Iterator[Difference]:
    agents, priority, team_id = row
    recorded = recorded_of(tx, run_id)
    if [one.n for one in recorded] != list(range(1, len(recorded) + 1)) or not recorded:
        raise BrokenError(f"run {run_id}: its events have gaps, so nothing can be made of them")
    first = recorded[0].fact
    if not isinstance(first, RunStarted | RunForked):
        raise BrokenError(f"run {run_id}: its first event is {first.type}, not a beginning")
    book = rebuild(run_id, library.workflow(first.workflow, first.version), recorded)
    lane_of = partial(_lane, library, rows.json_value(agents))
    for table, wanted in expected(book, recorded, lane_of, priority, team_id):
        yield from differences(sql_of(tx), run_id, table, wanted)


def _lane(library: Library, agents: Mapping[str, int], name: str) -> Lane:
    return BUILTIN[name].lane if name in BUILTIN else library.agent(name, agents[name]).lane


def _mend(sql: Sql, one: Difference) -> None:
    table = one.table
    if one.expected is None:
        sql.delete(table, [one.key])
    elif table is tables.RUN_PROGRESS:
        sql.update(table, [one.expected])
    elif table is tables.GATE:
        sql.insert(table, [one.expected], sql.replacing(table))
    else:
        sql.delete(table, [one.key])
        sql.insert(table, [one.expected])
