"""The figures of the last hour: how attempts went, how long they took, what they cost, and how many runs and gates
stood open meanwhile."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db.models import BigIntegerField, F, Model, QuerySet
from django.db.models.functions import Cast

from orchestrator.models import AgentVersion
from orchestrator.models.fields import EPOCH, micros
from orchestrator.queries.gates import visible_gates
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.scope import signed_in
from orchestrator.queries.tally import MINUTE, MINUTES, tally

PART = 5
"""Minutes of one point of a small line."""
PARTS = MINUTES // PART
M = TypeVar("M", bound=Model)
LOOKED = 400
"""Latest runs, and gates, whose beginning and end make the line of how many stood open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHour:
    """How one agent did in the last hour. None is unknown, which is not zero."""

    tried: int
    success: float | None
    p95_seconds: float | None


UNASKED = AgentHour(tried=0, success=None, p95_seconds=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How agents did in the last hour. None is unknown, which is not zero."""

    done: tuple[int | None, ...]
    """Attempts that came back in each minute, well or badly, the oldest first."""
    failed: tuple[int | None, ...]
    success: float | None
    p95_seconds: float | None
    cost_usd: Decimal | None
    success_line: tuple[float | None, ...]
    """One value for each five minutes, as in the other lines."""
    p95_line: tuple[float | None, ...]
    cost_line: tuple[float | None, ...]
    starts: tuple[datetime, ...]
    """Beginning of each minute."""
    names: tuple[str, ...]
    """Of all agents there are, in order."""
    by_agent: dict[str, AgentHour]

    @property
    def tried(self) -> int:
        """Count the attempts of the hour."""
        return sum(one or 0 for one in self.done)


@dataclass(slots=True)
class _Sum:
    done: int = 0
    failed: int = 0
    cost: Decimal | None = None
    spans: list[float] = field(default_factory=list)

    @property
    def success(self) -> float | None:
        return (self.done - self.failed) / self.done if self.done else None

    @property
    def p95(self) -> float | None:
        spans = sorted(self.spans)
        return spans[min(len(spans) - 1, int(len(spans) * 0.95))] if spans else None


def figures(viewer: object, now: datetime | None = None) -> Figures:
    """Count the attempts of the last hour that the viewer may see; a merge of Signalbox itself is not one."""
    now = now or datetime.now(UTC)
    agents = AgentVersion.objects.filter(is_current=True).order_by("name").values_list("name", flat=True)
    names = dict.fromkeys(agents)
    whole, minutes, parts = _Sum(), [_Sum() for _ in range(MINUTES)], [_Sum() for _ in range(PARTS)]
    of_agents: dict[str, _Sum] = {}
    for place, agent, counts in tally.hour(signed_in(viewer).team_id, now):
        if agent in names:
            for one in (whole, minutes[place], parts[place // PART], of_agents.setdefault(agent, _Sum())):
                one.done, one.failed = one.done + counts.done, one.failed + counts.failed
                one.spans.extend(counts.spans)
                if counts.cost is not None:
                    one.cost = (one.cost or Decimal(0)) + counts.cost
    unknown = tally.known_from(now)
    return Figures(
        done=tuple(None if place < unknown else one.done for place, one in enumerate(minutes)),
        failed=tuple(None if place < unknown else one.failed for place, one in enumerate(minutes)),
        success=whole.success, p95_seconds=whole.p95, cost_usd=whole.cost,
        success_line=tuple(one.success for one in parts), p95_line=tuple(one.p95 for one in parts),
        cost_line=tuple(None if one.cost is None else float(one.cost) for one in parts), starts=_starts(now),
        names=tuple(names),
        by_agent={name: AgentHour(tried=one.done, success=one.success, p95_seconds=one.p95)
                  for name, one in of_agents.items()},
    )  # fmt: skip


def runs_line(viewer: object, now: datetime | None = None) -> tuple[float | None, ...]:
    """Return how many runs were in flight at the end of each five minutes; None further back than was looked."""
    return _open_line(visible_runs(viewer), "created_at", "ended_at", now or datetime.now(UTC))


def gates_line(viewer: object, now: datetime | None = None) -> tuple[float | None, ...]:
    """Return how many gates were open at the end of each five minutes; None further back than was looked."""
    return _open_line(visible_gates(viewer), "opened_at", "closed_at", now or datetime.now(UTC))


def _open_line(rows: QuerySet[M], begin: str, end: str, now: datetime) -> tuple[float | None, ...]:
    # As plain numbers, since hundreds are read and compared: instants take longer.
    spans = list(rows.order_by("-id").values_list(_micros(begin), _micros(end))[:LOOKED])
    begun, over = sorted(begun for begun, _ in spans), sorted(over for _, over in spans if over is not None)
    reaches = spans[-1][0] if len(spans) == LOOKED else 0
    moments = [micros(now) - MINUTE * PART * (PARTS - 1 - place) for place in range(PARTS)]
    return tuple(
        None if moment < reaches else float(bisect_right(begun, moment) - bisect_right(over, moment))
        for moment in moments
    )


def _micros(name: str) -> Cast:
    return Cast(F(name), BigIntegerField())


def _starts(now: datetime) -> tuple[datetime, ...]:
    last = micros(now) // MINUTE
    return tuple(EPOCH + timedelta(microseconds=(last - MINUTES + 1 + place) * MINUTE) for place in range(MINUTES))
