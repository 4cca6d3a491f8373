"""A run as it was after one of its events: rebuilt by folding the events up to it, never kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from orchestrator.core.book import Recorded
from orchestrator.core.errors import RejectedMissing
from orchestrator.core.ids import ROOT, RunId
from orchestrator.core.records import read_fact
from orchestrator.core.state import RunState, StepState
from orchestrator.engine.replay import rebuild
from orchestrator.models import Event, Run
from orchestrator.queries.page import Page, encode, texts
from orchestrator.queries.runs import run_detail
from orchestrator.wiring import driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run at one of its events."""

    row: Run
    """What never changes of it: workflow, starter, labels."""
    run: RunState
    event: Event
    """The one after which it was like this."""
    steps: Page[StepState]
    """By path, the root left out."""
    counts: dict[str, int]

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended, if it had."""
        return self.event.at if self.run.is_ended else None


def run_at(viewer: object, run_id: str, n: int, cursor: str = "", limit: int = 200) -> Moment:
    """Return a run as it was after event `n`; raises RejectedMissing where there is no such event."""
    row = run_detail(viewer, run_id)
    events = list(Event.objects.filter(run_id=run_id, n__lte=min(n, row.n)).order_by("n")) if n > 0 else []
    if not events or events[-1].n != n:
        raise RejectedMissing(f"This run has the events 1 to {row.n}.")
    workflow = driver().actor.library.workflow(row.workflow, row.version)
    book = rebuild(RunId(row.id), workflow, map(_recorded, events))
    states = sorted((state for path, state in book.changed.items() if path != ROOT), key=lambda state: state.path)
    counts = Counter(state.status.value for state in states)
    return Moment(row=row, run=book.run, event=events[-1], steps=_part(states, cursor, limit), counts=dict(counts))


def _recorded(event: Event) -> Recorded:
    return Recorded(n=event.n, at=event.at.timestamp(), fact=read_fact(event.type, event.data))


def _part(states: list[StepState], cursor: str, limit: int) -> Page[StepState]:
    last = texts(cursor)
    rest = [state for state in states if last is None or state.path > last]
    limit = max(1, min(limit, 1000))
    return Page(items=tuple(rest[:limit]), next=encode([rest[limit - 1].path]) if len(rest) > limit else None)
