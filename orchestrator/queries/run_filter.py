"""Which runs are asked for: the same words in an address of a page and of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from orchestrator.core import codec
from orchestrator.core.errors import RejectedError
from orchestrator.core.ids import run_id
from orchestrator.core.problems import Problem
from orchestrator.core.status import RUN_LIVE, RunStatus
from orchestrator.models import QueueEntry, Run, Timer

WAITS = ("gate", "slot", "agent", "timer", "resume")
"""What a run can wait for: a person, a free slot, an agent at work, a time, being resumed."""
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
SKEW = timedelta(minutes=5)
"""How far the clock that made a run's id may be from the one that wrote when it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs are asked for; an empty field asks for all."""

    status: str = ""
    """A run status, or `active` for all that have not ended."""
    workflow: str = ""
    waiting_on: str = ""
    """One of WAITS."""
    agent: str = ""
    """One that the run may call."""
    label: str = ""
    """`name=value`, or a name alone."""
    starter: str = ""
    """An account's id, or part of its name."""
    since: str = ""
    """Begun no earlier: a span back from now such as `90m`, `24h`, `7d`, or an instant."""
    until: str = ""
    """Begun earlier than that; written the same way."""
    text: str = ""
    """Part of the title, the beginning of the id, or the correlation id."""
    card_id: int | None = None


WORDS = tuple(one.name for one in fields(RunFilter) if one.name != "card_id")
"""The names of filters, as they stand in an address."""


def read_filter(asked: Mapping[str, str]) -> RunFilter:
    """Read a filter from the names and values of an address; values are checked where they are used."""
    given = {name: asked.get(name, "").replace("\0", "").strip() for name in WORDS}
    return RunFilter(
        status=given["status"], workflow=given["workflow"], waiting_on=given["waiting_on"], agent=given["agent"],
        label=given["label"], starter=given["starter"], since=given["since"], until=given["until"], text=given["text"],
    )  # fmt: skip


def matching(rows: QuerySet[Run], wanted: RunFilter, now: datetime | None = None) -> QuerySet[Run]:
    """Return the runs that fit; raises RejectedError naming a word that is not known."""
    now = now or datetime.now(UTC)
    if wanted.status == "active":
        rows = rows.filter(status__in=RUN_LIVE)
    elif wanted.status:
        rows = rows.filter(status=_known(wanted.status, "status", ("active", *RunStatus)))
    if wanted.workflow:
        rows = rows.filter(workflow=wanted.workflow)
    if wanted.starter:
        rows = rows.filter(Q(actor=wanted.starter) | Q(actor_name__icontains=wanted.starter))
    if wanted.card_id is not None:
        rows = rows.filter(card_id=wanted.card_id)
    if wanted.agent:
        rows = _holding(rows, "agents", f"{codec.dumps(wanted.agent)}:")
    if wanted.label:
        rows = _labelled(rows, wanted.label)
    if wanted.text:
        text = wanted.text
        rows = rows.filter(Q(title__icontains=text) | Q(id__startswith=text) | Q(correlation_id=text))
    rows = _between(rows, wanted, now)
    return _waiting(rows, wanted.waiting_on) if wanted.waiting_on else rows


def moment(text: str, name: str, now: datetime) -> datetime:
    """Read an instant, or a span back from now; raises RejectedError."""
    span = _SPAN.fullmatch(text)
    if span:
        return now - timedelta(**{UNITS[span[2]]: int(span[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "write a span such as 90m, 24h or 7d, or an instant such as 2026-01-31T12:00"
        problem = Problem(path=name, message=f"{text[:40]!r} is no time", hint=hint)
        raise RejectedError(f"There is no such {name}.", [problem]) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _between(rows: QuerySet[Run], wanted: RunFilter, now: datetime) -> QuerySet[Run]:
    if wanted.since:
        since = moment(wanted.since, "since", now)
        # Ids sort by time, so that older runs are not looked at.
        lowest = run_id(max(0, int((since - SKEW).timestamp() * 1000)), 0)
        rows = rows.filter(created_at__gte=since, id__gte=lowest)
    if wanted.until:
        rows = rows.filter(created_at__lt=moment(wanted.until, "until", now))
    return rows


def _labelled(rows: QuerySet[Run], label: str) -> QuerySet[Run]:
    name, has_value, value = (part.strip() for part in label.partition("="))
    if not has_value:
        return _holding(rows, "labels", f"{codec.dumps(name)}:")
    as_text, as_written = (f"{codec.dumps(name)}:{one}" for one in (codec.dumps(value), value))
    found = _holding(rows, "labels", as_text)
    # A number or a truth value stands without quotes; what follows it ends it.
    return found | _holding(rows, "labels", f"{as_written},") | _holding(rows, "labels", f"{as_written}}}")


def _holding(rows: QuerySet[Run], column: str, part: str) -> QuerySet[Run]:
    """Keep the runs whose JSON of this column, written without spaces, has this part."""
    return rows.alias(**{f"{column}_text": Cast(column, TextField())}).filter(**{f"{column}_text__contains": part})


def _waiting(rows: QuerySet[Run], what: str) -> QuerySet[Run]:
    _known(what, "waiting_on", WAITS)
    rows = rows.filter(status__in=RUN_LIVE)
    queued = QueueEntry.objects.filter(run_id=OuterRef("id"))
    match what:
        case "gate":
            return rows.filter(gates__gt=0)
        case "resume":
            return rows.filter(paused=True)
        case "slot":
            return rows.filter(Exists(queued.filter(worker__isnull=True)))
        case "agent":
            return rows.filter(Exists(queued.filter(worker__isnull=False)))
        case _:
            return rows.filter(Exists(Timer.objects.filter(run_id=OuterRef("id"))))


def _known(value: str, name: str, allowed: Sequence[str]) -> str:
    if value in allowed:
        return value
    problem = Problem(path=name, message=f"{value[:40]!r} is not one of them", hint=f"one of {', '.join(allowed)}")
    raise RejectedError(f"There is no such {name}.", [problem])
