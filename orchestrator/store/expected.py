"""The rows that a run's events say there should be, table by table: what is kept must equal them, or is made of them.

Not here is what events do not say: a run's title, labels and bound versions, and who holds the claim of an attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.agents import Lane
from orchestrator.core.book import Book, Recorded
from orchestrator.core.events import (
    AttemptEnded,
    GateClosed,
    GateDecided,
    GateOpened,
    RunEnded,
    StepEnded,
    SubtreeCancelled,
    TimerSet,
)
from orchestrator.core.ids import ROOT, StepPath, under
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState
from orchestrator.core.status import AttemptStatus
from orchestrator.engine.changes import changes_of
from orchestrator.store import rows, tables
from orchestrator.store.rows import Row
from orchestrator.store.sql import Sql, quoted
from orchestrator.store.tables import Table

COMPARED: dict[str, tuple[str, ...]] = {tables.QUEUE.name: ("run_id", "path", "attempt", "agent", "lane")}
"""Of rows that change without an event, the columns that do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not as the events say."""

    table: Table
    key: Row
    expected: Row | None
    """None where there should be none."""
    is_kept: bool

    def __str__(self) -> str:
        """Say what is wrong with it."""
        where = ", ".join(f"'{one}'" if isinstance(one, str) else str(one) for one in self.key[1:]) or "the run"
        if self.expected is None:
            return f"{self.table.name} {where}: no event speaks of it"
        return f"{self.table.name} {where}: {'is not what its events say' if self.is_kept else 'is missing'}"


def expected(
    book: Book, recorded: Sequence[Recorded], lane_of: Callable[[str], Lane], priority: int, team_id: int | None
) -> list[tuple[Table, list[Row]]]:
    """Return every table with the rows it should have of a run that was folded from all its events."""
    run = book.run
    ends = [one.at for one in recorded if isinstance(one.fact, RunEnded)]
    whole = Book(run=run, shelf=book.shelf, changed=book.changed, recorded=list(recorded))
    changes = changes_of(whole, RunState(id=run.id), lane_of, priority=priority)
    progress = rows.progress_row(run, book.changed.get(ROOT), ends[-1] if run.is_ended and ends else None)
    return [
        (tables.RUN_PROGRESS, [progress]),
        (tables.STEP, [rows.step_row(run.id, state) for state in book.changed.values()]),
        (tables.ATTEMPT, attempts(run, recorded, changes.sent_back)),
        (tables.DECISION, [rows.decision_row(run.id, one) for one in recorded if isinstance(one.fact, GateDecided)]),
        (tables.GATE, gates(run, recorded, team_id)),
        (tables.QUEUE, [rows.queue_row(changes, row) for row in changes.queued]),
        (tables.TIMER, _timers(run, recorded)),
    ]


def attempts(run: RunState, recorded: Iterable[Recorded], sent_back: Collection[StepPath]) -> list[Row]:
    """Return the rows of a run's attempts; `sent_back` are the steps whose work did not hold."""
    ended = [(one, one.fact) for one in recorded if isinstance(one.fact, AttemptEnded)]
    return [
        rows.attempt_row(run.id, one, fact.path in sent_back and fact.status == AttemptStatus.SUCCEEDED)
        for one, fact in ended
    ]


def gates(run: RunState, recorded: Iterable[Recorded], team_id: int | None) -> list[Row]:
    """Return the rows of a run's gates."""
    found: dict[StepPath, dict[str, Any]] = {}
    for one in recorded:
        match one.fact:
            case GateOpened() as fact:
                row = rows.gate_row(run, one, team_id)
                found[fact.path] = dict(zip(tables.GATE.names, row, strict=True)) | {"held": dict(fact.shown)}
            case GateDecided(verdict="approve") as fact if fact.edits:
                held: Json = {**found[fact.path]["held"], **fact.edits}
                found[fact.path] |= {"held": held, "shown": rows.json_text(held), "digest": fact.digest}
            case GateClosed() as fact:
                closed = {"status": fact.status.value, "reason": fact.reason, "closed_at": rows.micros(one.at)}
                found[fact.path] |= closed
            case _:
                pass
    return [tuple(row[name] for name in tables.GATE.names) for row in found.values()]


def _timers(run: RunState, recorded: Iterable[Recorded]) -> list[Row]:
    """Return the timers that have not gone off; a gate that was opened again, or closed, has none of before."""
    found: dict[tuple[StepPath, str], Row] = {}
    for one in recorded:
        match one.fact:
            case TimerSet() as fact:
                due = rows.micros(one.at + fact.delay_seconds)
                found[fact.path, fact.timer] = (run.id, fact.path, fact.timer, due)
            case GateOpened() | GateClosed() | StepEnded() as fact:
                found = {key: row for key, row in found.items() if key[0] != fact.path}
            case SubtreeCancelled() as fact:
                found = {key: row for key, row in found.items() if not under(key[0], fact.path)}
            case _:
                pass
    return list(found.values())


def differences(sql: Sql, run_id: str, table: Table, wanted: Sequence[Row]) -> list[Difference]:
    """Compare the rows a table keeps of a run with those it should."""
    columns = COMPARED.get(table.name, table.names)
    owner = "id" if table is tables.RUN_PROGRESS else "run_id"
    statement = f"SELECT {', '.join(quoted(table.names))} FROM {table.name} WHERE {owner} = ?"
    kept = {_key(table, row): tuple(row) for row in sql.read(statement, [run_id])}
    should = {_key(table, row): row for row in wanted}
    places = [table.names.index(name) for name in columns]
    found: list[Difference] = []
    for key in [*should, *(key for key in kept if key not in should)]:
        one, other = kept.get(key), should.get(key)
        if one is None or other is None or not all(alike(one[place], other[place]) for place in places):
            found.append(Difference(table=table, key=key, expected=other, is_kept=one is not None))
    return found


def alike(kept: Any, expected: Any) -> bool:
    """Tell whether two values of a column say the same; JSON may be written in another order."""
    if kept == expected:
        return True
    both_text = isinstance(kept, str) and isinstance(expected, str) and kept[:1] in ("{", "[")
    return both_text and _json(kept) == _json(expected)


def _json(text: str) -> Json:
    try:
        found: Json = rows.json_value(text)
    except ValueError:
        return text
    return found


def _key(table: Table, row: Sequence[Any]) -> Row:
    return tuple(row[table.names.index(name)] for name in table.key)
