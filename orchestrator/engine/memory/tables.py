"""The rows of an in-memory store, and dictionaries that can take back what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from orchestrator.core.agents import Lane
from orchestrator.core.book import Recorded
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.messages import Verdict
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import GateStatus
from orchestrator.engine.ports import Stop
from orchestrator.engine.requests import Bindings, StartRequest

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Journal = list[Callable[[], object]]
StepKey = tuple[RunId, StepPath]


class Duplicate(Exception):
    """A second row with a key that must be unique."""


class Table(dict[K, V]):
    """A dictionary that writes down how to take each change back."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def put(self, key: K, value: V) -> None:
        """Set a row, there or not."""
        if key in self:
            before = self[key]
            self._journal.append(lambda: self.__setitem__(key, before))
        else:
            self._journal.append(lambda: self.pop(key))
        self[key] = value

    def add(self, key: K, value: V) -> None:
        """Insert a row; raises Duplicate when there is one."""
        if key in self:
            raise Duplicate(f"{key} is there already")
        self.put(key, value)

    def drop(self, key: K) -> None:
        """Remove a row, there or not."""
        if key in self:
            before = self[key]
            self._journal.append(lambda: self.__setitem__(key, before))
            del self[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run, what it was asked for with, and its result."""

    state: RunState
    request: StartRequest
    bound: Bindings
    output: Json = None
    output_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """A live attempt."""

    id: int
    run_id: RunId
    path: StepPath
    attempt: int
    agent: str
    lane: Lane
    priority: int
    ready_at: float
    timeout_seconds: float
    held: bool
    worker: str | None = None
    fence: Fence | None = None
    waits_for: str = ""
    parked_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """A message as it lies in a mailbox: written as text, so that what can't be written is found out."""

    id: int
    run_id: RunId
    key: str
    type: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateItem:
    """A gate as the inbox shows it."""

    opened: Recorded
    status: GateStatus = GateStatus.OPEN
    digest: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerItem:
    """A promise to wake a step."""

    id: int
    due_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopItem:
    """A given-up attempt that was at work."""

    worker: str
    stop: Stop


class Tables:
    """Every table, and the journal of the open transaction."""

    def __init__(self) -> None:
        self.journal: Journal = []
        self.runs: Table[RunId, RunRow] = Table(self.journal)
        self.keys: Table[str, RunId] = Table(self.journal)
        self.events: Table[tuple[RunId, int], Recorded] = Table(self.journal)
        self.queue: Table[StepKey, QueueItem] = Table(self.journal)
        self.stopping: Table[tuple[RunId, StepPath, int], StopItem] = Table(self.journal)
        self.attempts: Table[tuple[RunId, StepPath, int], Recorded] = Table(self.journal)
        self.mail: Table[str, MailRow] = Table(self.journal)
        self.verdicts: Table[str, Verdict] = Table(self.journal)
        self.timers: Table[tuple[RunId, StepPath, str], TimerItem] = Table(self.journal)
        self.gates: Table[StepKey, GateItem] = Table(self.journal)
        self.decisions: Table[tuple[RunId, int], Recorded] = Table(self.journal)
        self.artifacts: Table[str, str] = Table(self.journal)
        self.workers: Table[str, float] = Table(self.journal)
        self._steps: dict[RunId, Table[StepPath, StepState]] = {}
        self._last_id = 0

    def steps(self, run_id: RunId) -> Table[StepPath, StepState]:
        """Return the steps of a run."""
        if run_id not in self._steps:
            self._steps[run_id] = Table(self.journal)
        return self._steps[run_id]

    def next_id(self) -> int:
        """Return a number that was not given before."""
        self._last_id += 1
        return self._last_id

    def back_to(self, mark: int) -> None:
        """Take back every change since the journal was this long."""
        while len(self.journal) > mark:
            self.journal.pop()()
