"""A run as it was after one of its events: folded from the events up to it, and shaped like the rows of that time.

One thing is not in events and so not here: who holds the claim of an attempt that has not said that it began.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from orchestrator.core.book import Recorded
from orchestrator.core.errors import RejectedMissing
from orchestrator.core.ids import ROOT, StepPath
from orchestrator.core.state import RunState, StepState
from orchestrator.models import Attempt, Event, Gate, QueueEntry, Run, Step
from orchestrator.queries import past_rows as rows
from orchestrator.queries.page import Page, encode, texts
from orchestrator.queries.past import past
from orchestrator.queries.runs import StepDetail, run_detail
from orchestrator.queries.track import Tracked, track_of


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A run at one of its events."""

    row: Run
    """The run's row as it was. It must not be saved."""
    run: RunState
    event: Event
    """The one after which it was like this."""
    states: dict[StepPath, StepState]
    recorded: list[Recorded]
    """Every event up to this one."""
    cursor: str = ""
    limit: int = 200

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended, if it had."""
        return self.event.at if self.run.is_ended else None

    @cached_property
    def counts(self) -> dict[str, int]:
        """Count its steps by status, the root left out."""
        found = Counter(state.status.value for path, state in self.states.items() if path != ROOT)
        return dict(sorted(found.items()))

    @property
    def steps(self) -> Page[StepState]:
        """Return its steps by path, the root left out, from the cursor on."""
        last = texts(self.cursor)
        rest = sorted(path for path in self.states if path != ROOT and (last is None or path > last))
        limit = max(1, min(self.limit, 1000))
        items = tuple(self.states[path] for path in rest[:limit])
        return Page(items=items, next=encode([rest[limit - 1]]) if len(rest) > limit else None)

    @cached_property
    def tracked(self) -> Tracked:
        """Return what the track diagram shows of it, as `queries.track.tracked` does of a run now."""
        drawn = [rows.step_row(self.row.id, state) for path, state in self.states.items() if "[" not in path]
        return track_of(drawn, self._lamps)

    @cached_property
    def gates(self) -> list[Gate]:
        """Return the gates that were open, with the ids they have in the inbox, the first opened first."""
        found = [self.gate(path) for path, state in self.states.items() if state.status == "waiting"]
        return sorted((gate for gate in found if gate is not None), key=lambda gate: gate.pk or 0)

    def gate(self, path: str) -> Gate | None:
        """Return the gate of a step as it was, if it had been opened."""
        return rows.gate_row(self.row, path, self._of(path))

    def step(self, path: str) -> StepDetail:
        """Return a step with its tries and its gate as they were; raises RejectedMissing."""
        state = self.states.get(StepPath(path))
        if state is None:
            raise RejectedMissing(f"This run had no step {path[:200]!r} then.")
        return StepDetail(
            step=rows.step_row(self.row.id, state), attempts=self.attempts(path), live=self.live(path),
            gate=self.gate(path),
        )  # fmt: skip

    def attempts(self, path: str) -> tuple[Attempt, ...]:
        """Return the tries of a step that were over."""
        return rows.attempt_rows(self.row.id, self._of(path))

    def live(self, path: str) -> QueueEntry | None:
        """Return the try of a step that waited or was at work; its worker is known once it has said that it began."""
        return rows.queue_row(self.row, self.states.get(StepPath(path)), self._of(path))

    def children(self, parent: str, limit: int = 500) -> tuple[Step, ...]:
        """Return the steps right below one, as they opened."""
        found = [rows.step_row(self.row.id, state) for state in self.states.values() if rows.above(state) == parent]
        return tuple(sorted(found, key=rows.by_opening)[:limit])

    def events(self, limit: int = 200) -> tuple[Event, ...]:
        """Return the latest events up to this moment, in order."""
        after = max(self.run.n - limit, 0)
        return tuple(Event.objects.filter(run_id=self.row.id, n__gt=after, n__lte=self.run.n).order_by("n"))

    def _of(self, path: str) -> list[Recorded]:
        return [one for one in self.recorded if one.fact.path == path]

    def _lamps(self, maps: list[str]) -> list[tuple[str, str, str]]:
        wanted = set(maps)
        found = ((rows.above(state), path, state.status.value) for path, state in self.states.items())
        return [one for one in found if one[0] in wanted]


def run_at(viewer: object, run_id: str, n: int, cursor: str = "", limit: int = 200) -> Moment:
    """Return a run as it was after event `n`; raises RejectedMissing where there is no such event."""
    row = run_detail(viewer, run_id)
    event = Event.objects.filter(run_id=row.id, n=n).first() if 0 < n <= row.n else None
    if event is None:
        raise RejectedMissing(f"This run has the events 1 to {row.n}.")
    known = past(row, n)
    book = known.book(n)
    shown = rows.run_row(row, book.run, book.changed.get(ROOT), event.at)
    return Moment(
        row=shown, run=book.run, event=event, states=book.changed, recorded=known.recorded[:n], cursor=cursor,
        limit=limit,
    )  # fmt: skip
