"""Where work piles up: slots in use, what waits for one and since when, and for which agent. It is of the whole
installation, since its slots are everyone's; it names no run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestrator.models import Worker
from orchestrator.queries.queue import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """How loaded the installation is."""

    workers: int
    """Those that show signs of life."""
    slots: int
    used: int
    waiting: int
    """Attempts that are due and wait for a slot."""
    since: datetime | None
    """When the oldest of them became due."""
    agent: str
    """The one most of them wait for."""
    of_agent: int
    away: int
    """Attempts at work elsewhere."""
    away_waiting: int
    """Attempts that wait for somebody elsewhere to lease them."""
    away_since: datetime | None
    """When the oldest of those became due."""

    @property
    def status(self) -> str:
        """Return the status it is coloured by: work that nobody is there to do is a failure."""
        if self.waiting and not self.workers:
            return "failed"
        return "running" if self.used else "pending"


def pressure(queue: Mapping[str, Load], now: datetime | None = None) -> Pressure:
    """Look at the slots beside what the queue holds."""
    alive = Worker.objects.filter(lease_until__gt=now or datetime.now(UTC))
    slots = list(alive.values_list("slots", flat=True))
    agent, most = min(queue.items(), key=lambda one: (-one[1].due, one[0]), default=("", Load()))
    return Pressure(
        workers=len(slots), slots=sum(slots), used=sum(one.claimed for one in queue.values()),
        waiting=sum(one.due for one in queue.values()),
        since=min((one.since for one in queue.values() if one.since), default=None),
        agent=agent if most.due else "", of_agent=most.due, away=sum(one.away for one in queue.values()),
        away_waiting=sum(one.away_due for one in queue.values()),
        away_since=min((one.away_since for one in queue.values() if one.away_since), default=None),
    )  # fmt: skip
