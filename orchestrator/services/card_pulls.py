"""Agents pull cards (P13): where a column that pulls has a place free, the first card in turn goes there and starts.

Level-triggered, from the state as it is: late, twice at once, or killed anywhere, nothing goes wrong. Each pull is one
transaction that holds both columns, so that no card is pulled twice and no limit passed.
"""

from __future__ import annotations

import logging

from django.db import transaction

from orchestrator.boards.locking import lock_card, lock_columns
from orchestrator.boards.places import END, rank_at
from orchestrator.boards.records import ITSELF, Author, record, touch
from orchestrator.boards.work import at_work, has_place, queued
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import listed
from orchestrator.core.pulls import reason
from orchestrator.models import Card, CardEntry, Column, User, WorkflowVersion
from orchestrator.queries.pulls import columns_to_pull, in_turn, waiting
from orchestrator.services.card_runs import check, start

log = logging.getLogger("signalbox.cards")
PUT = ("created", "moved", "restored", "handed_back")
"""What people do that puts a card where it stands; its run is started for whoever did that last."""


def pull() -> int:
    """Fill the free places of all columns that pull; return how many cards changed. Safe twice at once."""
    return sum(fill(column) for column in list(columns_to_pull()))


def fill(column: Column) -> int:
    """Pull cards into one column, each in a transaction of its own, until its places or the cards run out."""
    changed = 0
    # Looked at first without any lock: most of the time there is no place, or no card that fits.
    while has_place(column) and _cards(column, _version(column)) and _pull_one(column.pk):
        changed += 1
    return changed


def _pull_one(column_id: int) -> bool:
    """Pull the first card in turn, or pass it by where it does not fit; False where there is nothing to do any more."""
    with transaction.atomic():
        seen = Column.objects.filter(pk=column_id).first()
        columns = lock_columns([column_id, seen.source_id or 0] if seen else [])
        column = columns.get(column_id)
        source = columns.get(column.source_id or 0) if column else None
        if column is None or source is None or not has_place(column) or queued(column).exists():
            return False
        version = _version(column)
        cards = _cards(column, version)
        card = lock_card(cards[0]) if cards else None
        # Whoever held the card may have taken it over, or put it away, while this waited for it.
        if card is None or not waiting(source.pk).filter(pk=card.pk).exists():
            return False
        try:
            # A savepoint: what a refused start had written goes, the word about it stays.
            with transaction.atomic():
                _take(card, source, column, len(cards))
        except RejectedError as refused:
            _pass_by(card.pk, column, version, refused)
        touch(column.board_id, [card.pk])
        return True


def _version(column: Column) -> str:
    """Return the version of the workflow that a column would start; empty while none is loaded."""
    rows = WorkflowVersion.objects.filter(name=column.workflow, is_current=True)
    return rows.values_list("version", flat=True).first() or ""


def _cards(column: Column, version: str) -> list[int]:
    """Return the cards that a column may pull, in turn; none while there is nothing it could start."""
    if column.source_id is None or not version:
        return []
    rows = in_turn(waiting(column.source_id).exclude(unfit__contains=version))
    return list(rows.values_list("pk", flat=True))


def _take(card: Card, source: Column, column: Column, count: int) -> None:
    """Move a card and start its run; raises RejectedError where it cannot be started."""
    actor = _for_whom(card)
    check(card, column, actor)
    _move(card, source, column, count)
    start(card, column, actor, Author(name=column.worker))
    card.save()


def _move(card: Card, source: Column, column: Column, count: int) -> None:
    card.rank, card.column = rank_at(column, card.pk, END), column
    card.version += 1
    card.pulled_by, card.pulled_version = column.worker, card.version
    words = reason(card.priority, count, at_work(column), column.limit)
    record(card, Author(name=column.worker), "pulled", f"from {source.name} to {column.name}: {words}")
    log.info("a card was pulled", extra={"card_id": card.pk, "column": column.name, "worker": column.worker})


def _for_whom(card: Card) -> User:
    """Return the account that put a card where it stands; raises RejectedError where it may start nothing."""
    entry = CardEntry.objects.filter(card=card, verb__in=PUT).exclude(actor="").order_by("-pk").first()
    actor = User.objects.filter(pk=entry.actor, is_active=True).first() if entry else None
    if actor is None:
        raise RejectedError("the account that put it here is closed")
    return actor


def _pass_by(card_id: int, column: Column, version: str, refused: RejectedError) -> None:
    """Note on a card why it cannot be pulled, so that it is passed by until it, or what would run, has changed."""
    card = Card.objects.get(pk=card_id)
    card.unfit = ",".join([*filter(None, card.unfit.split(",")), version])
    why = " ".join([refused.detail, listed(refused.problems)]).strip()
    card.why = f"{column.worker} cannot take it: {why}"[:300]
    record(card, ITSELF, "passed_by", card.why)
    card.save(update_fields=["unfit", "why"])
