"""What is kept of a change: a line in the card's history, a higher version of the board, a hint to browsers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q

from orchestrator.live import publish
from orchestrator.models import Board, Card, CardEntry, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changed a card; without a name it moved itself."""

    id: str = ""
    name: str = ""

    @classmethod
    def of(cls, user: User) -> Author:
        """Return a person as an author."""
        return cls(id=str(user.pk), name=(user.get_full_name() or user.username)[:150])


ITSELF = Author()
UNNUMBERED = -1
"""Version of a card that has changed in this transaction and is numbered at its end; nobody else ever sees it."""


def record(card: Card, author: Author, verb: str, text: str = "") -> CardEntry:
    """Add a line to a card's history."""
    return CardEntry.objects.create(
        card=card, actor=author.id, actor_name=author.name, verb=verb, text=text, run_id=card.run_id
    )


def touch(board_id: int, card_ids: Iterable[int] = ()) -> int:
    """Raise a board's version, give it to the cards that changed, and tell browsers once all is committed."""
    rows = Board.objects.filter(pk=board_id)
    rows.update(version=F("version") + 1)
    # The update holds the row, so nobody else's version can be read here.
    version: int = rows.values_list("version", flat=True).get()
    changed = Q(pk__in=list(card_ids)) | Q(board_version=UNNUMBERED)
    Card.objects.filter(changed, board=board_id).update(board_version=version)
    transaction.on_commit(lambda: publish({f"board.{board_id}": version}))
    return version
