"""Moves cards with their runs (B4). Level-triggered: compares a card with its run as it is now, not with what happened.

A person's drag wins: only a card that still stands where automation put it is moved. Starting queued cards is a
service's business (`services.card_runs.start_waiting`).
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery

from orchestrator.boards.locking import lock_card, lock_columns
from orchestrator.boards.places import END, TOP, rank_at
from orchestrator.boards.records import ITSELF, record, touch
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.followers.reading import Reading, column_for, read_run
from orchestrator.models import Card, Column, Policy, Run

log = logging.getLogger("signalbox.followers")


def follow(limit: int = 100) -> int:
    """Bring every card up to its run, so many in one query; return how many changed. Safe twice at once."""
    changed, last = 0, 0
    while found := list(behind().filter(pk__gt=last).values_list("pk", flat=True)[:limit]):
        changed += sum(follow_card(card_id) for card_id in found)
        last = found[-1]
    return changed


def behind() -> QuerySet[Card]:
    """Return the cards whose run has gone on since they looked."""
    n = Run.objects.filter(pk=OuterRef("run_id")).values("n")[:1]
    rows = Card.objects.filter(run_id__gt="", archived_at=None).annotate(n=Subquery(n, output_field=IntegerField()))
    return rows.filter(n__gt=F("seen")).order_by("pk")


def follow_card(card_id: int) -> bool:
    """Bring one card up to its run in a transaction of its own; False where there was nothing left to do."""
    with transaction.atomic():
        seen = Card.objects.filter(pk=card_id).only("board_id", "column_id").first()
        if seen is None:
            return False
        # All columns of the board: where the card goes is only known once the card is held.
        columns = lock_columns(Column.objects.filter(board=seen.board_id).values_list("pk", flat=True))
        card = lock_card(card_id)
        run = Run.objects.filter(pk=card.run_id).first() if card else None
        if card is None or run is None or run.n <= card.seen:
            return False
        _apply(card, run, columns)
        return True


def _apply(card: Card, run: Run, columns: dict[int, Column]) -> None:
    reading = read_run(run)
    target = column_for(card, run, reading) if card.follows else None
    if target is not None and target.pk != card.column_id:
        _move(card, run, columns[card.column_id], target, reading)
    elif run.status in RUN_ENDED and card.why != reading.why:
        record(card, ITSELF, reading.verb, reading.note)
    card.seen, card.why = run.n, reading.why
    if run.status == RunStatus.SUCCEEDED and card.guided_run == run.pk:
        record(card, ITSELF, "guidance_used", card.guidance)
        card.guidance, card.guided_run = "", ""
    card.save(update_fields=["column", "rank", "version", "seen", "why", "guidance", "guided_run", "changed_at"])
    touch(card.board_id, [card.pk])


def _move(card: Card, run: Run, source: Column, target: Column, reading: Reading) -> None:
    """Move a card by itself: what is finished or waits comes to the top, where it is seen."""
    card.rank = rank_at(target, card.pk, END if target.policy == Policy.WORKFLOW else TOP)
    card.column = target
    # A drag that was begun before names the old version and is told where the card is now.
    card.version += 1
    note = f" ({reading.note})" if reading.note else ""
    names = {"card_id": card.pk, "run_id": run.pk, "correlation_id": run.correlation_id, "verb": reading.verb}
    log.info("a card moved with its run", extra=names)
    record(card, ITSELF, reading.verb, f"from {source.name} to {target.name}{note}")
