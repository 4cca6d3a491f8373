"""The checker: after whatever happened, does everything that is kept agree? One finding a line; none is good."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from orchestrator.core.book import Book, Recorded
from orchestrator.core.events import GateDecided
from orchestrator.core.ids import RunId
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import LIVE, RUN_ENDED, RUN_LIVE, StepStatus
from orchestrator.engine.ports import Library, Tx
from orchestrator.engine.replay import rebuild
from orchestrator.engine.sent_back import sent_back
from orchestrator.store import rows, tables
from orchestrator.store.expected import alike, attempts, differences, gates
from orchestrator.store.recorded import recorded_of
from orchestrator.store.spend_check import checked
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

SLACK_SECONDS = 5.0
"""How much longer than its worker a claim may live: a lease and a sweep."""


def findings(store: DjangoStore, library: Library, only: RunId | None = None) -> Iterator[str]:
    """Yield what is wrong, run by run, then across runs."""
    for run_id in [only] if only else _run_ids(store):
        yield from store.transact(partial(_of_run, library=library, run_id=run_id))
    yield from store.transact(lambda tx: list(_claims(sql_of(tx), tx.now())))
    yield from store.transact(lambda tx: list(_set_aside(sql_of(tx))))
    yield from store.transact(lambda tx: list(_cards(sql_of(tx))))
    if only is None:
        yield from checked(store)


def _of_run(tx: Tx, library: Library, run_id: RunId) -> list[str]:
    found: list[str] = []
    try:
        found.extend(_run(tx, library, run_id))
    except Exception as error:  # noqa: BLE001 - a run that can't even be read is a finding, and the others are checked too
        found.append(f"run {run_id}: can't be read or folded: {type(error).__name__}: {error}")
    return found


def _run_ids(store: DjangoStore) -> list[RunId]:
    return store.transact(lambda tx: [RunId(row[0]) for row in sql_of(tx).read("SELECT id FROM orchestrator_run", [])])


def _run(tx: Tx, library: Library, run_id: RunId) -> Iterator[str]:
    held = tx.lock([run_id], 5.0).get(run_id)
    if held is None:
        yield f"run {run_id}: could not be locked within 5 s"
        return
    sql, kept = sql_of(tx), held.run
    recorded = recorded_of(tx, run_id)
    numbers = [one.n for one in recorded]
    if numbers != list(range(1, kept.n + 1)):
        yield f"run {run_id}: event numbers have gaps or differ from the run's {kept.n}: {numbers[:3]}…{numbers[-3:]}"
        return
    yield from _once(run_id, recorded)
    book = rebuild(run_id, library.workflow(kept.workflow, kept.version), recorded)
    yield from _same_run(kept, book.run)
    yield from _same_steps(sql, run_id, book.changed)
    yield from _same_work(sql, run_id, book.changed)
    team = sql.read("SELECT team_id FROM orchestrator_run WHERE id = ?", [run_id])[0][0]
    yield from _same_rows(sql, book, recorded, team)
    if kept.status not in RUN_ENDED and not _cause(sql, run_id):
        yield f"run {run_id}: is {kept.status} but waits for nothing: no attempt, gate, timer, message or child run"


def _once(run_id: RunId, recorded: list[Recorded]) -> Iterator[str]:
    seen: set[str] = set()
    for one in recorded:
        if one.fact.type == "step.ended":
            if one.fact.path in seen:
                yield f"run {run_id}: step '{one.fact.path}' ended twice, again with event {one.n}"
            seen.add(one.fact.path)
        elif one.fact.type == "step.reopened":
            seen.discard(one.fact.path)


def _same_run(kept: RunState, rebuilt: RunState) -> Iterator[str]:
    for name in (
        "status",
        "n",
        "paused",
        "active",
        "gates",
        "steps",
        "ended",
        "retries",
        "cost_usd",
        "tokens",
        "reason",
    ):
        if getattr(kept, name) != getattr(rebuilt, name):
            yield f"run {kept.id}: {name} is {getattr(kept, name)!r}, its events say {getattr(rebuilt, name)!r}"


def _same_steps(sql: Sql, run_id: RunId, rebuilt: dict[Any, StepState]) -> Iterator[str]:
    found = sql.read(f"SELECT {rows.STEP_COLUMNS} FROM orchestrator_step WHERE run_id = ?", [run_id])
    kept = {row[1]: tuple(row) for row in found}
    if kept.keys() != rebuilt.keys():
        yield f"run {run_id}: steps kept and steps of its events differ: {sorted(kept.keys() ^ rebuilt.keys())[:5]}"
    for path, state in rebuilt.items():
        expected = rows.step_row(run_id, state)
        for name, one, other in zip(rows.STEP_COLUMNS.split(", "), kept.get(path, expected), expected, strict=True):
            if not alike(one, other):
                yield f"run {run_id}: step '{path}' has {name} {one!r}, its events say {other!r}"


def _same_work(sql: Sql, run_id: RunId, rebuilt: dict[Any, StepState]) -> Iterator[str]:
    queued = {row[0] for row in sql.read("SELECT path FROM orchestrator_queue WHERE run_id = ?", [run_id])}
    live = {path for path, state in rebuilt.items() if state.attempt_status in LIVE and not state.is_ended}
    for path in sorted(queued ^ live):
        fault = "queued without" if path in queued else "missing from the queue with"
        yield f"run {run_id}: '{path}' is {fault} a live attempt"
    opened = sql.read("SELECT path FROM orchestrator_gate WHERE run_id = ? AND status = 'open'", [run_id])
    waiting = {path for path, state in rebuilt.items() if state.status == StepStatus.WAITING}
    for path in sorted({row[0] for row in opened} ^ waiting):
        yield f"run {run_id}: gate '{path}' and its step disagree about being open"


def _same_rows(sql: Sql, book: Book, recorded: list[Recorded], team_id: int | None) -> Iterator[str]:
    """Compare rows that only events make: attempts that are over, decisions, gates."""
    run, tried = book.run, attempts(book.run, recorded, sent_back(recorded, book.step))
    decisions = [rows.decision_row(run.id, one) for one in recorded if isinstance(one.fact, GateDecided)]
    asked = gates(run, recorded, team_id)
    for table, wanted in ((tables.ATTEMPT, tried), (tables.DECISION, decisions), (tables.GATE, asked)):
        for one in differences(sql, run.id, table, wanted):
            key = ", ".join(f"'{part}'" if isinstance(part, str) else str(part) for part in one.key[1:])
            yield f"run {run.id}: the row of {key} in {table.name} is not what its event says"


def _cause(sql: Sql, run_id: RunId) -> bool:
    statement = " UNION ALL ".join(
        f"SELECT 1 FROM orchestrator_{table} WHERE run_id = ?{extra}"
        for table, extra in (
            ("queue", ""),
            ("gate", " AND status = 'open'"),
            ("timer", ""),
            ("message", " AND problem = ''"),
        )
    )
    if sql.read(f"{statement} LIMIT 1", [run_id] * 4):
        return True
    live = ", ".join(f"'{status}'" for status in RUN_LIVE)
    child = f"SELECT 1 FROM orchestrator_run WHERE parent_id = ? AND status IN ({live}) LIMIT 1"
    return bool(sql.read(child, [run_id]))


def _claims(sql: Sql, now: float) -> Iterator[str]:
    found = sql.read(
        "SELECT q.run_id, q.path, q.worker, w.lease_until FROM orchestrator_queue q "
        "LEFT JOIN orchestrator_worker w ON w.id = q.worker "
        "WHERE q.worker IS NOT NULL AND CASE WHEN q.parked_until IS NULL THEN (w.id IS NULL OR w.lease_until < ?) "
        "ELSE q.parked_until < ? END",
        [round((now - SLACK_SECONDS) * 1e6)] * 2,
    )
    for run_id, path, worker, _ in found:
        yield f"run {run_id}: the claim on '{path}' has outlived its worker {worker}"
    for run_id, path, worker in sql.read(
        "SELECT s.run_id, s.path, s.worker FROM orchestrator_stopping s LEFT JOIN orchestrator_worker w "
        "ON w.id = s.worker WHERE s.asked_at < ? AND (w.id IS NULL OR w.lease_until < ?)",
        [round((now - SLACK_SECONDS) * 1e6)] * 2,
    ):
        yield f"run {run_id}: nobody says how '{path}' stopped, and its worker {worker} is gone"


def _set_aside(sql: Sql) -> Iterator[str]:
    for run_id, body, problem in sql.read(
        "SELECT run_id, body, problem FROM orchestrator_message WHERE problem <> ''", []
    ):
        yield f"run {run_id}: a message was set aside: {problem} ({body[:120]})"


def _cards(sql: Sql) -> Iterator[str]:
    found = sql.read(
        "SELECT c.id, c.seen, r.n, r.status, k.policy FROM orchestrator_card c "
        "LEFT JOIN orchestrator_run r ON r.id = c.run_id JOIN orchestrator_column k ON k.id = c.column_id "
        "WHERE c.run_id <> ''",
        [],
    )
    for card, seen, n, status, policy in found:
        if n is None:
            yield f"card {card}: its run does not exist"
        elif seen > n:
            yield f"card {card}: has seen event {seen} of a run that has {n}"
        elif seen == n and status == "succeeded" and policy == "workflow":
            yield f"card {card}: its run succeeded, but it stands in a workflow column as if at work"
