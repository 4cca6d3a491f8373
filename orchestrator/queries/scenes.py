"""What a run's page asks, of a run as it is now or as it was after one of its events: the same rows from either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Protocol, TypeAlias

from orchestrator.core import ids
from orchestrator.core.events import AttemptEnded, AttemptQueued, AttemptStarted, Fact, GateClosed, GateOpened
from orchestrator.core.ids import StepPath
from orchestrator.models import Attempt, Event, Gate, Run, Step
from orchestrator.queries import past_rows
from orchestrator.queries.history import Moment, run_at
from orchestrator.queries.runs import StepDetail, child_steps, run_detail, step_detail
from orchestrator.queries.track import DRAWN, Tracked, tracked

Span: TypeAlias = tuple[str, str, int, float | None, float | None]
"""Agent, status, number of attempts, beginning and end, in seconds since 1970, of a step that an agent does."""
TIMED: tuple[type[Fact], ...] = (AttemptQueued, AttemptStarted, AttemptEnded, GateOpened, GateClosed)
"""Facts a timeline is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a timeline takes from a fact. Times are seconds since 1970."""

    type: str
    path: str
    at: float
    attempt: int = 1
    agent: str = ""
    status: str = ""
    delay_seconds: float = 0.0
    started_at: float | None = None


class Scene(Protocol):
    """A run at one moment."""

    @property
    def run(self) -> Run:
        """Return its row, with the number of its last event."""

    @property
    def total(self) -> int:
        """Return how many events it has by now."""

    @property
    def event(self) -> Event | None:
        """Return the event after which it is shown; None for now."""

    @property
    def tracked(self) -> Tracked:
        """Return what the folded track diagram shows."""

    @property
    def gates(self) -> Sequence[Gate]:
        """Return the open gates."""

    def outer(self) -> list[Step]:
        """Return the steps outside of maps, enough of each to be drawn."""

    def inner(self, parents: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return parent, path and status of the steps right below these."""

    def drawn(self, paths: Iterable[str]) -> list[Step]:
        """Return these steps and all below them, enough of each to be drawn."""

    def spans(self) -> list[Span]:
        """Return when each step that an agent does was worked on."""

    def told(self) -> list[Told]:
        """Return the facts of TIMED, in order."""

    def step(self, path: str) -> StepDetail:
        """Return one step with its tries and its gate; raises RejectedMissing."""

    def children(self, path: str, limit: int) -> tuple[Step, ...]:
        """Return the first steps right below one."""

    def rows(self, paths: Iterable[str]) -> dict[str, Step]:
        """Return these steps by their paths, whole, as far as there are any."""

    def attempts(self, paths: Sequence[str]) -> list[tuple[str, int, str]]:
        """Return path, number and status of the attempts at some steps that are over, in order."""


def scene(viewer: object, run_id: str, at: int | None = None) -> Scene:
    """Return a run now, or as it was after event `at`; raises RejectedMissing."""
    return Now(viewer, run_detail(viewer, run_id)) if at is None else Then(run_at(viewer, run_id, at), viewer)


class Now:
    """A run as its rows are."""

    event: Event | None = None

    def __init__(self, viewer: object, run: Run) -> None:
        self.run, self.total = run, run.n
        self._viewer = viewer
        self._steps = Step.objects.filter(run_id=run.id)

    @cached_property
    def tracked(self) -> Tracked:
        """See Scene."""
        return tracked(self.run)

    @cached_property
    def gates(self) -> list[Gate]:
        """See Scene."""
        return list(Gate.objects.filter(run_id=self.run.id, status="open").order_by("id"))

    def outer(self) -> list[Step]:
        """See Scene."""
        return list(self._steps.exclude(path__contains="[").only(*DRAWN))

    def inner(self, parents: Sequence[str]) -> list[tuple[str, str, str]]:
        """See Scene."""
        return list(self._steps.filter(parent__in=parents).values_list("parent", "path", "status"))

    def drawn(self, paths: Iterable[str]) -> list[Step]:
        """See Scene."""
        level = list(paths)
        found = list(self._steps.filter(path__in=level).only(*DRAWN))
        while level:
            below = list(self._steps.filter(parent__in=level).only(*DRAWN))
            found += below
            level = [step.path for step in below if step.kind not in ("agent", "gate")]
        return found

    def spans(self) -> list[Span]:
        """See Scene."""
        rows = self._steps.filter(attempt__gt=0)
        found = rows.values_list("agent", "status", "attempt", "started_at", "ended_at")
        return [
            (agent, status, tries, _seconds(began), _seconds(ended)) for agent, status, tries, began, ended in found
        ]

    def told(self) -> list[Told]:
        """See Scene."""
        kinds = [fact.type for fact in TIMED]
        rows = Event.objects.filter(run_id=self.run.id, n__lte=self.run.n, type__in=kinds).order_by("n")
        found = rows.values_list("type", "path", "at", "data")
        return [_told(kind, path, at.timestamp(), data.get) for kind, path, at, data in found]

    def step(self, path: str) -> StepDetail:
        """See Scene."""
        return step_detail(self._viewer, self.run.id, path)

    def children(self, path: str, limit: int) -> tuple[Step, ...]:
        """See Scene."""
        return child_steps(self._viewer, self.run.id, path, limit)

    def rows(self, paths: Iterable[str]) -> dict[str, Step]:
        """See Scene."""
        return {step.path: step for step in self._steps.filter(path__in=list(paths))}

    def attempts(self, paths: Sequence[str]) -> list[tuple[str, int, str]]:
        """See Scene."""
        rows = Attempt.objects.filter(run_id=self.run.id, path__in=paths).order_by("path", "attempt")
        return list(rows.values_list("path", "attempt", "status"))


