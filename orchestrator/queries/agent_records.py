"""How agents' latest attempts went and what came of them, in one question for all agents, however long their past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from orchestrator.core.ids import StepPath, parent
from orchestrator.core.outcome_cost import Decided, OutcomeCost, Paid, outcome_cost
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import AttemptStatus
from orchestrator.core.trials import PREFIX
from orchestrator.models.fields import micros
from orchestrator.queries.families import Found, asked_for
from orchestrator.queries.people_time import Spent, spent
from orchestrator.queries.scope import signed_in
from orchestrator.queries.tally import money
from orchestrator.reliability.cache import GIVEN

WINDOW = timedelta(days=7)
LATEST = 200
"""Attempts looked at for one agent, the latest ones within the window."""
AT_ONCE = 200
NOTHING = OutcomeCost()
"""Agents that one question asks about."""
LEFT_OUT = frozenset({AttemptStatus.CANCELLED.value, AttemptStatus.SUSPENDED.value})
"""They say nothing of how an agent does: called off, or not at the end yet. What they cost counts all the same."""
_LATEST = f"""SELECT * FROM (SELECT a.agent, a.run_id, a.path, a.status, a.failure, a.sent_back,
a.ended_at - a.started_at AS took, a.cost_usd, a.tokens, CASE WHEN a.note LIKE '{GIVEN}%%' THEN 1 ELSE 0 END AS given,
r.parent_id, r.status AS ended, r.card_id, a.ended_at
FROM orchestrator_attempt a JOIN orchestrator_run r ON r.id = a.run_id
WHERE a.agent = %s AND a.ended_at > %s AND (r.team_id IS NULL OR r.team_id = %s) AND r.workflow NOT LIKE '{PREFIX}%%'
ORDER BY a.ended_at DESC LIMIT {{limit}}) AS of_{{place}}"""  # noqa: S608 - parts of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How an agent did lately, without trials and what was called off. None is unknown, which is not zero."""

    tried: int = 0
    """Attempts the figures are made from; an answer that was given again is none, nor is work it was kept from."""
    good: int = 0
    """Those of them that succeeded."""
    success: float | None = None
    """Share of those that succeeded."""
    median_seconds: float | None = None
    """Half of those that succeeded took no longer."""
    p95_seconds: float | None = None
    """19 of 20 of those that succeeded took no longer."""
    cost_usd: Decimal | None = None
    """Of everything that was metered, also what was called off."""
    outcomes: OutcomeCost = NOTHING
    """What accepted outcomes cost that it worked for; its own part of them."""


class _Row(NamedTuple):
    agent: str
    run_id: str
    path: str
    status: str
    failure: str | None
    sent_back: bool
    took: int | None
    usd: str | None
    tokens: int | None
    given: int
    parent_id: str
    ended: str
    card_id: int | None
    ended_at: int

    @property
    def counts(self) -> bool:
        return self.status not in LEFT_OUT and not self.given and self.failure != Failure.TRIPPED

    def paid(self, run: str) -> Paid:
        usd = money(self.usd)
        held = self.status in (AttemptStatus.SUCCEEDED, AttemptStatus.SUSPENDED) and not self.sent_back
        return Paid(run=run, held=held, usd=usd, unpriced=int(usd is None and bool(self.tokens)))


def records(
    viewer: object, agents: Sequence[str], now: datetime | None = None, people: bool = False
) -> dict[str, Record]:
    """Describe the latest attempts of these agents that the viewer may see, each agent's by the index of attempts.

    With `people` also how long people were at decisions their steps asked for, two questions more.
    """
    since = micros((now or datetime.now(UTC)) - WINDOW)
    rows: dict[str, list[_Row]] = {name: [] for name in agents}
    for row in _rows(viewer, list(rows), since):
        rows[row.agent].append(row)
    found = [Found(id=one.run_id, status=one.ended, parent_id=one.parent_id, card_id=one.card_id)
             for own in rows.values() for one in own]  # fmt: skip
    asked = asked_for(found)
    times = spent(list(asked)) if people else []
    return {name: _record(own, asked, _decided(own, asked, times)) for name, own in rows.items()}


def _rows(viewer: object, agents: list[str], since: int) -> Iterable[_Row]:
    team = signed_in(viewer).team_id
    for begin in range(0, len(agents), AT_ONCE):
        names = agents[begin : begin + AT_ONCE]
        parts = [_LATEST.format(limit=LATEST, place=place) for place, _ in enumerate(names)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), [value for name in names for value in (name, since, team)])
            yield from (_Row(*row) for row in cursor.fetchall())


def _record(rows: list[_Row], asked: dict[str, Found], decided: Sequence[Decided]) -> Record:
    counted = [one for one in rows if one.counts]
    good = [one for one in counted if one.status == AttemptStatus.SUCCEEDED]
    spans = sorted(one.took / 1e6 for one in good if one.took is not None)
    costs = [usd for one in rows if (usd := money(one.usd)) is not None]
    return Record(
        tried=len(counted), good=len(good), success=len(good) / len(counted) if counted else None,
        median_seconds=spans[len(spans) // 2] if spans else None,
        p95_seconds=spans[min(len(spans) - 1, int(len(spans) * 0.95))] if spans else None,
        cost_usd=sum(costs, Decimal(0)) if costs else None, outcomes=_outcomes(rows, asked, decided),
    )  # fmt: skip


def _outcomes(rows: list[_Row], asked: dict[str, Found], decided: Sequence[Decided]) -> OutcomeCost:
    cut = asked[rows[-1].run_id].id if len(rows) == LATEST else ""
    """Of the run that was cut through only a part would be counted."""
    whole = [one for one in rows if asked[one.run_id].id != cut]
    runs = {(run := asked[one.run_id]).id: run.asked for one in whole}
    paid = [one.paid(asked[one.run_id].id) for one in whole]
    return outcome_cost(list(runs.values()), paid, decided, settings.PERSON_HOUR)


def _decided(rows: list[_Row], asked: dict[str, Found], times: Sequence[Spent]) -> list[Decided]:
    """Return the decisions that steps of an agent asked for: gates right below them."""
    steps = {(one.run_id, one.path) for one in rows}
    return [Decided(run=asked[one.run_id].id, seconds=one.seconds, looked=one.looked)
            for one in times if (one.run_id, parent(StepPath(one.path)) or "") in steps]  # fmt: skip
