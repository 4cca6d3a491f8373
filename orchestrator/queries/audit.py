"""The audit trail: who did what to what, and when; is its chain of seals whole? Sealing is in `services.seals`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from orchestrator.core import seals
from orchestrator.core.errors import RejectedForbidden
from orchestrator.core.outcomes import Json
from orchestrator.models import AuditEntry, Role
from orchestrator.queries.page import Page, cut, numbers
from orchestrator.queries.run_filter import moment
from orchestrator.queries.scope import has_role, in_team, signed_in

READERS = Role.BUILDER
"""Least role of those who read the trail."""
PART = 500
"""Lines that are read at once where all are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines are asked for; an empty field asks for all."""

    person: str = ""
    """An account's id, or part of its name."""
    act: str = ""
    """What was done, such as `approve`."""
    object: str = ""
    """What kind of thing it was done to, such as `run`."""
    object_id: str = ""
    since: str = ""
    """A span back from now such as `90m`, `24h`, `7d`, or an instant."""
    until: str = ""


WORDS = tuple(one.name for one in fields(AuditFilter))
"""The names of filters, as they stand in an address."""


def read_filter(asked: Mapping[str, str]) -> AuditFilter:
    """Read a filter from the names and values of an address."""
    return AuditFilter(**{name: asked.get(name, "").replace("\0", "").strip()[:200] for name in WORDS})


def trail(viewer: object, wanted: AuditFilter | None = None, cursor: str = "", limit: int = 50) -> Page[AuditEntry]:
    """List who did what, latest first; raises RejectedForbidden below the role builder."""
    rows = _matching(viewer, wanted or AuditFilter())
    last = numbers(cursor, 1)
    return cut(rows.filter(id__lt=last[0]) if last else rows, limit, lambda entry: [entry.pk])


def parts(viewer: object, wanted: AuditFilter) -> Iterator[list[AuditEntry]]:
    """Yield all lines that fit, latest first, a few at a time."""
    rows, last = _matching(viewer, wanted), None
    while found := list((rows if last is None else rows.filter(id__lt=last))[:PART]):
        yield found
        last = found[-1].pk


def known_words(viewer: object) -> dict[str, list[str]]:
    """List the acts and kinds of things that stand in the viewer's trail, for choosing among them."""
    rows = _matching(viewer, AuditFilter()).order_by()
    return {name: sorted(rows.values_list(column, flat=True).distinct()) for name, column in
            (("act", "verb"), ("object", "noun"))}  # fmt: skip


def content(entry: AuditEntry) -> Json:
    """Return what a seal vouches for."""
    return [entry.place, entry.at.isoformat(), entry.actor, entry.actor_name, entry.verb, entry.noun, entry.noun_id,
            entry.data, entry.team_id]  # fmt: skip


def chain_findings() -> Iterator[str]:
    """Yield what is wrong with the chain of seals, one finding a line; none is good."""
    place, before = 0, seals.FIRST
    for entry in AuditEntry.objects.filter(place__isnull=False).order_by("place").iterator(chunk_size=PART):
        place += 1
        if entry.place != place:
            yield f"audit: line {place} of the chain is missing; after it comes {entry.place}"
            place = entry.place or place
        elif entry.seal != seals.seal(before, content(entry)):
            yield f"audit: line {place} ({entry.verb} {entry.noun} {entry.noun_id}) is not what was sealed"
        before = entry.seal


def _matching(viewer: object, wanted: AuditFilter) -> QuerySet[AuditEntry]:
    me, now = signed_in(viewer), datetime.now(UTC)
    if not has_role(me, READERS):
        raise RejectedForbidden(f"Reading the audit trail needs the role {READERS.value}; yours is {me.role}.")
    rows = AuditEntry.objects.filter(in_team(me)).order_by("-id")
    if wanted.person:
        rows = rows.filter(Q(actor=wanted.person) | Q(actor_name__icontains=wanted.person))
    for column, value in (("verb", wanted.act), ("noun", wanted.object), ("noun_id", wanted.object_id)):
        rows = rows.filter(**{column: value}) if value else rows
    if wanted.since:
        rows = rows.filter(at__gte=moment(wanted.since, "since", now))
    return rows.filter(at__lt=moment(wanted.until, "until", now)) if wanted.until else rows