class Then:
    """A run as its events say it was."""

    def __init__(self, moment: Moment, viewer: object) -> None:
        self._moment = moment
        self.run, self.event = moment.row, moment.event
        self.total = run_detail(viewer, moment.row.id).n
        self.step = moment.step

    @property
    def tracked(self) -> Tracked:
        """See Scene."""
        return self._moment.tracked

    @property
    def gates(self) -> list[Gate]:
        """See Scene."""
        return self._moment.gates

    def outer(self) -> list[Step]:
        """See Scene."""
        states = self._moment.states.items()
        return [past_rows.step_row(self.run.id, state) for path, state in states if "[" not in path]

    def inner(self, parents: Sequence[str]) -> list[tuple[str, str, str]]:
        """See Scene."""
        wanted = set(parents)
        found = ((past_rows.above(state), path, state.status.value) for path, state in self._moment.states.items())
        return [one for one in found if one[0] in wanted]

    def drawn(self, paths: Iterable[str]) -> list[Step]:
        """See Scene."""
        tops = tuple(StepPath(path) for path in paths)
        return [
            past_rows.step_row(self.run.id, state)
            for path, state in self._moment.states.items()
            if any(path == top or ids.under(path, top) for top in tops)
        ]

    def spans(self) -> list[Span]:
        """See Scene."""
        states = [state for state in self._moment.states.values() if state.attempt]
        return [(one.agent, one.status.value, one.attempt, one.started_at, one.ended_at) for one in states]

    def told(self) -> list[Told]:
        """See Scene."""
        found = ((one.at, one.fact) for one in self._moment.recorded if isinstance(one.fact, TIMED))
        return [_told(fact.type, fact.path, at, partial(getattr, fact)) for at, fact in found]

    def children(self, path: str, limit: int) -> tuple[Step, ...]:
        """See Scene."""
        found = [state for state in self._moment.states.values() if past_rows.above(state) == path]
        found.sort(key=lambda state: (state.opened_at is None, state.opened_at or 0.0, state.path))
        return tuple(past_rows.step_row(self.run.id, state) for state in found[:limit])

    def rows(self, paths: Iterable[str]) -> dict[str, Step]:
        """See Scene."""
        found = (self._moment.states.get(StepPath(path)) for path in paths)
        return {state.path: past_rows.step_row(self.run.id, state) for state in found if state is not None}

    def attempts(self, paths: Sequence[str]) -> list[tuple[str, int, str]]:
        """See Scene."""
        wanted = set(paths)
        ended = [one.fact for one in self._moment.recorded if isinstance(one.fact, AttemptEnded)]
        return sorted((fact.path, fact.attempt, fact.status.value) for fact in ended if fact.path in wanted)


def _told(kind: str, path: str, at: float, field: Callable[[str, Any], Any]) -> Told:
    status = field("status", "")
    return Told(
        type=kind, path=path, at=at, attempt=field("attempt", 1), agent=field("agent", ""), status=str(status),
        delay_seconds=field("delay_seconds", 0.0), started_at=field("started_at", None),
    )  # fmt: skip


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
