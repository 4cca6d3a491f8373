"""Seals the lines of the audit trail after the fact, in batches, so that nobody who writes one waits for another.

Lines stand in the chain in the order they were sealed in: one that committed late is sealed late.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from orchestrator.core import seals
from orchestrator.models import AuditEntry
from orchestrator.queries.audit import content

BATCH = 200


def seal_trail(limit: int = BATCH) -> int:
    """Seal what is not sealed yet and return how many lines; safe when several processes do it at once."""
    try:
        with transaction.atomic():
            return _seal(limit)
    except IntegrityError:
        return 0  # another process took these places; its work stands


def _seal(limit: int) -> int:
    # Whoever comes second waits here, and finds that nothing is left of what the first one took.
    loose = list(AuditEntry.objects.select_for_update().filter(place__isnull=True).order_by("id")[:limit])
    if not loose:
        return 0
    last = AuditEntry.objects.filter(place__isnull=False).order_by("-place").first()
    place, before = (last.place or 0, last.seal) if last else (0, seals.FIRST)
    for entry in loose:
        place += 1
        entry.place = place
        before = entry.seal = seals.seal(before, content(entry))
    AuditEntry.objects.bulk_update(loose, ["place", "seal"])
    return len(loose)
