"""What was saved by giving answers again (C3): of one step, and added up by agent and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from orchestrator.models import Answer, Saving
from orchestrator.queries.scope import in_team


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What answers that were given again have saved."""

    hits: int = 0
    usd: float = 0.0
    """Of those whose cost was metered; the others are not in it."""
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
    return {row.path: row for row in Saving.objects.filter(run_id=run_id, path__in=list(paths))}


def saved_in(run_id: str) -> Saved:
    """Add up what one run, which the viewer was shown, did not have to do."""
    return _added(Saving.objects.filter(run_id=run_id).aggregate(**_SUMS))


def saved_by_agent(viewer: object, since: datetime | None = None) -> dict[str, Saved]:
    """Add up by agent what a viewer's team has saved since a moment, or at all."""
    rows = Saving.objects.filter(in_team(viewer))
    return _by_agent(rows if since is None else rows.filter(at__gte=since))


def saved_by_day(viewer: object, agent: str, days: int = 7) -> dict[str, Saved]:
    """Add up what one agent's answers have saved on each of the last days (UTC), as `2026-11-28`; today is the last."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Saving.objects.filter(in_team(viewer), agent=agent)
    found: dict[str, Saved] = {}
    for back in range(days - 1, -1, -1):
        begins = midnight - timedelta(days=back)
        within = rows.filter(at__gte=begins, at__lt=begins + timedelta(days=1))
        found[f"{begins:%Y-%m-%d}"] = _added(within.aggregate(**_SUMS))
    return found


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
    return Saved(hits=row["hits"], usd=row["usd_"] or 0.0, tokens=row["tokens_"] or 0, seconds=row["seconds_"] or 0.0)
