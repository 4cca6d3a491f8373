"""Which cards of a board somebody wants to see. Asked of all cards, also of those that no page has drawn yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from orchestrator.models import Board, Card, Run, User

NO_RUN, QUEUED, ARCHIVED = "pending", "queued", "archived"
NOBODY = "-"
"""Stands for cards that nobody is assigned to."""
STATUSES = (NO_RUN, QUEUED, "running", "waiting", "paused", "succeeded", "failed", "cancelled", ARCHIVED)
MOST_WORDS = 200
Place = tuple[float, int]
"""Where a card stands in its column: rank and id, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a card must have; empty is anything."""

    words: str = ""
    """Each of them in its title, description or labels."""
    status: str = ""
    who: str = ""
    """Name of the account it is assigned to."""
    label: str = ""

    @property
    def is_any(self) -> bool:
        """Tell whether it lets every card through that is on the board."""
        return not (self.words or self.status or self.who or self.label)

    def fits(self, card: Card, status: str) -> bool:
        """Tell whether a card of this status is wanted; an archived one only where it is asked for."""
        if (card.archived_at is not None) != (self.status == ARCHIVED):
            return False
        assigned = card.assignee.username if card.assignee else NOBODY
        return (
            (self.status in ("", ARCHIVED, status))
            and self.who in ("", assigned)
            and (not self.label or self.label in card.labels)
            and self._says(card)
        )

    def _says(self, card: Card) -> bool:
        if not self.words:
            return True
        text = " ".join([card.title, card.description, *card.labels]).casefold()
        return all(word in text for word in self.words.casefold().split())


ANY = Filter()


def wanted(asked: Mapping[str, str]) -> Filter:
    """Read a filter from the parameters of an address; what makes no sense there filters nothing."""
    status = asked.get("status", "")
    return Filter(
        words=asked.get("q", "").strip()[:MOST_WORDS], status=status if status in STATUSES else "",
        who=asked.get("who", "")[:150], label=asked.get("label", "")[:40],
    )  # fmt: skip


def status_of(card: Card, run_status: str | None) -> str:
    """Return the status a card is shown with: its run's, or whether it waits for a place."""
    return run_status or (QUEUED if card.follows and not card.run_id else NO_RUN)


def places(board: Board, asked: Filter) -> dict[int, list[Place]]:
    """Return, by column and in order, where the cards of a board stand that are wanted: two statements at most."""
    rows = Card.objects.filter(board=board).select_related("assignee").defer("input", "why").order_by("rank", "id")
    rows = rows.filter(archived_at__isnull=asked.status != ARCHIVED)
    statuses = _statuses(board) if asked.status else {}
    found: dict[int, list[Place]] = defaultdict(list)
    for card in rows:
        if asked.fits(card, status_of(card, statuses.get(card.run_id))):
            found[card.column_id].append((card.rank, card.pk))
    return found


def people(board: Board) -> Sequence[str]:
    """List the accounts that cards of a board are assigned to."""
    rows = User.objects.filter(card__board=board, card__archived_at=None).distinct().order_by("username")
    return list(rows.values_list("username", flat=True))


def labels(board: Board) -> Sequence[str]:
    """List the labels that cards of a board bear."""
    rows = Card.objects.filter(board=board, archived_at=None).values_list("labels", flat=True)
    return sorted({str(label) for found in rows for label in found})[:200]


def place_name(card: Card) -> str:
    """Write where a card stands so that an address can name it."""
    return f"{card.rank!r}:{card.pk}"


def place_of(name: str) -> Place:
    """Read the name of a place; one that makes no sense is the top."""
    rank, _, card_id = name.partition(":")
    try:
        found = float(rank), int(card_id)
    except ValueError:
        return -inf, 0
    return found if isfinite(found[0]) and abs(found[1]) < 1 << 63 else (-inf, 0)


def _statuses(board: Board) -> dict[str, str]:
    ids = Card.objects.filter(board=board).exclude(run_id="").values("run_id")
    return dict(Run.objects.filter(pk__in=ids).values_list("id", "status"))
