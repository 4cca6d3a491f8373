"""One transaction of the in-memory store. What it does to the tables is taken back when the transaction fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from orchestrator.core import codec, records
from orchestrator.core.agents import Lane
from orchestrator.core.book import Recorded, Shelf, after_sweep, has_fallen, is_halted
from orchestrator.core.events import AttemptEnded, GateClosed, GateDecided
from orchestrator.core.ids import Fence, RunId, StepPath, parent, under
from orchestrator.core.messages import Verdict
from orchestrator.core.outcomes import Json
from orchestrator.core.snapshot import restored, stored
from orchestrator.core.state import RunState, StepState
from orchestrator.engine.changes import Changes, QueueRow
from orchestrator.engine.memory.tables import GateItem, MailRow, QueueItem, RunRow, StepKey, StopItem, Tables, TimerItem
from orchestrator.engine.ports import Claim, Held, Mail, Stop
from orchestrator.engine.requests import Bindings, StartRequest


class MemoryShelf:
    """Reads the steps of one run as they were before the advance."""

    def __init__(self, tables: Tables, run_id: RunId) -> None:
        self._tables, self._run_id = tables, run_id

    def step(self, path: StepPath) -> StepState | None:
        """Return a step, or None when there is none yet."""
        return self._tables.steps(self._run_id).get(path)

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        """Return the unfinished steps strictly below a path."""
        every = self._tables.steps(self._run_id).values()
        return [state for state in every if not state.is_ended and under(state.path, path)]

    def fallen(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that had begun and failed or were given up."""
        every = self._tables.steps(self._run_id).values()
        return [state for state in every if state.path and parent(state.path) == path and has_fallen(state)]

    def halted(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that were given up before they had begun."""
        every = self._tables.steps(self._run_id).values()
        return [state for state in every if is_halted(state) and parent(state.path) == path]

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken the queued attempt of a step."""
        row = self._tables.queue.get((self._run_id, path))
        return row is not None and row.worker is not None

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""
        return codec.loads(self._tables.artifacts[ref])


class MemoryTx:
    """See the module."""

    def __init__(self, tables: Tables, clock: Callable[[], float], busy: Collection[RunId]) -> None:
        self.tables = tables
        self._now, self._busy = clock(), busy

    def now(self) -> float:
        """Return the time at which the transaction began."""
        return self._now

    def create(self, run_id: RunId, request: StartRequest, bound: Bindings) -> RunId | None:
        """Make a run's row; return the id of the run that has the same key instead."""
        if request.key is not None:
            if request.key in self.tables.keys:
                return self.tables.keys[request.key]
            self.tables.keys.put(request.key, run_id)
        self.tables.runs.add(run_id, RunRow(state=RunState(id=run_id), request=request, bound=bound))
        return None

    def expect(self, run_ids: Sequence[RunId], steps: Sequence[StepKey]) -> None:
        """Do nothing: everything is at hand."""

    def lock(self, run_ids: Sequence[RunId], wait_seconds: float) -> dict[RunId, Held]:
        """Return runs; a transaction holds all but those that are said to be busy."""
        rows = {run_id: self.tables.runs[run_id] for run_id in sorted(run_ids) if run_id in self.tables.runs}
        return {run_id: _held(row) for run_id, row in rows.items() if run_id not in self._busy}

    def prefetch(self, wanted: Sequence[StepKey]) -> None:
        """Do nothing: everything is at hand."""

    def shelf(self, run_id: RunId) -> Shelf:
        """Return where a book of this run reads."""
        return MemoryShelf(self.tables, run_id)

    def fences(self, wanted: Sequence[StepKey]) -> dict[StepKey, str]:
        """Return the fences of claimed attempts."""
        found = {key: self.tables.queue[key].fence for key in wanted if key in self.tables.queue}
        return {key: fence for key, fence in found.items() if fence}

    def stopping(self, run_id: RunId) -> dict[tuple[StepPath, int], Stop]:
        """Return the given-up attempts of a run that may still be at work."""
        return {item.stop.key: item.stop for (of, _, _), item in self.tables.stopping.items() if of == run_id}

    def children(self, run_id: RunId) -> list[RunId]:
        """Return the unfinished runs that steps of a run wait for."""
        return [
            row.state.id for row in self.tables.runs.values() if row.request.parent == run_id and not row.state.is_ended
        ]

    def mail(self, run_ids: Sequence[RunId]) -> list[Mail]:
        """Read what waits in the mailboxes of locked runs, oldest first; what can't be read is set aside."""
        found: list[Mail] = []
        for row in list(self.tables.mail.values()):
            if row.problem or row.run_id not in run_ids:
                continue
            try:
                message = records.read_message(row.type, cast("Mapping[str, Json]", codec.loads(row.text)))
            except (ValueError, TypeError) as error:
                self.tables.mail.put(row.key, replace(row, problem=f"{type(error).__name__}: {error}"))
            else:
                found.append(Mail(id=row.id, run_id=row.run_id, key=row.key, message=message))
        return sorted(found, key=lambda letter: letter.id or 0)

    def drop_mail(self, ids: Sequence[int]) -> None:
        """Remove considered messages, by their ids."""
        for row in [row for row in self.tables.mail.values() if row.id in ids and not row.problem]:
            self.tables.mail.drop(row.key)

    def set_aside(self, mail: Mail, problem: str) -> None:
        """Keep a message that can't be considered, with the reason, and hold the attempt it is about."""
        fence = getattr(mail.message, "fence", None)
        for key, item in [(key, item) for key, item in self.tables.queue.items() if fence and item.fence == fence]:
            self.tables.queue.put(key, replace(item, held=True, worker=None, fence=None))
        row = self._letter(mail, mail.key or f"aside:{mail.run_id}:{self.tables.next_id()}")
        self.tables.mail.put(row.key, replace(row, problem=problem))

    def post(self, mail: Sequence[Mail]) -> None:
        """Put messages into mailboxes; one with a known key is left out."""
        for letter in mail:
            key = letter.key or f"letter:{self.tables.next_id()}"
            if key not in self.tables.mail:
                self.tables.mail.add(key, self._letter(letter, key))

    def _letter(self, mail: Mail, key: str) -> MailRow:
        number = mail.id or self.tables.next_id()
        text = records.write(mail.message)
        return MailRow(id=number, run_id=mail.run_id, key=key, type=mail.message.type, text=text)

    def answered(self, key: str) -> Verdict | None:
        """Return what was answered to a message with this key."""
        return self.tables.verdicts.get(key)

    def answer(self, key: str, run_id: RunId, verdict: Verdict) -> None:
        """Keep an answer for those who ask again."""
        if key not in self.tables.verdicts:
            self.tables.verdicts.put(key, verdict)

    def keep(self, artifacts: Mapping[str, str]) -> None:
        """Keep large values by their content hash."""
        for ref, text in artifacts.items():
            self.tables.artifacts.put(ref, text)

    def write(self, changes: Sequence[Changes]) -> None:
        """Append events and bring every projection up to them."""
        for one in changes:
            self._write_run(one)
            self._write_steps(one)
            self._write_queue(one)
            self._write_gates(one)
            self.post([Mail(run_id=one.run.id, key=key, message=message) for key, message in one.go_on])

    def _write_run(self, one: Changes) -> None:
        for recorded in one.events:
            kept = _reread(recorded, self.shelf(one.run.id).artifact)
            self.tables.events.add((one.run.id, recorded.n), kept)
        row = replace(self.tables.runs[one.run.id], state=one.run)
        if one.bound:
            row = replace(row, bound=replace(row.bound, agents={**row.bound.agents, **one.bound}))
        if one.root is not None:
            row = replace(row, output=one.root.output, output_ref=one.root.output_ref)
        self.tables.runs.put(one.run.id, row)

    def _write_steps(self, one: Changes) -> None:
        steps = self.tables.steps(one.run.id)
        for top, at in one.swept:
            for state in list(steps.values()):
                if (after := after_sweep(state, top, at)) is not state:
                    steps.put(state.path, after)
            gone = [key for key in self.tables.timers if at and key[0] == one.run.id and under(key[1], top)]
            for key in gone:
                self.tables.timers.drop(key)
        for state in one.steps:
            steps.put(state.path, state)

    def _write_queue(self, one: Changes) -> None:
        run_id = one.run.id
        self._write_stops(one)
        for path in one.unqueued:
            self.tables.queue.drop((run_id, path))
        for row in one.queued:
            self.tables.queue.add((run_id, row.path), self._queued(one, row))
        for recorded in one.attempts:
            fact = cast("AttemptEnded", recorded.fact)
            self.tables.attempts.add((run_id, fact.path, fact.attempt), recorded)
        for timer in [timer for timer in self.tables.timers if timer[0] == run_id and timer[1] in one.no_timers]:
            self.tables.timers.drop(timer)
        for path, name, due in one.timers:
            self.tables.timers.put((run_id, path, name), TimerItem(id=self.tables.next_id(), due_at=due))
        if one.hold is not None:
            for key, item in [(key, item) for key, item in self.tables.queue.items() if key[0] == run_id]:
                self.tables.queue.put(key, replace(item, held=one.hold))

    def _write_stops(self, one: Changes) -> None:
        run_id = one.run.id
        for path in one.given_up:
            item = self.tables.queue.get((run_id, path))
            if item is not None and item.worker is not None:
                stop = Stop(path=path, attempt=item.attempt, fence=str(item.fence), at=self._now)
                self.tables.stopping.put((run_id, path, item.attempt), StopItem(worker=item.worker, stop=stop))
        for path, attempt in one.stopped:
            self.tables.stopping.drop((run_id, path, attempt))

    def _queued(self, one: Changes, row: QueueRow) -> QueueItem:
        return QueueItem(
            id=self.tables.next_id(), run_id=one.run.id, path=row.path, attempt=row.attempt, agent=row.agent,
            lane=row.lane, priority=one.priority, ready_at=row.ready_at, timeout_seconds=row.timeout_seconds,
            held=one.run.paused,
        )  # fmt: skip

    def _write_gates(self, one: Changes) -> None:
        gates = self.tables.gates
        for recorded in one.gates:
            gates.put((one.run.id, recorded.fact.path), GateItem(opened=recorded))
        for recorded in one.decisions:
            decided = cast("GateDecided", recorded.fact)
            self.tables.decisions.add((one.run.id, recorded.n), recorded)
            key = (one.run.id, decided.path)
            gates.put(key, replace(gates[key], digest=decided.digest))
        for recorded in one.gates_closed:
            closed = cast("GateClosed", recorded.fact)
            key = (one.run.id, closed.path)
            gates.put(key, replace(gates[key], status=closed.status, reason=closed.reason))

    def claim(self, worker: str, wants: Mapping[Lane, int]) -> list[Claim]:
        """Claim up to so many attempts of each lane, highest priority first, then oldest."""
        claims: list[Claim] = []
        for lane, count in wants.items():
            free = [
                item
                for item in self.tables.queue.values()
                if item.worker is None and not item.held and item.lane == lane and item.ready_at <= self._now
            ]
            free.sort(key=lambda item: (-item.priority, item.ready_at, item.id))
            claims += [self._claim(item, worker) for item in free[: max(count, 0)]]
        return claims

    def _claim(self, item: QueueItem, worker: str) -> Claim:
        fence = Fence(f"fence-{self.tables.next_id()}")
        self.tables.queue.put((item.run_id, item.path), replace(item, worker=worker, fence=fence))
        row, state = self.tables.runs[item.run_id], self.tables.steps(item.run_id)[item.path]
        return Claim(
            run_id=item.run_id, path=item.path, attempt=item.attempt, agent=item.agent,
            agent_version=row.bound.agents.get(item.agent, 0), lane=item.lane, fence=fence,
            timeout_seconds=item.timeout_seconds, claimed_at=self._now, input=state.input, refs=state.refs,
            correlation_id=row.request.correlation_id or item.run_id, budgets=row.bound.budgets,
            workflow=row.state.workflow, version=row.state.version,
        )  # fmt: skip


def _held(row: RunRow) -> Held:
    request = row.request
    return Held(
        run=row.state, agents=row.bound.agents, workflows=row.bound.workflows, priority=request.priority,
        card_id=request.card_id, team_id=request.team_id, correlation_id=request.correlation_id, title=request.title,
        budgets=row.bound.budgets, proven=row.bound.proven,
    )  # fmt: skip


def _reread(recorded: Recorded, artifact: Callable[[str], Json]) -> Recorded:
    """Write a fact and read it back, as a database would."""
    data = cast("Mapping[str, Json]", codec.loads(records.write(stored(recorded.fact))))
    fact = restored(records.read_fact(recorded.fact.type, data), artifact)
    return replace(recorded, fact=fact)
