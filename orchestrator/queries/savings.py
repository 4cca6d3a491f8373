"""What was saved by giving answers again (C3): of one step, and added up by agent and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast
from django.utils import timezone

from orchestrator.models import Answer, Saving
from orchestrator.models.fields import EPOCH
from orchestrator.queries.scope import in_team

DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What answers that were given again have saved."""

    hits: int = 0
    usd: float | None = None
    """Of those whose cost was metered; None where none was."""
    tokens: int = 0
    seconds: float = 0.0
    """Of work, added up; not of anybody's waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is kept of an agent."""

    agent: str
    answers: int = 0
    making: int = 0
    """Answers that somebody is making now."""
    saved: Saved = Saved()


NOTHING = Saved()


def savings_of(run_id: str, paths: Iterable[str]) -> dict[str, Saving]:
    """Return the savings of steps of a run the viewer was shown, by path."""
    wanted = list(paths)
    rows = Saving.objects.filter(run_id=run_id, path__in=wanted) if wanted else Saving.objects.none()
    return {row.path: row for row in rows}


def saved_in(run_id: str) -> Saved:
    """Add up what one run, which the viewer was shown, did not have to do."""
    return _added(Saving.objects.filter(run_id=run_id).aggregate(**_SUMS))


def saved_by_day(viewer: object, agent: str, days: int = 7) -> dict[date, Saved]:
    """Add up what one agent's answers have saved on each of the last days (UTC) on which they saved anything."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Saving.objects.filter(in_team(viewer), agent=agent, at__gte=today - timedelta(days=days - 1))
    numbered = rows.annotate(day=Cast("at", BigIntegerField()) / Value(DAY_MICROSECONDS, BigIntegerField()))
    found = numbered.values("day").annotate(**_SUMS).order_by("day")
    return {EPOCH.date() + timedelta(days=row["day"]): _added(row) for row in found}


def saved_of_all() -> dict[str, Saved]:
    """Add up by agent what was saved in all teams together, for machines that watch."""
    return _by_agent(Saving.objects.all())


def _seen_by(viewer: object) -> Q:
    return Q() if viewer is None else in_team(viewer)


def shelves(viewer: object = None, agent: str = "") -> Sequence[Shelf]:
    """Return what is kept of each agent, and what it has saved; of one agent if one is named.

    A viewer sees what their team has; without one it is what all have, for who runs the installation.
    """
    answers = Answer.objects.filter(_seen_by(viewer))
    answers = answers.filter(agent=agent) if agent else answers
    counts = answers.values("agent").annotate(all=Count("key"), making=Count("key", filter=~Q(fence=""))).order_by()
    kept = {row["agent"]: row for row in counts}
    saved = _by_agent(Saving.objects.filter(_seen_by(viewer)))
    names = [agent] if agent else sorted({*kept, *saved})
    return [_shelf(name, kept.get(name), saved.get(name, NOTHING)) for name in names]


def _shelf(name: str, row: Any, saved: Saved) -> Shelf:
    if row is None:
        return Shelf(agent=name, saved=saved)
    return Shelf(agent=name, answers=row["all"] - row["making"], making=row["making"], saved=saved)


_SUMS = {"hits": Count("run_id"), "usd_": Sum("usd"), "tokens_": Sum("tokens"), "seconds_": Sum("seconds")}


def _by_agent(rows: QuerySet[Saving]) -> dict[str, Saved]:
    return {row["agent"]: _added(row) for row in rows.values("agent").annotate(**_SUMS).order_by("agent")}


def _added(row: Any) -> Saved:
    return Saved(hits=row["hits"], usd=row["usd_"], tokens=row["tokens_"] or 0, seconds=row["seconds_"] or 0.0)
