"""Where work piles up: slots in use, what waits for one and since when, and for which agent. It is of the whole
installation, since its slots are everyone's; it names no run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Min, Sum

from orchestrator.models import QueueEntry, Worker
from orchestrator.queries.scope import signed_in


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

    @property
    def status(self) -> str:
        """Return the status it is coloured by: work that nobody is there to do is a failure."""
        if self.waiting and not self.workers:
            return "failed"
        return "running" if self.used else "pending"


def pressure(viewer: object, now: datetime | None = None) -> Pressure:
    """Look at slots and queue, which are small tables."""
    signed_in(viewer)
    now = now or datetime.now(UTC)
    alive = Worker.objects.filter(lease_until__gt=now).aggregate(workers=Count("id"), slots=Sum("slots"))
    rows = QueueEntry.objects.filter(worker__isnull=True, held=False, ready_at__lte=now).values("agent")
    waits = list(rows.annotate(number=Count("id"), since=Min("ready_at")).order_by("-number", "agent"))
    return Pressure(
        workers=alive["workers"], slots=alive["slots"] or 0,
        used=QueueEntry.objects.filter(worker__isnull=False).count(), waiting=sum(one["number"] for one in waits),
        since=min((one["since"] for one in waits), default=None), agent=waits[0]["agent"] if waits else "",
        of_agent=waits[0]["number"] if waits else 0,
    )  # fmt: skip
