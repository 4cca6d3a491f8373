"""One worker process: its slots take turns at claimed work, and a caretaker looks after its claims."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping

from orchestrator.core.agents import Lane
from orchestrator.core.errors import TransientError
from orchestrator.core.ids import Fence
from orchestrator.core.messages import NoteStart, NoteStop
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Outcome, Parked, Waits
from orchestrator.engine.driver import Driver
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.work import Live, Perform, Report, report, work
from orchestrator.engine.writer import Turnover, Writer

TURN_SECONDS = 30.0
"""A slot's turn; then its thread goes back, so that everything is fresh again."""
GRACE_SECONDS, END_SECONDS = 0.6, 0.3
"""For what is at work at a stop: to finish by itself, then to end. Claims must be back before the process is killed."""
log = logging.getLogger("signalbox.worker")


class Slots:
    """How much of each lane this process may do at once, and whether somebody rang while all were taken."""

    def __init__(self, counts: Mapping[Lane, int]) -> None:
        self._free = dict(counts)
        self._rung: set[Lane] = set()
        self._lock = threading.Lock()

    def take(self, lane: Lane) -> bool:
        """Take a slot; when none is free, remember that somebody rang."""
        with self._lock:
            if self._free.get(lane, 0) <= 0:
                self._rung.add(lane)
                return False
            self._free[lane] -= 1
            return True

    def give_back(self, lane: Lane) -> bool:
        """Give a slot back; tell whether somebody rang meanwhile, so that it should look once more."""
        with self._lock:
            self._free[lane] += 1
            rung = lane in self._rung
            self._rung.discard(lane)
            return rung


class Worker:
    """See the module. One life of a worker process has one id: its incarnation."""

    def __init__(
        self, driver: Driver, perform: Perform, slots: Mapping[Lane, int], is_inline: Callable[[Claim], bool]
    ) -> None:
        self.id = uuid.uuid4().hex
        self.slots_count = sum(slots.values())
        self.driver = driver
        self._perform, self._is_inline = perform, is_inline
        self._slots = Slots(slots)
        self._writer = Writer(driver, self.id)
        self.live: dict[Fence, Live] = {}
        self.draining = threading.Event()

    def turn(self, lane: Lane) -> int:
        """Do attempts of a lane until none are left, the turn is over or the worker ends; return how many."""
        done = 0
        while self._slots.take(lane):
            try:
                done += self._turn(lane)
            finally:
                rung = self._slots.give_back(lane)
            if not rung or self.draining.is_set():
                break
        return done

    def _turn(self, lane: Lane) -> int:
        until = time.monotonic() + TURN_SECONDS
        done = 0
        claim = self._claim(Turnover(lane=lane))
        while claim is not None:
            done += 1
            is_over = time.monotonic() > until or self.draining.is_set()
            claim = self._claim(self._one(claim, None if is_over else lane))
            if is_over and not self.draining.is_set():
                self.driver.hints.ring({lane: 1})
        return done

    def _claim(self, turnover: Turnover) -> Claim | None:
        """Hand over to the writer; while the database is away, keep the report and try again."""
        wait = 0.05
        while True:
            try:
                return self._writer.turn_over(turnover)
            except TransientError as error:
                if self.draining.is_set() or turnover.mail is None:
                    return None
                log.warning("a report waits for the database: %s", error)
                time.sleep(wait)
                wait = min(wait * 2, 2.0)
                turnover = Turnover(mail=turnover.mail, artifacts=turnover.artifacts, lane=turnover.lane)

    def _one(self, claim: Claim, lane: Lane | None) -> Turnover:
        began = time.monotonic()
        live = Live(claim=claim, started_at=claim.claimed_at, began=began, is_inline=self._is_inline(claim))
        self.live[claim.fence] = live
        made: Report | None = None
        try:
            outcome = self._outcome(live)
            made = None if live.is_abandoned else report(live, outcome, time.monotonic() - began, self.id)
        finally:
            self.live.pop(claim.fence, None)
            if made is None or live.asked is not None:
                self._writer.in_hand.discard(claim.fence)
        if live.asked is not None and not live.is_abandoned:
            is_killed = isinstance(outcome, Cancelled) and outcome.killed
            note = NoteStop(path=claim.path, attempt=claim.attempt, fence=claim.fence,
                            how="killed" if is_killed else "stopped")  # fmt: skip
            return Turnover(mail=Mail(run_id=claim.run_id, message=note), lane=lane)
        if isinstance(outcome, Waits | Parked) and not live.is_abandoned:
            self._let_go(claim, outcome)
            if isinstance(outcome, Parked) and not live.is_told:
                begun = NoteStart(path=claim.path, attempt=claim.attempt, fence=claim.fence, worker=self.id,
                                  started_at=live.started_at)  # fmt: skip
                return Turnover(mail=Mail(run_id=claim.run_id, message=begun), lane=lane)
        if made is None:
            return Turnover(lane=None if live.is_abandoned else lane)
        return Turnover(mail=Mail(run_id=claim.run_id, message=made.message), artifacts=made.artifacts, lane=lane)

    def _outcome(self, live: Live) -> Outcome | str:
        """Have an attempt carried out. What fails here is the worker's fault, and is said: no attempt hangs."""
        try:
            return work(live, self.driver.results, self._perform)
        except TransientError:  # it was stopped while it waited for the database
            return Cancelled()
        except Exception as error:
            log.exception("the worker stumbled over an attempt", extra=live.claim.names)
            return Failed(kind=Failure.CRASH, reason=f"the worker stumbled: {type(error).__name__}: {error}")

    def _let_go(self, claim: Claim, outcome: Waits | Parked) -> None:
        """Give a claim back, or to somebody outside; while the database is away it is lost with its lease."""
        store = self.driver.store
        try:
            if isinstance(outcome, Parked):
                store.park(claim, outcome.seconds)
            elif not outcome.is_back:
                store.put_back(claim, outcome)
            self.driver.hints.tell({f"run.{claim.run_id}": 0})  # no event, but its page says why it waits
        except TransientError as error:
            log.warning("a claim that waits could not be put back: %s", error, extra=claim.names)

    def in_hand(self) -> set[str]:
        """Return the fences of all claims this process knows of: about to begin, at work, or being reported."""
        return self._writer.in_hand | {*self.live}

    def hand_in(self, mail: Mail) -> None:
        """Put a message through the writer, for the caretaker."""
        self._claim(Turnover(mail=mail))

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Claim nothing more, give what is at work a moment, stop it, give claims back, end."""
        self.draining.set()
        until = time.monotonic() + grace_seconds
        while self.live and time.monotonic() < until:
            time.sleep(0.02)
        for live in list(self.live.values()):
            live.stop.set()
            live.kill.set()
        until = time.monotonic() + END_SECONDS
        while self.live and time.monotonic() < until:
            time.sleep(0.01)
        self._writer.close()
        self.driver.store.retire(self.id)
