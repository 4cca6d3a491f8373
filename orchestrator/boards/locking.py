"""Taking hold of rows in the one order that cannot deadlock: columns by id, then cards, then (elsewhere) the board."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.models import Card, Column


def lock_columns(ids: Iterable[int]) -> dict[int, Column]:
    """Lock columns and return those that exist. SQLite has no row locks; there the whole transaction is the lock."""
    rows = Column.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {column.pk: column for column in rows}


def lock_card(card_id: int) -> Card | None:
    """Lock one card; its columns are locked already."""
    return Card.objects.select_for_update(of=("self",)).select_related("board").filter(pk=card_id).first()
