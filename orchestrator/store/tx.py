"""One transaction of the store, in SQL that both databases share. What differs is in `sqlite` and `postgres`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.book import Shelf
from orchestrator.core.events import GateClosed, GateDecided
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.messages import Verdict
from orchestrator.core.status import RUN_LIVE, AttemptStatus
from orchestrator.engine.changes import Changes
from orchestrator.engine.ports import Claim, Held, Mail, Stop, Tx
from orchestrator.engine.requests import Bindings, StartRequest
from orchestrator.store import rows, tables
from orchestrator.store.ahead import MAIL, Ahead, read_ahead, with_ancestors
from orchestrator.store.shelf import RunShelf
from orchestrator.store.sql import Sql, Write

Key = tuple[RunId, StepPath]


class SqlTx:
    """See the module. Lives for one transaction, on one connection."""

    def __init__(self, sql: Sql) -> None:
        self.sql = sql
        self._now: float | None = None
        self._shelves: dict[RunId, RunShelf] = {}
        self._ahead: Ahead | None = None

    def now(self) -> float:
        """Return the database's time, asked for once a transaction."""
        if self._now is None:
            self._now = self.sql.clock()
        return self._now

    def create(self, run_id: RunId, request: StartRequest, bound: Bindings) -> RunId | None:
        """Make a run's row; return the id of the run that has the same key instead."""
        made = self.sql.insert_new(tables.RUN, rows.new_run(run_id, request, bound, self.now()), "key")
        if made:
            return None
        found = self.sql.read(f"SELECT id FROM {tables.RUN.name} WHERE key = ?", [request.key])
        return RunId(found[0][0])

    def expect(self, run_ids: Sequence[RunId], steps: Sequence[Key]) -> None:
        """Ask for all of it at once, where the dialect saves round trips by it."""
        if self.sql.is_remote and run_ids:
            self._ahead = read_ahead(self.sql, sorted(run_ids), sorted(with_ancestors(steps)))
            self._now = self._ahead.now

    def lock(self, run_ids: Sequence[RunId], wait_seconds: float) -> dict[RunId, Held]:
        """Lock runs in the order of their ids; leave out those that others hold."""
        wanted = sorted(run_ids)
        ahead = self._ahead
        found = list(ahead.runs) if ahead else self.sql.lock_runs(wanted, rows.RUN_COLUMNS, wait_seconds)
        missing = sorted({*wanted} - {row[0] for row in found})
        if ahead and missing and wait_seconds:
            self._ahead = None  # it was read before these were locked
            found = [*found, *self.sql.lock_runs(missing, rows.RUN_COLUMNS, wait_seconds)]
        return {RunId(row[0]): _held(row) for row in found}

    def prefetch(self, wanted: Sequence[Key]) -> None:
        """Read steps with their enclosing steps, all at once."""
        keys = with_ancestors(wanted)
        found: Sequence[Sequence[Any]] = []
        if self._ahead:
            found = self._ahead.steps
        left = sorted(keys - self._ahead.step_keys if self._ahead else keys)
        for run_id, at in keys:
            self._shelf(run_id).expect(at)
        for row in (*found, *self.sql.read_keys(tables.STEP, rows.STEP_COLUMNS, left)):
            self._shelf(RunId(row[0])).keep(rows.step_state(row))

    def shelf(self, run_id: RunId) -> Shelf:
        """Return where a book of this run reads."""
        return self._shelf(run_id)

    def _shelf(self, run_id: RunId) -> RunShelf:
        if run_id not in self._shelves:
            self._shelves[run_id] = RunShelf(self.sql, run_id)
        return self._shelves[run_id]

    def fences(self, wanted: Sequence[Key]) -> dict[Key, str]:
        """Return the fences of claimed attempts."""
        known = self._ahead.step_keys if self._ahead else frozenset()
        found = list(self._ahead.fences) if self._ahead else []
        found += self.sql.read_keys(tables.QUEUE, "run_id, path, fence", sorted({*wanted} - known))
        return {(RunId(row[0]), StepPath(row[1])): row[2] for row in found if row[2]}

    def stopping(self, run_id: RunId) -> dict[tuple[StepPath, int], Stop]:
        """Return the given-up attempts of a run that may still be at work."""
        statement = f"SELECT path, attempt, fence, asked_at FROM {tables.STOPPING.name} WHERE run_id = ?"
        stops = (
            Stop(path=StepPath(row[0]), attempt=row[1], fence=row[2], at=row[3] / 1e6)
            for row in self.sql.read(statement, [run_id])
        )
        return {stop.key: stop for stop in stops}

    def children(self, run_id: RunId) -> list[RunId]:
        """Return the unfinished runs that steps of a run wait for."""
        marks = ", ".join("?" for _ in RUN_LIVE)
        statement = f"SELECT id FROM {tables.RUN.name} WHERE parent_id = ? AND status IN ({marks}) ORDER BY id"
        return [RunId(row[0]) for row in self.sql.read(statement, [run_id, *(status.value for status in RUN_LIVE)])]

    def mail(self, run_ids: Sequence[RunId]) -> list[Mail]:
        """Read what waits in the mailboxes of locked runs, oldest first; what can't be read is set aside."""
        if not run_ids:
            return []
        found = self._ahead.mail if self._ahead else self.sql.read_in(*MAIL, run_ids, "ORDER BY id")
        wanted = set(run_ids)
        letters = (self._letter(row) for row in found if row[1] in wanted)
        return [letter for letter in letters if letter is not None]

    def _letter(self, row: Sequence[Any]) -> Mail | None:
        try:
            message = rows.read_message(row[3])
        except (ValueError, TypeError, KeyError) as error:
            problem = f"it can't be read: {type(error).__name__}: {error}"
            self.sql.run(f"UPDATE {tables.MESSAGE.name} SET problem = ? WHERE id = ?", [problem, row[0]])
            return None
        return Mail(id=row[0], run_id=RunId(row[1]), key=row[2], message=message)

    def drop_mail(self, ids_: Sequence[int]) -> None:
        """Remove considered messages, by their ids."""
        self.sql.many(f"DELETE FROM {tables.MESSAGE.name} WHERE problem = '' AND id = ?", [(one,) for one in ids_])

    def set_aside(self, mail: Mail, problem: str) -> None:
        """Keep a message that can't be considered, with the reason, and hold the attempt it is about."""
        fence = getattr(mail.message, "fence", None)
        if fence is not None:
            hold = "UPDATE orchestrator_queue SET held = ?, worker = NULL, fence = NULL, claimed_at = NULL"
            self.sql.run(f"{hold} WHERE run_id = ? AND fence = ?", [True, mail.run_id, fence])
        if mail.id is None:
            key = mail.key or f"aside:{mail.run_id}:{self.sql.token()}"
            self._post([(mail.run_id, key, rows.message_text(mail.message), rows.micros(self.now()), problem)])
        else:
            self.sql.run(f"UPDATE {tables.MESSAGE.name} SET problem = ? WHERE id = ?", [problem, mail.id])

    def post(self, mail: Sequence[Mail]) -> None:
        """Put messages into mailboxes; one with a known key is left out."""
        self._post(
            [
                (one.run_id, one.key or self.sql.token(), rows.message_text(one.message), rows.micros(self.now()), "")
                for one in mail
            ]
        )

    def _post(self, lines: list[rows.Row]) -> None:
        self.sql.insert(tables.MESSAGE, lines, "ON CONFLICT (key) DO NOTHING")

    def answered(self, key: str) -> Verdict | None:
        """Return what was answered to a message with this key."""
        found = self.sql.read("SELECT status, reason FROM orchestrator_verdict WHERE key = ?", [key])
        return Verdict(status=found[0][0], reason=found[0][1]) if found else None

    def answer(self, key: str, run_id: RunId, verdict: Verdict) -> None:
        """Keep an answer for those who ask again."""
        self.sql.run(
            "INSERT INTO orchestrator_verdict (key, run_id, status, reason, at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO NOTHING",
            [key, run_id, verdict.status, verdict.reason, rows.micros(self.now())],
        )

    def keep(self, artifacts: Mapping[str, str]) -> None:
        """Keep large values by their content hash."""
        now = rows.micros(self.now())
        lines = [(hash_, len(text), text, now) for hash_, text in sorted(artifacts.items())]
        self.sql.insert(tables.ARTIFACT, lines, "ON CONFLICT (hash) DO NOTHING")

    def write(self, changes: Sequence[Changes]) -> None:
        """Append events and bring every projection up to them."""
        with self.sql.batch():
            self._write(changes)

    def _write(self, changes: Sequence[Changes]) -> None:
        sql = self.sql
        for one in changes:
            self._sweep(one)
            self._write_stops(one)
        sql.delete(tables.QUEUE, [(one.run.id, path) for one in changes for path in one.unqueued])
        steps = [rows.step_row(one.run.id, state) for one in changes for state in one.steps]
        progress = [rows.run_progress(one) for one in changes if not one.is_after_end]
        attempts = [rows.attempt_row(one.run.id, fact) for one in changes for fact in one.attempts]
        events = [rows.event_row(one.run.id, fact) for one in changes for fact in one.events]
        sql.put([
            Write(table=tables.EVENT, lines=events),
            Write(table=tables.STEP, lines=steps, conflict=sql.replacing(tables.STEP)),
            Write(table=tables.QUEUE, lines=[rows.queue_row(one, row) for one in changes for row in one.queued]),
            Write(table=tables.ATTEMPT, lines=attempts),
            Write(table=tables.RUN_PROGRESS, lines=progress, is_update=True),
        ])  # fmt: skip
        for one in changes:
            self._write_rare(one)

    def _write_stops(self, one: Changes) -> None:
        """Remember who is at work on what was given up, before the queue forgets it."""
        given_up, run_id = set(one.given_up), one.run.id
        if given_up:
            statement = "SELECT path, attempt, worker, fence FROM orchestrator_queue WHERE run_id = ?"
            claimed = self.sql.read(f"{statement} AND worker IS NOT NULL", [run_id])
            lines = [(run_id, *row, rows.micros(self.now())) for row in claimed if row[0] in given_up]
            self.sql.insert(tables.STOPPING, lines, self.sql.replacing(tables.STOPPING))
        self.sql.delete(tables.STOPPING, [(run_id, path, attempt) for path, attempt in one.stopped])

    def _sweep(self, one: Changes) -> None:
        """Change the steps that the advance did not read."""
        for path, at in one.swept:
            if at is None:
                self.sql.restore_items(one.run.id, path)
            else:
                self.sql.cancel_under(one.run.id, path, rows.micros(at))

    def _write_rare(self, one: Changes) -> None:
        sql, run_id = self.sql, one.run.id
        if one.is_after_end:
            sql.run("UPDATE orchestrator_run SET n = ? WHERE id = ?", [one.run.n, run_id])
        if one.bound:
            agents = rows.json_value(sql.read("SELECT agents FROM orchestrator_run WHERE id = ?", [run_id])[0][0])
            kept = codec.dumps({**agents, **one.bound})
            sql.run("UPDATE orchestrator_run SET agents = ? WHERE id = ?", [kept, run_id])
        for path in one.sent_back:
            statement = "UPDATE orchestrator_attempt SET sent_back = ? WHERE run_id = ? AND path = ? AND status = ?"
            sql.run(statement, [True, run_id, path, AttemptStatus.SUCCEEDED.value])
        for path in one.no_timers:
            sql.run("DELETE FROM orchestrator_timer WHERE run_id = ? AND path = ?", [run_id, path])
        timers = [(run_id, path, name, rows.micros(due)) for path, name, due in one.timers]
        sql.insert(tables.TIMER, timers, sql.replacing(tables.TIMER))
        self._write_gates(one)
        if one.hold is not None:
            sql.run("UPDATE orchestrator_queue SET held = ? WHERE run_id = ?", [one.hold, run_id])
        self.post([Mail(run_id=run_id, key=key, message=message) for key, message in one.go_on])

    def _write_gates(self, one: Changes) -> None:
        if one.gates:
            team = self.sql.read("SELECT team_id FROM orchestrator_run WHERE id = ?", [one.run.id])[0][0]
            lines = [rows.gate_row(one.run, recorded, team) for recorded in one.gates]
            self.sql.insert(tables.GATE, lines, self.sql.replacing(tables.GATE))
        self.sql.insert(tables.DECISION, [rows.decision_row(one.run.id, recorded) for recorded in one.decisions])
        held = {state.path: state.memo.get("shown") for state in one.steps}
        for recorded in one.decisions:
            decided = cast("GateDecided", recorded.fact)
            if decided.verdict == "approve" and decided.edits:
                self.sql.run(
                    "UPDATE orchestrator_gate SET digest = ?, shown = ? WHERE run_id = ? AND path = ?",
                    [decided.digest, rows.json_text(held[decided.path]), one.run.id, decided.path],
                )
        for recorded in one.gates_closed:
            closed = cast("GateClosed", recorded.fact)
            self.sql.run(
                "UPDATE orchestrator_gate SET status = ?, reason = ?, closed_at = ? WHERE run_id = ? AND path = ?",
                [closed.status.value, closed.reason, rows.micros(recorded.at), one.run.id, closed.path],
            )

    def claim(self, worker: str, wants: Mapping[Lane, int]) -> list[Claim]:
        """Claim up to so many attempts of each lane, highest priority first, then oldest."""
        taken: list[Sequence[Any]] = []
        for lane, count in wants.items():
            if count > 0:
                taken += self.sql.claim(lane.value, worker, count, rows.micros(self.now()))
        return self._claims(taken)

    def _claims(self, taken: Iterable[Sequence[Any]]) -> list[Claim]:
        """Make claims of the rows that `Sql.claim` returns."""
        return [
            Claim(
                run_id=RunId(row[0]), path=StepPath(row[1]), attempt=row[2], agent=row[3], lane=Lane(row[4]),
                timeout_seconds=row[5], fence=Fence(row[6]), claimed_at=self.now(),
                agent_version=rows.json_value(row[9]).get(row[3], 0), input=rows.json_value(row[7]),
                refs=rows.json_value(row[8]) or {}, correlation_id=row[10], budgets=rows.json_value(row[11]) or {},
                workflow=row[12], version=row[13],
            )
            for row in taken
        ]  # fmt: skip


def _held(row: Sequence[Any]) -> Held:
    return Held(
        run=rows.run_state(row), agents=rows.json_value(row[16]), priority=row[17], card_id=row[18],
        workflows=rows.json_value(row[22]) or {}, team_id=row[23], correlation_id=row[24], title=row[25],
        budgets=rows.json_value(row[26]) or {}, proven=rows.json_value(row[27]),
    )  # fmt: skip


def sql_of(tx: Tx) -> Sql:
    """Return the dialect of a transaction of this store."""
    assert isinstance(tx, SqlTx)
    return tx.sql
