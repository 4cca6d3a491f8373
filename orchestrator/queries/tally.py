"""The last hour of attempts, kept in this process: each row is read once, so that a page asks the same little whether
ten attempts ended in that hour or a million. What is made of it is in `figures`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Cast

from orchestrator.core.status import AttemptStatus
from orchestrator.core.trials import PREFIX
from orchestrator.models import Attempt, Run
from orchestrator.models.fields import micros

MINUTES = 60
MINUTE = 60_000_000
PAGE = 5_000
MOST = 50_000
"""Rows that are read at once, as at first; what is older is unknown to this process."""
SPANS = 24
"""Attempts of one agent in one minute whose time is kept, the latest ones."""
GAP_SECONDS = 60.0
"""How long a number that was passed over is asked for: its transaction may commit after a later one's."""
MOST_GAPS = 500
NOBODY = -1


class Row(NamedTuple):
    """An attempt that is over; instants in microseconds."""

    id: int
    run_id: str
    agent: str
    status: str
    cost: str | None
    started: int | None
    ended: int
    team: int | None


@dataclass(slots=True)
class Minute:
    """What came of one agent's attempts for one team in one minute."""

    done: int = 0
    failed: int = 0
    cost: Decimal | None = None
    spans: deque[float] = field(default_factory=lambda: deque(maxlen=SPANS))


class Tally:
    """Counts attempts by minute, team and agent. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin again with the next question."""
        self._minutes: dict[int, dict[tuple[int | None, str], Minute]] = {}
        self._gaps: dict[int, float] = {}
        self._last: Row | None = None
        self._known_from = 0

    def hour(self, team: int | None, now: datetime) -> Iterator[tuple[int, str, Minute]]:
        """Yield place (0 to 59, the oldest minute first), agent and counts, of this team and of none."""
        with self._lock:
            self._read(micros(now))
            first = micros(now) // MINUTE - MINUTES + 1
            found = [(minute - first, agent, counts) for minute, of in self._minutes.items()
                     for (owner, agent), counts in of.items() if owner is None or owner == team]  # fmt: skip
        return iter([one for one in found if 0 <= one[0] < MINUTES])

    def known_from(self, now: datetime) -> int:
        """Return the first place this process knows all of."""
        return max(0, self._known_from - (micros(now) // MINUTE - MINUTES + 1))

    def _read(self, now: int) -> None:
        if self._last is None or not self._read_on(self._last):
            self.forget()
            self._read_back(now)
        first = now // MINUTE - MINUTES + 1
        for minute in [minute for minute in self._minutes if minute < first]:
            del self._minutes[minute]

    def _read_on(self, last: Row) -> bool:
        """Take what is new; False where the row read last is not there any more, so that all has to be read again."""
        latest = Attempt.objects.order_by("-id").values_list("id", flat=True).first()
        if latest is None or latest - last.id > MOST:
            return False  # nobody asked for long, so that reading back from the end is less
        rows = list(_rows(Attempt.objects.filter(id__gte=last.id).order_by("id")))
        if not rows or rows[0] != last:
            return False
        self._take(rows[1:])
        moment = time.monotonic()
        self._gaps = {gap: since for gap, since in self._gaps.items() if moment - since < GAP_SECONDS}
        if self._gaps:
            late = list(_rows(Attempt.objects.filter(id__in=list(self._gaps))))
            for row in late:
                del self._gaps[row.id]
                self._count(row)
        return True

    def _read_back(self, now: int) -> None:
        since, seen, low = now - MINUTES * MINUTE, 0, None
        while seen < MOST:
            older = Attempt.objects.all() if low is None else Attempt.objects.filter(id__lt=low)
            rows = list(_rows(older.order_by("-id")[:PAGE]))
            for row in rows:
                self._count(row)
            if self._last is None and rows:
                self._last = rows[0]
            if len(rows) < PAGE or max(row.ended for row in rows) < since:
                return
            seen, low = seen + PAGE, rows[-1].id
        self._known_from = rows[-1].ended // MINUTE + 1

    def _take(self, rows: Iterable[Row]) -> None:
        for row in rows:
            assert self._last is not None
            missing = range(self._last.id + 1, row.id)[: MOST_GAPS - len(self._gaps)]
            self._gaps |= dict.fromkeys(missing, time.monotonic())
            self._count(row)
            self._last = row

    def _count(self, row: Row) -> None:
        if row.status in (AttemptStatus.CANCELLED, AttemptStatus.SUSPENDED):
            return
        one = self._minutes.setdefault(row.ended // MINUTE, {}).setdefault((row.team, row.agent), Minute())
        one.done += 1
        one.failed += row.status != AttemptStatus.SUCCEEDED
        if row.started is not None:
            one.spans.append((row.ended - row.started) / 1e6)
        cost = money(row.cost)
        if cost is not None:
            one.cost = (one.cost or Decimal(0)) + cost


def money(text: str | None) -> Decimal | None:
    """Read an amount; None for what nothing metered."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _rows(found: QuerySet[Attempt]) -> Iterator[Row]:
    # A trial of an agent is no team's work, and so not counted.
    whose = Case(When(workflow__startswith=PREFIX, then=NOBODY), default="team_id", output_field=IntegerField())
    team = Subquery(Run.objects.filter(pk=OuterRef("run_id")).values(whose=whose)[:1])
    # As plain numbers: a datetime for each of thousands of rows takes longer than reading them.
    started, ended = (Cast(F(name), BigIntegerField()) for name in ("started_at", "ended_at"))
    plain = found.annotate(_started=started, _ended=ended, _team=team)
    yield from map(Row._make, plain.values_list("id", "run_id", "agent", "status", "cost_usd", "_started", "_ended",
                                                "_team"))  # fmt: skip


tally = Tally()
"""The one of this process."""
