"""The audit trail: one line for everything somebody changed. Never secrets; reading it is in `queries.people`."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.models import AuditEntry, User

MOST_BYTES = 16_384
SECRET = re.compile(r"(^|[_-])(token|password|passwd|secret|authorization|cookie|api_?key|credentials?)($|[_-])", re.I)
HIDDEN = "…"
log = logging.getLogger("signalbox.audit")


def record(actor: User, verb: str, noun: str, noun_id: object, data: Mapping[str, Json] | None = None) -> AuditEntry:
    """Write one line, in the caller's transaction where there is one; the log has it too, without its data."""
    log.info("audit", extra={"verb": verb, "noun": noun, "noun_id": str(noun_id)[:200]})
    return AuditEntry.objects.create(
        actor=str(actor.pk),
        actor_name=name_of(actor),
        verb=verb,
        noun=noun,
        noun_id=str(noun_id)[:200],
        data=_kept(dict(data or {})),
        team_id=actor.team_id,
    )


def name_of(actor: User) -> str:
    """Return the name an account is shown under."""
    return (actor.get_full_name() or actor.username)[:150]


def _kept(data: dict[str, Json]) -> Json:
    """Blot out what may be secret and leave out what is too large."""
    cleaned = _without_secrets(data)
    size = len(codec.dumps(cleaned))
    if size <= MOST_BYTES:
        return cleaned
    names: list[Json] = list(list(data)[:50])
    return {"left_out": codec.size_in_words(size), "names": names}


def _without_secrets(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: HIDDEN if SECRET.search(name) else _without_secrets(item) for name, item in value.items()}
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")  # PostgreSQL keeps no zero characters
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
