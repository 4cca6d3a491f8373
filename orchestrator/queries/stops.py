"""How work that was given up comes to its end: asked, in its grace, then stopped by itself or killed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max

from orchestrator.models import Event, Run, Stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of one given-up attempt, as far as it is known."""

    how: str = ""
    """As AttemptStopped says it; empty while it has only been asked."""
    seconds: float | None = None
    """How long after it was given up."""
    grace_until: datetime | None = None
    """When it is killed, if it has not ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppings:
    """What of a run is being stopped just now."""

    count: int
    grace_until: datetime | None


def endings(run: Run, path: str, upto: int | None = None) -> dict[int, Ending]:
    """Return the ends of a step's given-up attempts by their number, now or as known after event `upto`."""
    said = Event.objects.filter(run_id=run.id, type="attempt.stopped", path=path)
    if upto is not None:
        said = said.filter(n__lte=upto)
    found = {
        int(one.data["attempt"]): Ending(how=str(one.data["how"]), seconds=float(one.data.get("seconds", 0.0)))
        for one in said
    }
    asked = Stopping.objects.filter(run_id=run.id, path=path) if upto is None else ()
    return found | {one.attempt: Ending(grace_until=one.asked_at + _grace()) for one in asked}


def stoppings(run: Run) -> Stoppings:
    """Count the attempts of a run that were asked to stop and are not known to have."""
    found = Stopping.objects.filter(run_id=run.id).aggregate(count=Count("id"), last=Max("asked_at"))
    return Stoppings(count=found["count"], grace_until=found["last"] + _grace() if found["count"] else None)


def _grace() -> timedelta:
    return timedelta(seconds=settings.STOP_GRACE)
