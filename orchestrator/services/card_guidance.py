"""Guidance: what a person wants the next agent to know. A column hands it on where its `with` takes `card.guidance`.

It stays on the card until a run that was given it succeeds, and in the card's history for good.
"""

from __future__ import annotations

from django.db import transaction

from orchestrator.boards.locking import lock_card
from orchestrator.boards.records import ITSELF, Author, record, touch
from orchestrator.boards.work import fit_again
from orchestrator.core import expressions
from orchestrator.core.errors import RejectedError, RejectedMissing
from orchestrator.core.problems import Problem, listed
from orchestrator.models import Board, Card, Column, Policy, User
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.services.card_fields import GUIDANCE, wrong
from orchestrator.services.card_refusals import check_version

TAKEN = ("card", "guidance")


def takes(column: Column) -> bool:
    """Tell whether a column hands guidance on."""
    used = [name for text in (column.inputs or {}).values() for name in expressions.compile(text).references]
    return any(name[:2] == TAKEN or name == TAKEN[:1] for name in used)


def is_taken_on(board: Board) -> bool:
    """Tell whether any column of a board hands guidance on."""
    return any(takes(column) for column in Column.objects.filter(board=board, policy=Policy.WORKFLOW))


def hand_on(card: Card, column: Column) -> None:
    """Note on a card whose run has just been started whether its guidance went with it. The caller saves the card."""
    if not card.guidance:
        return
    if takes(column):
        card.guided_run = card.run_id
        record(card, ITSELF, "guidance_given", f"to {column.worker}: {card.guidance}")
    else:
        record(card, ITSELF, "guidance_kept", f"{column.name} does not take it; its 'with' has no card.guidance")


@transaction.atomic
def guide(actor: User, card_id: int, version: int, text: str) -> Card:
    """Leave guidance on a card in the place of what is there; an empty text withdraws it."""
    card = lock_card(card_id)
    if card is None:
        raise RejectedMissing("There is no such card.")
    actor = require(actor, Verb.EDIT_CARD, card)
    check_version(card, version)
    _check(card, text)
    kept, before = text.strip(), card.guidance
    if kept != before:
        card.guidance, card.guided_run = kept, ""
        fit_again(card)
        record(card, Author.of(actor), "left_guidance" if kept else "withdrew_guidance", kept or before)
        audit.record(actor, "guide_card", "card", card.pk, {"guidance": kept})
        card.version += 1
        card.board_version = touch(card.board_id)
        card.save()
    return card


def _check(card: Card, text: str) -> None:
    found = wrong(GUIDANCE, {"guidance": text})
    if text.strip() and not is_taken_on(card.board):
        hint = "a builder adds guidance: card.guidance to the 'with' of a column"
        found += (Problem(path="guidance", message="no column of this board hands it on", hint=hint),)
    if found:
        raise RejectedError(f"The guidance was not kept: {listed(found)}.", found)
