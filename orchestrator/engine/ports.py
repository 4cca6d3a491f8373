"""The contracts of what the engine stands on: a store, a library of definitions, hints. Adapters live elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.book import Shelf
from orchestrator.core.definition import Workflow
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.messages import Message, Verdict
from orchestrator.core.outcomes import Json, Waits
from orchestrator.core.state import RunState
from orchestrator.engine.changes import Changes
from orchestrator.engine.requests import Bindings, Budgets, StartRequest
from orchestrator.reliability.trust import Measured

T = TypeVar("T")
PARKED = "parked"
"""Stands for the worker of an attempt that was handed to somebody outside."""
REMOTE = "remote:"
"""How the names of workers elsewhere begin, which lease their work over the API."""
UNREPORTED = "whoever it was handed to did not report it in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A run whose lock this transaction has."""

    run: RunState
    agents: Mapping[str, int]
    """Agent name to the version the run is bound to."""
    workflows: Mapping[str, str] = field(default_factory=dict)
    """Names of the workflows that its steps run, to the versions it is bound to."""
    budgets: Budgets = field(default_factory=dict)
    proven: Mapping[str, bool] | None = None
    """Which agents had passed their saved examples when it began; None where nobody asked."""
    priority: int = 0
    card_id: int | None = None
    team_id: int | None = None
    correlation_id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message to a run. `id` is None when it did not go through the mailbox."""

    run_id: RunId
    message: Message
    key: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One attempt, claimed by one worker."""

    run_id: RunId
    path: StepPath
    attempt: int
    agent: str
    agent_version: int
    lane: Lane
    fence: Fence
    timeout_seconds: float
    claimed_at: float
    input: Json = None
    refs: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str = ""
    budgets: Budgets = field(default_factory=dict)
    """Those of its run, of its step and of what is above it."""
    workflow: str = ""
    version: str = ""
    """Of the workflow."""

    @property
    def names(self) -> dict[str, object]:
        """Return what every log line about it carries."""
        return {"run_id": self.run_id, "step": self.path, "attempt": self.attempt,
                "correlation_id": self.correlation_id, "agent": self.agent}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A claimed attempt whose worker's lease ran out."""

    run_id: RunId
    path: StepPath
    attempt: int
    fence: str
    worker: str
    reason: str = ""
    """Why, where it is not that its worker died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A given-up attempt that was at work, until its worker says how it ended."""

    path: StepPath
    attempt: int
    fence: str
    at: float
    """When it was given up, in seconds since 1970."""

    @property
    def key(self) -> tuple[StepPath, int]:
        """Return what is one in its run."""
        return self.path, self.attempt


class Tx(Protocol):
    """One transaction of the store. Everything a run's change needs, and nothing else."""

    def now(self) -> float:
        """Return the database's time, in seconds since 1970."""

    def create(self, run_id: RunId, request: StartRequest, bound: Bindings) -> RunId | None:
        """Make a run's row; return the id of the run that has the same key instead, or None when it was made."""

    def expect(self, run_ids: Sequence[RunId], steps: Sequence[tuple[RunId, StepPath]]) -> None:
        """Say what is going to be locked and read, so that a store may ask for all of it at once."""

    def lock(self, run_ids: Sequence[RunId], wait_seconds: float) -> dict[RunId, Held]:
        """Lock runs in the order of their ids; leave out those that others hold for longer than the wait."""

    def prefetch(self, wanted: Sequence[tuple[RunId, StepPath]]) -> None:
        """Read steps with their enclosing steps, all at once."""

    def shelf(self, run_id: RunId) -> Shelf:
        """Return where a book of this run reads."""

    def fences(self, wanted: Sequence[tuple[RunId, StepPath]]) -> dict[tuple[RunId, StepPath], str]:
        """Return the fences of claimed attempts."""

    def stopping(self, run_id: RunId) -> dict[tuple[StepPath, int], Stop]:
        """Return the given-up attempts of a locked run that may still be at work, by step and number."""

    def children(self, run_id: RunId) -> list[RunId]:
        """Return the unfinished runs that steps of a run wait for."""

    def mail(self, run_ids: Sequence[RunId]) -> list[Mail]:
        """Read what waits in the mailboxes of locked runs, oldest first."""

    def drop_mail(self, ids: Sequence[int]) -> None:
        """Remove considered messages, by their ids."""

    def set_aside(self, mail: Mail, problem: str) -> None:
        """Keep a message that can't be considered, with the reason, out of the way of the others.

        If it is about a claimed attempt, that is held, else its work would be done again and again; a pause and a
        resumption of the run let it go.
        """

    def post(self, mail: Sequence[Mail]) -> None:
        """Put messages into mailboxes; one with a known key is left out."""

    def answered(self, key: str) -> Verdict | None:
        """Return what was answered to a message with this key."""

    def answer(self, key: str, run_id: RunId, verdict: Verdict) -> None:
        """Keep an answer for those who ask again."""

    def write(self, changes: Sequence[Changes]) -> None:
        """Append events and bring every projection up to them."""

    def keep(self, artifacts: Mapping[str, str]) -> None:
        """Keep large values by their content hash."""

    def claim(self, worker: str, wants: Mapping[Lane, int]) -> list[Claim]:
        """Claim up to so many attempts of each lane, highest priority first, then oldest."""


