"""Runs folded in memory from their events, with checkpoints, so that any moment of a run is at hand at once.

Events are never changed, so what was read stays true; only what came since is read again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestrator.core.book import Book, Recorded
from orchestrator.core.definition import Workflow
from orchestrator.core.fold import fold
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.records import read_fact
from orchestrator.core.snapshot import restored
from orchestrator.core.state import RunState, StepState
from orchestrator.engine.replay import EmptyShelf
from orchestrator.models import Event, Run
from orchestrator.wiring import driver

MARK_EVERY = 1000
"""Events between two checkpoints: folding so many takes about 20 ms."""
MOST_EVENTS = 60_000
"""Events kept in memory over all runs; the run that was asked for longest ago is let go first."""
Steps = dict[StepPath, StepState]


class Past:
    """One run's events and its checkpoints. Asked from several threads at once."""

    def __init__(self, run_id: RunId, workflow: Workflow) -> None:
        self._run_id, self._workflow = run_id, workflow
        self._lock = threading.Lock()
        self._marks: list[tuple[RunState, Steps]] = [(RunState(id=run_id), {})]
        self._latest = self._marks[0]
        self.recorded: list[Recorded] = []

    def read(self, n: int) -> None:
        """Read what is missing of the events up to number `n`."""
        with self._lock:
            if len(self.recorded) < n:
                rows = Event.objects.filter(run_id=self._run_id, n__gt=len(self.recorded), n__lte=n).order_by("n")
                found = rows.values_list("n", "type", "at", "data")
                self.recorded += [_recorded(*row) for row in found.iterator(chunk_size=2000)]

    def book(self, n: int) -> Book:
        """Return the run as it was after event `n`, which must have been read."""
        with self._lock:
            run, steps = max((self._latest, *self._marks), key=lambda one: one[0].n if one[0].n <= n else -1)
            book = Book(run=run, shelf=EmptyShelf(), changed=dict(steps))
            for one in self.recorded[run.n : n]:
                fold(book, self._workflow, one)
                if one.n == len(self._marks) * MARK_EVERY:
                    self._marks.append((book.run, dict(book.changed)))
            self._latest = (book.run, book.changed)
            return replace(book, changed=dict(book.changed))


_kept: OrderedDict[str, Past] = OrderedDict()
_keeping = threading.Lock()


def past(run: Run, n: int) -> Past:
    """Return a run's past with at least the first `n` events, as far as there are so many."""
    with _keeping:
        found = _kept.pop(run.id, None) or Past(RunId(run.id), workflow_of(run))
        _kept[run.id] = found
    found.read(n)
    with _keeping:
        while len(_kept) > 1 and sum(len(one.recorded) for one in _kept.values()) > MOST_EVENTS:
            _kept.popitem(last=False)
    return found


def workflow_of(run: Run) -> Workflow:
    """Return the version of the workflow a run is bound to."""
    return driver().actor.library.workflow(run.workflow, run.version)


def _recorded(n: int, type_: str, at: datetime, data: Mapping[str, Any]) -> Recorded:
    fact = restored(read_fact(type_, data), driver().store.artifact)
    return Recorded(n=n, at=at.timestamp(), fact=fact)
