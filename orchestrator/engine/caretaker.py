"""Keeps a worker's lease, records starts of longer attempts, and stops what was taken away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from orchestrator.core.errors import TransientError
from orchestrator.core.messages import Message, NoteStart, NoteStop, ReportAttempt
from orchestrator.core.outcomes import Failure
from orchestrator.engine.ports import Mail
from orchestrator.engine.work import Live
from orchestrator.engine.worker import Worker

LEASE_SECONDS = 10.0
BEAT_SECONDS = 2.0
LOOK_SECONDS = 0.1
NOTE_AFTER_SECONDS = 0.25
"""A shorter attempt records its start with its end."""
CHECK_SECONDS = 0.25
UNKNOWN_SECONDS = 2.0
"""A claim nobody here knows of for so long was made by a commit whose answer got lost."""
GRACE_SECONDS = 2.0
"""Between asking what was taken away to end, and killing it."""
MOST_LEAKS = 2
"""Inline attempts that never came back, before the worker ends so that it can be started afresh."""
log = logging.getLogger("signalbox.worker")


class Caretaker:
    """See the module."""

    def __init__(self, worker: Worker, end: Callable[[], None], grace_seconds: float = GRACE_SECONDS) -> None:
        self._worker, self._end, self._grace = worker, end, grace_seconds
        self._leaks = 0
        self._unknown: dict[str, float] = {}
        self._over = threading.Event()
        self._next_beat = self._next_check = 0.0
        self._thread = threading.Thread(target=self._loop, name="caretaker", daemon=True)

    def start(self) -> None:
        """Take the lease before the first claim, then keep it."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Let the lease be; the worker gives it back itself."""
        self._over.set()
        self._thread.join(timeout=2.0)

    def _loop(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._look()
            except TransientError as error:
                log.warning("the caretaker waits for the database: %s", error)
                self._over.wait(1.0)
            except Exception:  # without heartbeats all that the worker does would be taken away
                log.exception("the caretaker stumbled and goes on")
                self._over.wait(1.0)
        self._worker.driver.store.close()

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._next_beat:
            self._beat()
        for live in list(self._worker.live.values()):
            self._attend(live, now)
        if now >= self._next_check:
            self._next_check = now + (CHECK_SECONDS if self._worker.live else BEAT_SECONDS)
            self._compare()

    def _beat(self) -> None:
        self._worker.driver.store.beat(self._worker.id, LEASE_SECONDS, self._worker.slots_count)
        self._next_beat = time.monotonic() + BEAT_SECONDS

    def _attend(self, live: Live, now: float) -> None:
        claim, age = live.claim, now - live.began
        if age > NOTE_AFTER_SECONDS and not live.is_told:
            live.is_told = True
            self._worker.hand_in(Mail(run_id=claim.run_id, message=NoteStart(
                path=claim.path, attempt=claim.attempt, fence=claim.fence, worker=self._worker.id,
                started_at=live.started_at)))  # fmt: skip
        if live.asked is not None and now - live.asked >= self._grace:
            live.kill.set()
        if live.is_inline and not live.is_abandoned and age > claim.timeout_seconds:
            self._abandon(live, age)

    def _abandon(self, live: Live, age: float) -> None:
        """Report an inline attempt that ran out of time: its thread can't be killed, so its slot is lost."""
        live.is_abandoned = True
        claim = live.claim
        reason = f"it did not return within {claim.timeout_seconds:g} s"
        message: Message = ReportAttempt(
            path=claim.path, attempt=claim.attempt, fence=claim.fence, ok=False, failure=Failure.TIMEOUT, reason=reason,
            worker=self._worker.id, started_at=live.started_at, ended_at=live.started_at + age)  # fmt: skip
        if live.asked is not None:
            message = NoteStop(path=claim.path, attempt=claim.attempt, fence=claim.fence, how="left")
        self._worker.hand_in(Mail(run_id=claim.run_id, message=message))
        self._leaks += 1
        log.error("slot leaked by inline agent %s: %s", claim.agent, reason, extra=claim.names)
        if self._leaks >= MOST_LEAKS:
            self._end()

    def _compare(self) -> None:
        """Stop attempts whose claim was taken away; give back claims that this process knows nothing of."""
        asked = time.monotonic()
        held = self._worker.driver.store.held(self._worker.id)
        for fence, live in list(self._worker.live.items()):
            if fence not in held and live.began < asked and not live.stop.is_set():
                log.info("asking an attempt to end: its claim was taken away", extra=live.claim.names)
                live.asked = time.monotonic()
                live.stop.set()
        unknown = held - self._worker.in_hand()
        self._unknown = {fence: self._unknown.get(fence, asked) for fence in unknown}
        stale = sorted(fence for fence, since in self._unknown.items() if asked - since > UNKNOWN_SECONDS)
        if stale:
            log.warning("giving back %d claims of unknown commits", len(stale))
            self._worker.driver.store.release(self._worker.id, stale)
