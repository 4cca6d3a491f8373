"""The same engine on each store, and a window to look at what the store holds. What differs is only here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from django.db import connection, transaction

from orchestrator.core import records
from orchestrator.core.agents import Lane
from orchestrator.core.book import Recorded
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import DecideGate, ReportAttempt, Verdict
from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.signals import Decision
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import GateStatus
from orchestrator.engine.actor import Actor
from orchestrator.engine.driver import Driver, Turn
from orchestrator.engine.engine import Engine
from orchestrator.engine.memory.store import MemoryStore
from orchestrator.engine.memory.world import Clock, CountedHints, MemoryLibrary
from orchestrator.engine.ports import Claim, Mail, Store
from orchestrator.engine.requests import StartRequest
from orchestrator.engine.work import Live, report, work
from orchestrator.store import rows
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of
from orchestrator.store.verify import findings
from tests.core.workflows import AGENTS, Source, read, workflow
from tests.engine.laws import Laws

T = TypeVar("T")
Perform = Callable[[Claim, dict[str, Json]], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A live attempt as any store keeps it."""

    path: str
    attempt: int
    worker: str | None
    fence: str | None
    held: bool


class Window(Protocol):
    """What tests look at."""

    name: str

    def run(self, run_id: RunId) -> RunState: ...
    def steps(self, run_id: RunId) -> dict[str, StepState]: ...
    def events(self, run_id: RunId) -> list[Recorded]: ...
    def queue(self, run_id: RunId) -> list[QueueRow]: ...
    def mailbox(self) -> list[tuple[str, str]]: ...
    def gates(self, run_id: RunId) -> dict[str, str]: ...
    def wrong(self, library: MemoryLibrary) -> list[str]: ...
    def spoil_mail(self, run_id: RunId, key: str) -> None: ...
    def outer(self) -> AbstractContextManager[object]: ...
    def wait(self, seconds: float) -> None: ...


@dataclass
class MemoryWindow:
    """Looks at dictionaries."""

    store: MemoryStore
    clock: Clock
    name: str = "memory"

    def run(self, run_id: RunId) -> RunState:
        return self.store.tables.runs[run_id].state

    def steps(self, run_id: RunId) -> dict[str, StepState]:
        return dict(self.store.tables.steps(run_id))

    def events(self, run_id: RunId) -> list[Recorded]:
        return [self.store.tables.events[key] for key in sorted(self.store.tables.events) if key[0] == run_id]

    def queue(self, run_id: RunId) -> list[QueueRow]:
        found = [item for item in self.store.tables.queue.values() if item.run_id == run_id]
        return [QueueRow(path=one.path, attempt=one.attempt, worker=one.worker, fence=one.fence, held=one.held)
                for one in sorted(found, key=lambda one: one.path)]  # fmt: skip

    def mailbox(self) -> list[tuple[str, str]]:
        return sorted((row.key, row.problem) for row in self.store.tables.mail.values())

    def gates(self, run_id: RunId) -> dict[str, str]:
        return {path: gate.status.value for (of, path), gate in self.store.tables.gates.items() if of == run_id}

    def wrong(self, library: MemoryLibrary) -> list[str]:
        for run_id, row in self.store.tables.runs.items():
            Laws(self.store, library.workflow(row.state.workflow, row.state.version), run_id).check()
        return [row.problem for row in self.store.tables.mail.values() if row.problem]

    def spoil_mail(self, run_id: RunId, key: str) -> None:
        row = self.store.tables.mail[key]
        self.store.transact(lambda tx: self.store.tables.mail.put(key, replace(row, type="fly")))

    def outer(self) -> AbstractContextManager[object]:
        return self.store.atomic()

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)


