"""The in-memory store: one transaction at a time, taken back when it fails; leases, and what is due."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from orchestrator.core import codec, ids
from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import WakeStep
from orchestrator.core.outcomes import Json, Waits
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.comparing import Accepted
from orchestrator.engine.memory.tables import QueueItem, Tables
from orchestrator.engine.memory.tx import MemoryTx
from orchestrator.engine.ports import PARKED, UNREPORTED, Claim, Lost, Mail, Tx

T = TypeVar("T")


class MemoryStore:
    """See the module."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.tables = Tables()
        self.busy: set[RunId] = set()
        """Runs that are held by somebody else, as far as transactions can tell."""
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._later: list[Callable[[], None]] = []

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Hold a transaction open; inner ones are part of it."""
        calls: list[Callable[[], None]] = []
        with self._lock:
            mark, later = len(self.tables.journal), len(self._later)
            self._depth += 1
            try:
                yield
            except BaseException:
                self.tables.back_to(mark)
                del self._later[later:]
                raise
            finally:
                self._depth -= 1
            if self._depth == 0:
                self.tables.journal.clear()
                calls, self._later = self._later, []
        for call in calls:
            call()

    def transact(self, work: Callable[[Tx], T]) -> T:
        """Do work in one transaction, or in the one that is open on this thread."""
        with self.atomic():
            return work(MemoryTx(self.tables, self._clock, self.busy))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call once the open transaction is committed; at once when there is none."""
        with self._lock:
            if self._depth:
                self._later.append(call)
                return
        call()

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def now(self) -> float:
        """Return the time."""
        return self._clock()

    def artifact(self, ref: str) -> Json:
        """Return a large value."""
        return codec.loads(self.tables.artifacts[ref])

    def result_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the outputs of a step's succeeded children as JSON texts, by path."""
        found = [
            state
            for state in list(self.tables.steps(RunId(run_id)).values())
            if state.status == StepStatus.SUCCEEDED and ids.parent(state.path) == parent
        ]
        kept = self.tables.artifacts
        return {
            state.path: kept[state.output_ref] if state.output_ref else codec.dumps(state.output) for state in found
        }

    def accepted(self, run_id: str, paths: Sequence[str], limit: int) -> list[Accepted]:
        """Return what reviews at these paths let out in the latest succeeded runs of the same workflow."""
        own = self.tables.runs[RunId(run_id)].state.workflow
        earlier = [(one, row.state) for one, row in list(self.tables.runs.items()) if one < run_id]
        runs = [one for one, run in earlier if (run.workflow, run.status) == (own, RunStatus.SUCCEEDED)]
        found = [
            (one, state) for one in sorted(runs, reverse=True)[:limit] for state in self.tables.steps(one).values()
        ]
        return [
            Accepted(run_id=one, given=state.input.get("given"), output=state.output)
            for one, state in found
            if state.path in paths and (state.kind, state.status) == ("review", StepStatus.SUCCEEDED)
            and not state.output_ref and isinstance(state.input, dict)
        ]  # fmt: skip

    def item_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the items of a map as JSON texts, by path."""
        every = list(self.tables.steps(RunId(run_id)).values())
        return {state.path: codec.dumps(state.item) for state in every if ids.parent(state.path) == parent}

    def exists(self, run_id: RunId) -> bool:
        """Tell whether there is such a run."""
        return run_id in self.tables.runs

    def asked_for(self, run_id: RunId) -> tuple[str, Json, str]:
        """Return what a run was started with, as `StartRequest.asked` does."""
        return self.tables.runs[run_id].request.asked

    def waiting_mail(self, limit: int = 100) -> list[RunId]:
        """Return runs whose mailbox has something to consider."""
        waiting = (row.run_id for row in list(self.tables.mail.values()) if not row.problem)
        return list(dict.fromkeys(waiting))[:limit]

    def waiting_mail_of(self, run_ids: Sequence[RunId]) -> list[RunId]:
        """Return those of some runs whose mailbox has something to consider."""
        return [run_id for run_id in self.waiting_mail(len(self.tables.mail)) if run_id in run_ids]

    def beat(self, worker: str, lease_seconds: float, slots: int = 0) -> None:
        """Extend a worker's lease, making its row when there is none."""
        with self.atomic():
            self.tables.workers.put(worker, self._clock() + lease_seconds)

    def retire(self, worker: str) -> None:
        """Give a worker's claims back and forget it: it ends in good order."""
        with self.atomic():
            self._free([item for item in self._claimed() if item.worker == worker])
            self.tables.workers.drop(worker)

    def release(self, worker: str, fences: Sequence[str]) -> None:
        """Give some of a worker's claims back."""
        with self.atomic():
            self._free([item for item in self._claimed() if item.worker == worker and item.fence in fences])

    def put_back(self, claim: Claim, waits: Waits) -> None:
        """Give a claim back until what it waits for is there; without effect when it was taken away."""
        with self.atomic():
            for item in self._of(claim):
                later = replace(item, worker=None, fence=None, ready_at=self._clock() + waits.seconds)
                self.tables.queue.put((item.run_id, item.path), replace(later, waits_for=waits.key))

    def park(self, claim: Claim, seconds: float) -> None:
        """Let somebody else report a claim, under the same fence, within some time."""
        with self.atomic():
            for item in self._of(claim):
                parked = replace(item, worker=PARKED, parked_until=self._clock() + seconds)
                self.tables.queue.put((item.run_id, item.path), parked)

    def _of(self, claim: Claim) -> list[QueueItem]:
        item = self.tables.queue.get((claim.run_id, claim.path))
        return [item] if item is not None and item.fence == claim.fence else []

    def wake(self, key: str, most: int | None = None) -> dict[Lane, int]:
        """Make due what waits for something, the longest first; return how many of each lane."""
        with self.atomic():
            waiting = [one for one in self.tables.queue.values() if one.waits_for == key and one.worker is None][:most]
            for item in waiting:
                due = replace(item, ready_at=self._clock(), waits_for="")
                self.tables.queue.put((item.run_id, item.path), due)
        return dict(Counter(item.lane for item in waiting))

    def held(self, worker: str) -> set[str]:
        """Return the fences a worker still holds."""
        return {str(item.fence) for item in self._claimed() if item.worker == worker}

    def lost(self, limit: int = 200) -> list[Lost]:
        """Return attempts whose worker's lease has run out."""
        now, workers = self._clock(), self.tables.workers
        return [
            Lost(
                run_id=item.run_id,
                path=item.path,
                attempt=item.attempt,
                fence=str(item.fence),
                worker=item.worker,
                reason="" if item.parked_until is None else UNREPORTED,
            )
            for item in self._claimed()
            if item.worker is not None
            and (workers.get(item.worker, 0.0) if item.parked_until is None else item.parked_until) < now
        ][:limit]

    def lost_stops(self, limit: int = 200) -> list[Lost]:
        """Return given-up attempts whose worker is gone before it could say how they ended."""
        now, workers = self._clock(), self.tables.workers
        return [
            Lost(run_id=run_id, path=path, attempt=attempt, fence=item.stop.fence, worker=item.worker)
            for (run_id, path, attempt), item in list(self.tables.stopping.items())
            if workers.get(item.worker, 0.0) < now
        ][:limit]

    def expire_all(self) -> int:
        """End every worker's lease at once; return how many there were."""
        with self.atomic():
            until = self._clock() + 30.0
            for item in self._claimed():
                if item.parked_until is not None and item.parked_until < until:
                    self.tables.queue.put((item.run_id, item.path), replace(item, parked_until=until))
            every = list(self.tables.workers)
            for worker in every:
                self.tables.workers.drop(worker)
            return len(every)

    def forget_dead_workers(self) -> None:
        """Remove workers whose lease ran out and that hold nothing any more."""
        with self.atomic():
            holding = {item.worker for item in self._claimed()}
            now = self._clock()
            for worker in [name for name, until in self.tables.workers.items() if until < now and name not in holding]:
                self.tables.workers.drop(worker)

    def due_timers(self, limit: int = 500) -> list[Mail]:
        """Return the wake-ups that are due."""
        now = self._clock()
        due = [(timer.due_at, timer.id, key) for key, timer in list(self.tables.timers.items()) if timer.due_at <= now]
        return [
            Mail(id=number, run_id=run_id, message=WakeStep(path=StepPath(path), timer=name))
            for _, number, (run_id, path, name) in sorted(due)[:limit]
        ]

    def drop_timers(self, tx: Tx, ids: Sequence[int]) -> set[int]:
        """Remove timers in a transaction; return those that were still there."""
        there = [(key, timer.id) for key, timer in self.tables.timers.items() if timer.id in ids]
        for key, _ in there:
            self.tables.timers.drop(key)
        return {number for _, number in there}

    def ready(self) -> dict[Lane, int]:
        """Return how many attempts of each lane could be claimed now."""
        counts: dict[Lane, int] = {}
        for item in list(self.tables.queue.values()):
            if item.worker is None and not item.held and item.ready_at <= self._clock():
                counts[item.lane] = counts.get(item.lane, 0) + 1
        return counts

    def next_moment(self) -> float | None:
        """Return when the next timer or held-back attempt is due."""
        timers = [timer.due_at for timer in list(self.tables.timers.values())]
        free = [item for item in list(self.tables.queue.values()) if item.worker is None and not item.held]
        later = [item.ready_at for item in free if item.ready_at > self._clock()]
        return min(timers + later, default=None)

    def _claimed(self) -> list[QueueItem]:
        return [item for item in list(self.tables.queue.values()) if item.worker is not None]

    def _free(self, items: Sequence[QueueItem]) -> None:
        for item in items:
            self.tables.queue.put((item.run_id, item.path), replace(item, worker=None, fence=None))
