"""How a line of the audit trail is told: the act in words, what it was done to with its page, what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from dashboard.partials.values import Laid, gist, laid
from orchestrator.models import AuditEntry
from orchestrator.queries.audit import WORDS

SPANS = {"1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days"}
PAGES = {"run": "runs-detail", "gate": "approvals-detail", "agent": "agents-detail", "workflow": "workflows-detail",
         "board": "boards-detail"}  # fmt: skip
"""Kind of a thing to the name of its page's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line as it is told."""

    entry: AuditEntry
    act: str
    url: str
    """Page of what it was done to; empty where there is none."""
    gist: str
    details: Laid | None


def wanted(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address that mean something, in a fixed order."""
    return {name: value.strip()[:200] for name in WORDS if (value := asked.get(name, "")).strip()}


def row(entry: AuditEntry) -> Row:
    """Tell one line."""
    return Row(
        entry=entry, act=entry.verb.replace("_", " "), url=_url(entry), gist=gist(entry.data, 120),
        details=laid(entry.data) if entry.data else None,
    )  # fmt: skip


def _url(entry: AuditEntry) -> str:
    try:
        return reverse(PAGES[entry.noun], args=[entry.noun_id]) if entry.noun in PAGES else ""
    except NoReverseMatch:
        return ""  # what it was called then can be no address
