"""Where a card may stand in a column, and making room for it. Call with the column locked, or ranks may collide."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from orchestrator.boards import ranks
from orchestrator.boards.records import UNNUMBERED
from orchestrator.models import Card, Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a column: beside another card, at the top, or (nothing said) at the end."""

    before: int | None = None
    """The card that will stand right below."""
    after: int | None = None
    """The card that will stand right above."""
    top: bool = False


END = Spot()
TOP = Spot(top=True)


def rank_at(column: Column, card_id: int | None, spot: Spot) -> float:
    """Return a rank for a card at a place of a column; a neighbour that has left means the end."""
    others = Card.objects.filter(column=column)
    if card_id is not None:
        others = others.exclude(pk=card_id)
    found = ranks.between(*_neighbours(others, spot))
    if found is None:
        renumber(others)
        found = ranks.between(*_neighbours(others, spot))
    assert found is not None, "a column numbered afresh has room between any two cards"
    return found


def renumber(others: QuerySet[Card]) -> None:
    """Number cards afresh in the order they have; versions stay, because what a person sees is no different."""
    rows = list(others.order_by("rank", "id").only("id", "rank"))
    for row, rank in zip(rows, ranks.afresh(len(rows)), strict=True):
        # Browsers put cards in order by rank, so they have to hear of it.
        row.rank, row.board_version = rank, UNNUMBERED
    Card.objects.bulk_update(rows, ["rank", "board_version"], batch_size=500)


def _neighbours(others: QuerySet[Card], spot: Spot) -> tuple[float | None, float | None]:
    """Return the ranks above and below a place."""
    if spot.top:
        return None, _first(others.order_by("rank"))
    neighbour = spot.before or spot.after
    beside = _first(others.filter(pk=neighbour)) if neighbour else None
    if beside is None:
        return _first(others.order_by("-rank")), None
    if spot.before:
        return _first(others.filter(rank__lt=beside).order_by("-rank")), beside
    return beside, _first(others.filter(rank__gt=beside).order_by("rank"))


def _first(rows: QuerySet[Card]) -> float | None:
    return rows.values_list("rank", flat=True).first()