class Store(Protocol):
    """Where runs live."""

    def transact(self, work: Callable[[Tx], T]) -> T:
        """Do work in one transaction; it may be done again when writers met, so it must not touch anything else."""

    def artifact(self, ref: str) -> Json:
        """Return a large value."""

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call once the open transaction of this thread is committed; at once when there is none."""

    def exists(self, run_id: RunId) -> bool:
        """Tell whether there is such a run."""

    def asked_for(self, run_id: RunId) -> tuple[str, Json, str]:
        """Return what a run was started with, as `StartRequest.asked` does."""

    def waiting_mail_of(self, run_ids: Sequence[RunId]) -> list[RunId]:
        """Return those of some runs whose mailbox has something to consider."""

    def drop_timers(self, tx: Tx, ids: Sequence[int]) -> set[int]:
        """Remove timers in a transaction; return those that were still there."""

    def forget_dead_workers(self) -> None:
        """Remove workers whose lease ran out and that hold nothing any more."""

    def release(self, worker: str, fences: Sequence[str]) -> None:
        """Give some of a worker's claims back."""

    def now(self) -> float:
        """Return the database's time, in seconds since 1970."""

    def close(self) -> None:
        """Close this thread's connection."""

    def waiting_mail(self, limit: int = 100) -> list[RunId]:
        """Return runs whose mailbox has something to consider."""

    def beat(self, worker: str, lease_seconds: float, slots: int = 0) -> None:
        """Extend a worker's lease, making its row when there is none."""

    def retire(self, worker: str) -> None:
        """End a worker's lease now; its attempts are lost without counting against anybody."""

    def put_back(self, claim: Claim, waits: Waits) -> None:
        """Give a claim back until what it waits for is there; without effect when it was taken away."""

    def park(self, claim: Claim, seconds: float) -> None:
        """Let somebody else report a claim, under the same fence, within some time."""

    def wake(self, key: str, most: int | None = None) -> dict[Lane, int]:
        """Make due what waits for something, the longest first; return how many of each lane."""

    def held(self, worker: str) -> set[str]:
        """Return the fences a worker still holds; one that is missing was taken away."""

    def lost(self, limit: int = 200) -> list[Lost]:
        """Return attempts whose worker's lease has run out."""

    def lost_stops(self, limit: int = 200) -> list[Lost]:
        """Return given-up attempts whose worker is gone before it could say how they ended."""

    def expire_all(self) -> int:
        """End every worker's lease at once; return how many there were."""

    def due_timers(self, limit: int = 500) -> list[Mail]:
        """Return the wake-ups that are due."""

    def ready(self) -> dict[Lane, int]:
        """Return how many attempts of each lane could be claimed now."""

    def next_moment(self) -> float | None:
        """Return when the next timer or held-back attempt is due."""


class Library(Protocol):
    """Definitions, by the versions runs are bound to."""

    def workflow(self, name: str, version: str) -> Workflow:
        """Return a version of a workflow."""

    def agent(self, name: str, version: int) -> AgentSpec:
        """Return a version of an agent."""

    def current(self, names: Sequence[str]) -> dict[str, int]:
        """Return the current versions of agents."""

    def capable(self, capability: str) -> list[str]:
        """Return the agents whose current versions can do something."""

    def measured(self, agents: Mapping[str, Sequence[str]]) -> Measured:
        """Return how the latest work of agents came out, what they have in hand, and who gets no work now.

        `agents` has names with the keys of their breakers.
        """

    def current_workflow(self, name: str) -> str | None:
        """Return the current version of a workflow, or None when there is none."""

    def proven(self, agents: Mapping[str, int]) -> dict[str, bool]:
        """Tell of each of these versions whether the latest trial of every saved example passed, and there is one."""

    def define(self, workflow: Workflow, source: Json) -> None:
        """Keep a workflow that no file holds, in the transaction that is open on this thread."""


class Hints(Protocol):
    """Tells others that there may be something for them. A lost hint costs time, never more."""

    def ring(self, lanes: Mapping[Lane, int]) -> None:
        """Say that so many attempts of each lane wait for a slot."""

    def tell(self, topics: Mapping[str, int]) -> None:
        """Say that something that people watch has changed."""

    def follow(self) -> None:
        """Say that runs with cards have moved on."""
