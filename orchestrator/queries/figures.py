"""The figures of the last hour: how attempts went, how long they took, what they cost; counted in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models.functions import Cast

from orchestrator.core.status import AttemptStatus
from orchestrator.models import AgentVersion, Attempt
from orchestrator.models.fields import EPOCH, micros
from orchestrator.queries.runs import visible_runs

SPAN = timedelta(hours=1)
BUCKET = timedelta(minutes=5)
BUCKETS = SPAN // BUCKET
SAMPLE = 500
"""Latest attempts the latency and the cost are taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How agents did in the last hour. None is unknown, which is not zero."""

    succeeded: int
    failed: int
    success: float | None
    p95_seconds: float | None
    cost_usd: Decimal | None
    done_by_bucket: tuple[int, ...]
    """Attempts that came back, for each five minutes, the oldest first."""
    failed_by_bucket: tuple[int, ...]
    success_by_bucket: tuple[float | None, ...]
    bucket_starts: tuple[datetime, ...]


def figures(viewer: object, now: datetime | None = None) -> Figures:
    """Count the attempts of the last hour that the viewer may see; a merge of Signalbox itself is not one."""
    now = now or datetime.now(UTC)
    rows = _recent(viewer, now)
    done, failed = _by_bucket(rows, now)
    good, bad = sum(done) - sum(failed), sum(failed)
    spans, costs = _sampled(rows)
    return Figures(
        succeeded=good, failed=bad, success=good / (good + bad) if good + bad else None,
        p95_seconds=spans[min(len(spans) - 1, int(len(spans) * 0.95))] if spans else None,
        cost_usd=sum(costs, Decimal(0)) if costs else None,
        done_by_bucket=tuple(done), failed_by_bucket=tuple(failed),
        success_by_bucket=tuple((d - f) / d if d else None for d, f in zip(done, failed, strict=True)),
        bucket_starts=_starts(now),
    )  # fmt: skip


def _starts(now: datetime) -> tuple[datetime, ...]:
    size = BUCKET // timedelta(microseconds=1)
    last = micros(now) // size
    return tuple(EPOCH + timedelta(microseconds=(last - BUCKETS + 1 + place) * size) for place in range(BUCKETS))


def _recent(viewer: object, now: datetime) -> QuerySet[Attempt]:
    # By agent and time, because that is how attempts are indexed.
    agents = list(AgentVersion.objects.filter(is_current=True).values_list("name", flat=True))
    rows = Attempt.objects.filter(agent__in=agents, ended_at__gt=now - SPAN)
    return rows.filter(run_id__in=visible_runs(viewer).values("id")).exclude(status=AttemptStatus.CANCELLED)


def _by_bucket(rows: QuerySet[Attempt], now: datetime) -> tuple[list[int], list[int]]:
    size = BUCKET // timedelta(microseconds=1)
    last = micros(now) // size
    # The division happens in the database; Cast keeps the column's own type out of it.
    number = Cast(F("ended_at"), BigIntegerField()) / size
    bad = Count("id", filter=~Q(status=AttemptStatus.SUCCEEDED))
    counted = rows.annotate(bucket=number).values("bucket").annotate(total=Count("id"), bad=bad).order_by()
    done, failed = [0] * BUCKETS, [0] * BUCKETS
    for row in counted:
        place = BUCKETS - 1 - (last - int(row["bucket"]))
        if 0 <= place < BUCKETS:
            done[place] += row["total"]
            failed[place] += row["bad"]
    return done, failed


def _sampled(rows: QuerySet[Attempt]) -> tuple[list[float], list[Decimal]]:
    sample = list(rows.order_by("-ended_at").only("started_at", "ended_at", "cost_usd")[:SAMPLE])
    spans = sorted((one.ended_at - one.started_at).total_seconds() for one in sample if one.started_at)
    return spans, [cost for one in sample if (cost := _money(one.cost_usd)) is not None]


def _money(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
