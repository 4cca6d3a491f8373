"""Cards: writing, changing and commenting on them. Moving them is in `card_moves`, their own moves in `followers`."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from orchestrator.boards.locking import lock_card, lock_columns
from orchestrator.boards.places import END, rank_at
from orchestrator.boards.records import Author, record, touch
from orchestrator.boards.work import fit_again, live_run
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import listed
from orchestrator.models import Board, Card, CardEntry, Column, User
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.services.card_fields import COMMENT, write, wrong
from orchestrator.services.card_moves import arrive, move, run_again
from orchestrator.services.card_refusals import Choice, check_version, no_such_column

__all__ = ["Choice", "archive", "comment", "create", "edit", "move", "restore", "run_again"]


@transaction.atomic
def create(actor: User, board_id: int, title: str, column_id: int | None = None, **fields: Json) -> Card:
    """Write a card at the end of a column, the first one unless another is named; a workflow column starts its run."""
    board = Board.objects.filter(pk=board_id).first()
    if board is None:
        raise RejectedMissing("There is no such board.")
    actor = require(actor, Verb.ADD_CARD, board)
    column = _column_for(board, column_id)
    card = Card(board=board, column=column, rank=rank_at(column, None, END))
    write(card, {"title": title, **fields})
    card.save()
    record(card, Author.of(actor), "created", f"in {column.name}")
    arrive(card, column, actor)
    card.save()
    audit.record(actor, "add_card", "card", card.pk, {"board": board.name, "title": card.title})
    touch(board.pk, [card.pk])
    return card


@transaction.atomic
def edit(actor: User, card_id: int, version: int, **changes: Json) -> Card:
    """Change what is written on a card; a run that works on it already keeps the input it was started with."""
    card = _held(card_id)
    actor = require(actor, Verb.EDIT_CARD, card)
    check_version(card, version)
    before = {name: getattr(card, name) for name in changes}
    write(card, changes)
    changed = [name for name in changes if before[name] != getattr(card, name)]
    if changed:
        fit_again(card)
        _save(card)
        record(card, Author.of(actor), "edited", ", ".join(name.removesuffix("_id") for name in changed))
        audit.record(actor, "edit_card", "card", card.pk, {name: changes[name] for name in changed})
    return card


@transaction.atomic
def comment(actor: User, card_id: int, text: str) -> CardEntry:
    """Leave a comment on a card."""
    card = _held(card_id)
    actor = require(actor, Verb.EDIT_CARD, card)
    found = wrong(COMMENT, {"text": text})
    if found:
        raise RejectedError(f"The comment was not kept: {listed(found)}.", found)
    entry = record(card, Author.of(actor), "commented", text.strip())
    touch(card.board_id, [card.pk])
    return entry


@transaction.atomic
def archive(actor: User, card_id: int, version: int) -> Card:
    """Take a card off its board; what is written on it and its history stay, and it can be restored."""
    card = _held(card_id)
    actor = require(actor, Verb.MOVE_CARD, card)
    if card.archived_at is None:
        check_version(card, version)
        if live_run(card):
            raise RejectedConflict("A run is at work on this card; stop it or let it finish first.")
        card.archived_at, card.follows = timezone.now(), False
        _save(card)
        record(card, Author.of(actor), "archived", f"from {card.column.name}")
        audit.record(actor, "archive_card", "card", card.pk, {"title": card.title})
    return card


@transaction.atomic
def restore(actor: User, card_id: int) -> Card:
    """Put an archived card back, at the end of the column it was in; nothing starts by that, but agents may pull it."""
    seen = Card.objects.filter(pk=card_id).first()
    columns = lock_columns([seen.column_id] if seen else [])
    card = _held(card_id)
    actor = require(actor, Verb.MOVE_CARD, card)
    if card.archived_at is not None:
        column = columns.get(card.column_id, card.column)
        card.archived_at, card.rank = None, rank_at(column, card.pk, END)
        card.version += 1
        card.save()
        record(card, Author.of(actor), "restored", f"to {column.name}")
        audit.record(actor, "restore_card", "card", card.pk, {"title": card.title})
        touch(card.board_id, [card.pk])
    return card


def _save(card: Card) -> None:
    """Write a card whose column is not locked, once: of a row that is written twice in one transaction PostgreSQL looks
    up the column again, behind the back of whoever holds it and waits for the card."""
    card.version += 1
    card.board_version = touch(card.board_id)
    card.save()


def _held(card_id: int) -> Card:
    card = lock_card(card_id)
    if card is None:
        raise RejectedMissing("There is no such card.")
    return card


def _column_for(board: Board, column_id: int | None) -> Column:
    """Return, locked, the named column of a board or its first one."""
    rows = Column.objects.filter(board=board)
    found = (rows.filter(pk=column_id) if column_id is not None else rows.order_by("position")).first()
    if found is None:
        raise no_such_column()
    return lock_columns([found.pk])[found.pk]
