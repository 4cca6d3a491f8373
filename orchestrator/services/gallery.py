"""Runs the shipped examples of patterns as they stand: a workflow with its default input, a board with a new card."""

from __future__ import annotations

from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Board, Card, Column, User
from orchestrator.queries.boards import board_named
from orchestrator.services import cards
from orchestrator.services.access import Verb, require

TITLE = "Charged twice"
WORDS = "My invoice shows two payments for one order. Please refund one of them today."


def put_card(actor: object, board_name: str) -> Card:
    """Write a card into the column that agents pull from; raises RejectedMissing where nobody pulls."""
    user: User = require(actor, Verb.ADD_CARD)
    board = board_named(user, board_name)
    column = pulled(board)
    return cards.create(user, board.pk, TITLE, column.pk, description=WORDS)


def pulled(board: Board) -> Column:
    """Return the column of a board that agents pull from."""
    found = Column.objects.filter(board=board, pullers__isnull=False).first()
    if found is None:
        raise RejectedMissing(f"On the board {board.name!r} no agent pulls cards; apply the shipped one again.")
    return found
