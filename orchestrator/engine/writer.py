"""Group commit: the slots of a worker hand in what they finished, and one thread commits all that has come together."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from orchestrator.core.agents import Lane
from orchestrator.core.errors import TransientError
from orchestrator.core.ids import RunId
from orchestrator.core.messages import ReportAttempt, Verdict
from orchestrator.engine.actor import STALE
from orchestrator.engine.driver import Driver, Turn
from orchestrator.engine.ports import Claim, Mail

MOST = 64
"""Reports in one commit."""
BREATH_SECONDS = 0.001
"""Rest of a busy writer, so that others get at the database."""
BUSY_SECONDS = 0.020
log = logging.getLogger("signalbox.worker")


@dataclass(slots=True, kw_only=True)
class Turnover:
    """What a slot hands in: the report of what it finished, if any, and the lane it wants more of, if any."""

    mail: Mail | None = None
    artifacts: Mapping[str, str] = field(default_factory=dict)
    lane: Lane | None = None
    answer: Future[Claim | None] = field(default_factory=Future)


class Writer:
    """See the module."""

    def __init__(self, driver: Driver, worker: str) -> None:
        self._driver, self._worker = driver, worker
        self._queue: SimpleQueue[Turnover | None] = SimpleQueue()
        self.in_hand: set[str] = set()
        """Fences of claims that were handed out and whose report is not committed yet."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    def turn_over(self, turnover: Turnover) -> Claim | None:
        """Commit what a slot finished and return the attempt it should do next; nothing and None after the end."""
        self._queue.put(turnover)
        if self._over.is_set():
            self._refuse()
        return turnover.answer.result()

    def close(self) -> None:
        """Commit what is left and end."""
        self._queue.put(None)
        self._thread.join()

    def _loop(self) -> None:
        busy_since = time.monotonic()
        while True:
            batch, is_last = self._next()
            if batch:
                self._commit(batch)
            if is_last:
                self._over.set()
                self._refuse()
                self._driver.store.close()
                return
            busy_since = _breathe(busy_since, self._queue.empty())

    def _next(self) -> tuple[list[Turnover], bool]:
        first = self._queue.get()
        if first is None:
            return [], True
        batch = [first]
        while len(batch) < MOST:
            try:
                more = self._queue.get_nowait()
            except Empty:
                break
            if more is None:
                return batch, True
            batch.append(more)
        return batch, False

    def _refuse(self) -> None:
        """Send slots away that come after the end: nobody would answer them."""
        with suppress(Empty):
            while True:
                left = self._queue.get_nowait()
                if left is not None:
                    left.answer.set_result(None)

    def _commit(self, batch: list[Turnover]) -> None:
        try:
            made = self._turn(batch)
        except Exception as error:  # noqa: BLE001 - it goes to the slots that wait for an answer
            if len(batch) == 1:
                if not isinstance(error, TransientError):  # it will not be handed in again
                    self.in_hand -= _reported(batch)
                batch[0].answer.set_exception(error)
                return
            for one in batch:  # one of them is at fault, or the database is away: each gets its own answer
                self._commit([one])
            return
        self.in_hand |= {claim.fence for claim in made.claims}
        self.in_hand -= _reported(batch)
        _tell_refused(batch, made.done.verdicts)
        _answer(batch, made.claims)
        self._drain({one.mail.run_id for one in batch if one.mail is not None} | made.done.woken)

    def _drain(self, run_ids: set[RunId]) -> None:
        """Look into mailboxes again; the slots have their answers, and what fails here is found by the sweep."""
        try:
            self._driver.drain(run_ids)
        except Exception as error:  # noqa: BLE001 - without this thread the worker would hang
            log.warning("mailboxes wait for the sweep: %s", error)

    def _turn(self, batch: list[Turnover]) -> Turn:
        wants: dict[Lane, int] = {}
        for one in batch:
            if one.lane is not None:
                wants[one.lane] = wants.get(one.lane, 0) + 1
        artifacts = {hash_: text for one in batch for hash_, text in one.artifacts.items()}
        mail = [one.mail for one in batch if one.mail is not None]
        return self._driver.turn(mail, worker=self._worker, wants=wants, artifacts=artifacts)


def _reported(batch: list[Turnover]) -> set[str]:
    """Return the fences of attempts that are over with this batch."""
    messages = [one.mail.message for one in batch if one.mail is not None]
    return {message.fence for message in messages if isinstance(message, ReportAttempt)}


def _tell_refused(batch: list[Turnover], verdicts: Sequence[Verdict]) -> None:
    """Leave a trace of reports that came too late; whoever was given the work instead goes on."""
    mail = [one.mail for one in batch if one.mail is not None]
    for letter, verdict in zip(mail, verdicts, strict=True):
        if verdict.status == STALE.status and isinstance(letter.message, ReportAttempt):
            names = {"run_id": letter.run_id, "step": letter.message.path, "attempt": letter.message.attempt}
            log.info("a late report does no harm: %s", verdict.reason, extra=names)


def _answer(batch: list[Turnover], claimed: Sequence[Claim]) -> None:
    """Give each slot an attempt of the lane it asked for, as long as there are any."""
    claims: dict[Lane, list[Claim]] = {}
    for claim in claimed:
        claims.setdefault(claim.lane, []).append(claim)
    for one in batch:
        mine = claims.get(one.lane) if one.lane is not None else None
        one.answer.set_result(mine.pop(0) if mine else None)


def _breathe(busy_since: float, is_idle: bool) -> float:
    now = time.monotonic()
    if is_idle:
        return now
    if now - busy_since > BUSY_SECONDS:
        time.sleep(BREATH_SECONDS)
        return time.monotonic()
    return busy_since
