"""The engine as services and doors see it: start a run, send it a message, look after what was left behind."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.core import ids
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.ids import RunId
from orchestrator.core.messages import LoseAttempt, Message, NoteStop, Verdict
from orchestrator.engine.actor import Done
from orchestrator.engine.driver import Driver
from orchestrator.engine.ports import Lost, Mail, Store, Tx
from orchestrator.engine.requests import Started, StartRequest

WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """See the module."""

    store: Store
    driver: Driver
    clock: Callable[[], float]
    bits: Callable[[int], int] = secrets.randbits
    """Makes ids that nobody can guess; a drill hands in what makes the same ones each time."""

    def start(self, request: StartRequest) -> Started:
        """Make a run and take its first steps, in the transaction that is open on this thread, or in its own.

        Raises RejectedConflict when the key belongs to a run of another workflow or input.
        """
        run_id = ids.run_id(round(self.clock() * 1000), self.bits(74))

        def work(tx: Tx) -> tuple[RunId | None, Done]:
            return self.driver.actor.start(tx, run_id, request)

        other, done = self.store.transact(work)
        if other is not None:
            return self._same(other, request)
        self.store.after_commit(lambda: self._started(run_id, done))
        return Started(run_id=run_id, is_new=True)

    def _started(self, run_id: RunId, done: Done) -> None:
        self.driver.tell(done.changes)
        if done.woken or any(one.go_on for one in done.changes):
            self.driver.drain([run_id, *(one.run.id for one in done.changes), *done.woken])

    def _same(self, other: RunId, request: StartRequest) -> Started:
        if self.store.asked_for(other) != request.asked:
            raise RejectedConflict(f"the key '{request.key}' started run {other} with something else; use another key")
        return Started(run_id=other, is_new=False)

    def call(self, run_id: RunId | str, message: Message, key: str | None = None) -> Verdict:
        """Put a message into a run's mailbox and return its answer: 200, 404, 409, or 503 when it is busy."""
        if not self.store.exists(RunId(run_id)):
            return Verdict(status=404, reason=f"there is no run {run_id}")
        return self.driver.call(Mail(run_id=RunId(run_id), message=message, key=key or ""), WAIT_SECONDS)

    def post(self, run_id: RunId | str, message: Message, key: str) -> None:
        """Leave a message in a run's mailbox, in the transaction that is open on this thread.

        It locks no run, so whoever holds cards or columns may do it. After the commit the run considers it; should the
        process die before that, the sweep finds it.
        """
        mail = Mail(run_id=RunId(run_id), message=message, key=key)
        self.store.transact(lambda tx: tx.post([mail]))
        self.store.after_commit(lambda: self.driver.drain([mail.run_id]))

    def expire_all_leases(self) -> int:
        """Give up every claim at once, because all workers are known to be dead; return how many workers there were."""
        count = self.store.expire_all()
        seen: set[str] = set()
        while fresh := [one for one in self.store.lost() if one.fence not in seen]:
            seen |= {one.fence for one in fresh}  # one that stays lost does not keep a start waiting
            self.sweep_lost(blame=False)
        return count

    def sweep_lost(self, *, blame: bool = True) -> int:
        """Report the attempts of dead workers as lost; return how many. One that was lost alone may be to blame."""
        lost = self.store.lost()
        per_worker = Counter(one.worker for one in lost)
        if lost:
            mail = [_as_lost(one, alone=blame and per_worker[one.worker] == 1) for one in lost]
            self.driver.drain(self.driver.turn(mail).done.woken)
        return len(lost)

    def sweep_stops(self) -> int:
        """Say of given-up attempts that they went with their worker; return how many."""
        gone = self.store.lost_stops()
        if gone:
            self.driver.turn([_as_stopped(one) for one in gone])
        return len(gone)

    def sweep_mail(self) -> int:
        """Consider what a lost hint left in mailboxes; return for how many runs."""
        waiting = self.store.waiting_mail()
        if waiting:
            self.driver.drain(waiting)
        return len(waiting)

    def sweep_timers(self) -> int:
        """Wake the steps whose timers are due; return how many."""
        due = self.store.due_timers()
        if not due:
            return 0

        def work(tx: Tx) -> Done:
            there = self.store.drop_timers(tx, [mail.id for mail in due if mail.id is not None])
            mine = [Mail(run_id=mail.run_id, message=mail.message) for mail in due if mail.id in there]
            return self.driver.actor.consider(tx, mine) if mine else Done()

        done = self.store.transact(work)
        self.driver.tell(done.changes)
        self.driver.drain(done.woken)
        return len(due)

    def sweep_ready(self) -> int:
        """Ring for attempts that wait though they could run; return how many."""
        ready = self.store.ready()
        if ready:
            self.driver.hints.ring(ready)
        return sum(ready.values())

    def sweep(self) -> int:
        """Find everything a lost hint or a dead process left behind; return how much it was."""
        found = self.sweep_lost() + self.sweep_stops() + self.sweep_timers() + self.sweep_mail()
        self.store.forget_dead_workers()
        return found + self.sweep_ready()


def _as_stopped(one: Lost) -> Mail:
    message = NoteStop(path=one.path, attempt=one.attempt, fence=one.fence, how="lost")
    return Mail(run_id=one.run_id, message=message)


def _as_lost(one: Lost, *, alone: bool) -> Mail:
    message = LoseAttempt(path=one.path, attempt=one.attempt, fence=one.fence, alone=alone, reason=one.reason)
    return Mail(run_id=one.run_id, message=message)