@dataclass
class TableWindow:
    """Looks at tables."""

    store: DjangoStore
    name: str = field(default_factory=lambda: connection.vendor)

    def _read(self, statement: str, *values: Any) -> list[Any]:
        return list(self.store.transact(lambda tx: sql_of(tx).read(statement, list(values))))

    def run(self, run_id: RunId) -> RunState:
        found = self._read(f"SELECT {rows.RUN_COLUMNS} FROM orchestrator_run WHERE id = ?", run_id)
        return rows.run_state(found[0])

    def steps(self, run_id: RunId) -> dict[str, StepState]:
        found = self._read(f"SELECT {rows.STEP_COLUMNS} FROM orchestrator_step WHERE run_id = ?", run_id)
        return {row[1]: rows.step_state(row) for row in found}

    def events(self, run_id: RunId) -> list[Recorded]:
        found = self._read("SELECT n, at, type, data FROM orchestrator_event WHERE run_id = ? ORDER BY n", run_id)
        return [
            Recorded(n=row[0], at=row[1] / 1e6, fact=records.read_fact(row[2], rows.json_value(row[3])))
            for row in found
        ]

    def queue(self, run_id: RunId) -> list[QueueRow]:
        columns = "path, attempt, worker, fence, held"
        found = self._read(f"SELECT {columns} FROM orchestrator_queue WHERE run_id = ? ORDER BY path", run_id)
        return [QueueRow(path=row[0], attempt=row[1], worker=row[2], fence=row[3], held=bool(row[4])) for row in found]

    def mailbox(self) -> list[tuple[str, str]]:
        return sorted((row[0], row[1]) for row in self._read("SELECT key, problem FROM orchestrator_message"))

    def gates(self, run_id: RunId) -> dict[str, str]:
        return dict(self._read("SELECT path, status FROM orchestrator_gate WHERE run_id = ?", run_id))

    def wrong(self, library: MemoryLibrary) -> list[str]:
        return list(findings(self.store, library))

    def spoil_mail(self, run_id: RunId, key: str) -> None:
        statement = 'UPDATE orchestrator_message SET body = \'{"type":"fly","data":{}}\' WHERE key = ?'
        self.store.transact(lambda tx: sql_of(tx).run(statement, [key]))

    def outer(self) -> AbstractContextManager[object]:
        return transaction.atomic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class World:
    """An engine on one store."""

    store: Store
    window: Window
    clock: Callable[[], float]
    dice: float = 0.5
    fail: Callable[[str], None] = lambda point: None

    def __post_init__(self) -> None:
        self.library, self.hints = MemoryLibrary(), CountedHints()
        actor = Actor(library=self.library, dice=lambda: self.dice)
        self.driver = Driver(
            store=self.store, actor=actor, hints=self.hints, results=self.store, fail=lambda point: self.fail(point)
        )
        self.engine = Engine(store=self.store, driver=self.driver, clock=self.clock)
        for spec in AGENTS:
            self.library.add_agent(spec)

    def knows(self, name: str, *steps: Source) -> None:
        """Make a workflow known that steps can run."""
        self.library.add(read({"workflow": name, "steps": list(steps)}))

    def start(self, *steps: Source, input: Json = None, **more: Any) -> RunId:
        """Start a run of these steps."""
        made = workflow(*steps)
        self.library.add(made)
        request = StartRequest(workflow=made.name, version=made.version, input=input, actor="1", **more)
        return self.engine.start(request).run_id

    def claim(self, worker: str = "w", count: int = 1, lane: Lane = Lane.QUICK) -> list[Claim]:
        """Claim attempts for a worker that is alive."""
        self.store.beat(worker, 60.0)
        return self.driver.turn([], worker=worker, wants={lane: count}).claims

    def mail(self, claim: Claim, output: Json = None, **more: Any) -> Mail:
        """Make the report of a claim."""
        given = {"path": claim.path, "attempt": claim.attempt, "fence": claim.fence, "ok": "failure" not in more}
        message = ReportAttempt(**given, output=output, started_at=claim.claimed_at, ended_at=claim.claimed_at, **more)
        return Mail(run_id=claim.run_id, message=message)

    def report(self, claim: Claim, output: Json = None, **more: Any) -> Verdict:
        """Report a claim."""
        return self.driver.turn([self.mail(claim, output, **more)]).done.verdicts[0]

    def finish(
        self, claim: Claim, worker: str = "w", perform: Perform = lambda claim, given: Ok(output=given), more: int = 0
    ) -> Turn:
        """Have a claim carried out, report it, and claim more of its lane in the same transaction."""
        live = Live(claim=claim, started_at=claim.claimed_at, began=0.0)
        made = report(live, work(live, self.store, lambda at_work, given: perform(claim, given)), 0.01, worker)
        assert made is not None
        mail = Mail(run_id=claim.run_id, message=made.message)
        turn = self.driver.turn(
            [mail], worker=worker, wants={claim.lane: more} if more else None, artifacts=made.artifacts
        )
        self.driver.drain([claim.run_id, *turn.done.woken])
        return turn

    def work_off(self, worker: str = "w", perform: Perform = lambda claim, given: Ok(output=given)) -> int:
        """Do all there is to do; return how many attempts that were."""
        done = 0
        while claims := [*self.claim(worker, 8), *self.claim(worker, 8, Lane.SLOW)]:
            for claim in claims:
                self.finish(claim, worker, perform)
                done += 1
        return done

    def decide(
        self, run_id: RunId, path: str, verdict: str = "approve", actor: str = "7", key: str | None = None, **more: Any
    ) -> Verdict:
        """Let a person decide."""
        decision = Decision(verdict=verdict, actor=actor, **more)
        return self.engine.call(run_id, DecideGate(path=StepPath(path), decision=decision), key)

    def open_gates(self, run_id: RunId) -> list[str]:
        """Return the gates of a run that wait."""
        return sorted(path for path, status in self.window.gates(run_id).items() if status == GateStatus.OPEN)

    def facts(self, run_id: RunId) -> list[str]:
        """Return the types and paths of a run's events."""
        return [f"{one.fact.type} {one.fact.path}".strip() for one in self.window.events(run_id)]

    def check(self) -> None:
        """Check that everything that is kept agrees."""
        assert self.window.wrong(self.library) == []


def memory_world() -> World:
    """Make a world on dictionaries."""
    clock = Clock()
    store = MemoryStore(clock)
    return World(store=store, window=MemoryWindow(store, clock), clock=clock)


def table_world() -> World:
    """Make a world on the database of this test run."""
    store = DjangoStore()
    return World(store=store, window=TableWindow(store), clock=time.time)


def in_threads(world: World, *calls: Callable[[], T]) -> list[T]:
    """Do things at the same time, each on a thread and a connection of its own; return what they came to."""
    found: dict[int, T] = {}
    errors: list[BaseException] = []
    line = threading.Barrier(len(calls))

    def run(number: int, call: Callable[[], T]) -> None:
        try:
            line.wait(10)
            found[number] = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the threads are awaited
            errors.append(error)
        finally:
            world.store.close()

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if errors:
        raise errors[0]
    return [found[number] for number in range(len(calls))]


@contextmanager
def held(world: World, run_id: RunId) -> Iterator[None]:
    """Hold a run from another thread, as somebody does who is in the middle of a transaction."""
    taken, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        def work(tx: Any) -> None:
            assert run_id in tx.lock([run_id], 5.0)
            taken.set()
            assert let_go.wait(30)

        try:
            world.store.transact(work)
        finally:
            world.store.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert taken.wait(10)
        yield
    finally:
        let_go.set()
        thread.join(30)
