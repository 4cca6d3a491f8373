"""The life cycle of a run for those who look: read off the few events that show it, however long the run is (L1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from orchestrator.core import phases, records
from orchestrator.core.book import Recorded
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    AttemptStarted,
    ChildRequested,
    HandoffJudged,
    PersonAsked,
    ReviewJudged,
    RunEnded,
)
from orchestrator.core.phases import Declared, Phase
from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Event, Run, Step
from orchestrator.queries.track import definition

FEW = 10
"""Of a kind of event that are looked at, from the first or the last on."""


def phases_of(run: Run) -> tuple[Phase, ...]:
    """Return the phases of a run, up to the number of its last event as the row says."""
    said = _declared(run.workflow, run.version)
    found = [*_first(run, said), *_last(run, said)]
    events = {event.n: event for event in found}
    return phases.phases(filter(None, (_recorded(events[n]) for n in sorted(events))), said)


@lru_cache(maxsize=256)
def _declared(workflow: str, version: str) -> Declared:
    return phases.declared(definition(workflow, version))


CHOSEN = (AttemptQueued.type, PersonAsked.type)
WORKED = (AttemptStarted.type, AttemptEnded.type, PersonAsked.type)


def _first(run: Run, said: Declared) -> Iterable[Event]:
    """Yield what shows the beginning of each phase; all of it stands near the first event."""
    events = Event.objects.filter(run_id=run.id, n__lte=run.n).order_by("n")
    yield from events.filter(n=1)
    yield from events.filter(type__in=CHOSEN)[:FEW]
    yield from events.filter(type__in=WORKED)[:1]
    if said.plans:
        yield from events.filter(type=ChildRequested.type)[:FEW]


def _last(run: Run, said: Declared) -> Iterable[Event]:
    """Yield what shows how far the run has come; reviews are looked for only where one has begun."""
    events = Event.objects.filter(run_id=run.id, n__lte=run.n).order_by("-n")
    yield from events.filter(type__in=CHOSEN)[:FEW]
    if run.status in RUN_ENDED:
        yield from events.filter(type=RunEnded.type)[:1]
    # A review that has not begun has no row; to look for its events would be to read them all.
    if said.checks and Step.objects.filter(run_id=run.id, path__in=said.checks).exists():
        yield from events.filter(type__in=(ReviewJudged.type, HandoffJudged.type))[:1]


def _recorded(event: Event) -> Recorded | None:
    """Return an event as a fact; None for one that another version wrote, which shows nothing here."""
    try:
        fact = records.read_fact(event.type, cast("Mapping[str, Any]", event.data or {}))
    except records.UnknownRecord:
        return None
    return Recorded(n=event.n, at=event.at.timestamp(), fact=fact)
