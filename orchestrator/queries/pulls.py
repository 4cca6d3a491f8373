"""Which cards wait to be pulled, by whom, and in which order (P13). Pulling them is in `services.card_pulls`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Exists, OuterRef, QuerySet

from orchestrator.core.pulls import NEAR, waits_for
from orchestrator.core.status import RUN_LIVE
from orchestrator.models import AgentPause, Card, Column, Run

PAUSED = AgentPause.objects.filter(agent=OuterRef("agent"))
"""Of a column: that its agent is paused."""


def waiting(source: int | OuterRef) -> QuerySet[Card]:
    """Return the cards of a column that may be pulled: on the board, in nobody's hands, no run at work on them."""
    live = Run.objects.filter(pk=OuterRef("run_id"), status__in=RUN_LIVE)
    rows = Card.objects.filter(column=source, archived_at=None, taken_by=None)
    return rows.filter(~Exists(live))


def in_turn(cards: QuerySet[Card]) -> QuerySet[Card]:
    """Put cards in the order they are pulled in: the most urgent first, of equals the one that stands higher."""
    return cards.order_by("priority", "rank", "id")


def columns_to_pull() -> QuerySet[Column]:
    """Return the columns that pull, where a card waits for them; their places may all be taken.

    A paused agent pulls nothing.
    """
    rows = Column.objects.filter(~Exists(PAUSED), source__isnull=False)
    return rows.filter(Exists(waiting(OuterRef("source_id")))).order_by("pk")


def pullers(sources: Collection[int]) -> dict[int, list[Column]]:
    """Return by column those that pull from it; columns that none pulls from are left out."""
    found: dict[int, list[Column]] = defaultdict(list)
    for column in Column.objects.filter(source__in=sources).annotate(is_paused=Exists(PAUSED)).order_by("position"):
        found[column.source_id or 0].append(column)
    return dict(found)


def names(columns: Iterable[Column]) -> str:
    """Name those who pull, as a sentence does."""
    said = (f"{one.worker} (paused)" if getattr(one, "is_paused", False) else one.worker for one in columns)
    return " or ".join(dict.fromkeys(said))


def waits(cards: Collection[Card]) -> Mapping[int, str]:
    """Say of cards that may be pulled, and that nobody has passed by, what they wait for; others are left out."""
    found: dict[int, str] = {}
    for source, columns in pullers({card.column_id for card in cards}).items():
        line = {pk: ahead for ahead, pk in enumerate(_first(source, NEAR + 1))}
        here = [card for card in cards if card.column_id == source and not card.unfit and card.taken_by_id is None]
        found |= {card.pk: waits_for(names(columns), line.get(card.pk)) for card in here}
    return found


def next_in_turn(board_id: int, changed: int) -> list[int]:
    """Return the cards whose words may be others once so many cards have changed: each of them shifts the line by one.

    What they wait for is said of the line as a whole and is no part of their rows.
    """
    sources = Column.objects.filter(board=board_id, pullers__isnull=False).distinct().values_list("pk", flat=True)
    return [pk for source in sources for pk in _first(source, NEAR + 1 + changed)]


def _first(source: int, most: int) -> list[int]:
    return list(in_turn(waiting(source).filter(unfit="")).values_list("pk", flat=True)[:most])
