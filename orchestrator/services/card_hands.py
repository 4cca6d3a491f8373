"""Taking a card over from its agent, and handing it back (P13). Guidance for the agent is in `card_guidance`.

A card in a person's hands is never pulled and does not move by itself; what is written on it may be changed as always.
"""

from __future__ import annotations

from django.db import transaction

from orchestrator.boards.places import END, rank_at
from orchestrator.boards.records import Author, record, touch
from orchestrator.boards.work import fit_again, live_run
from orchestrator.core.errors import RejectedConflict, RejectedMissing
from orchestrator.core.status import RunStatus
from orchestrator.models import Card, CardEntry, Column, Policy, Run, User
from orchestrator.services import audit
from orchestrator.services.card_moves import held, stop_run
from orchestrator.services.card_refusals import DONE_WITH, TAKING, Choice, RunIsLive, check_hand, check_version
from orchestrator.services.card_runs import enter


def take_over(actor: User, card_id: int, version: int, run: Choice | None = None) -> Card:
    """Take a card into one's hands; `run` says what becomes of a live run. Who has it already just keeps it."""
    with transaction.atomic():
        card, _ = held(actor, card_id, _seen(card_id).column_id)
        if card.taken_by_id == actor.pk:
            return card
        choice, has_crossed = check_hand(card, version, run)
        card.version += 1
        stopped = _let_go(card, actor, choice)
        card.taken_by, card.follows = actor, False
        record(card, Author.of(actor), "took_over", f"in {card.column.name}")
        audit.record(actor, "take_over_card", "card", card.pk, {"title": card.title, "run": choice})
        card.save()
        touch(card.board_id, [card.pk])
        if stopped:
            stop_run(actor, card, stopped, "taken over", has_crossed)
    return card


@transaction.atomic
def hand_back(actor: User, card_id: int, version: int) -> Card:
    """Let the work go on: a live run is followed again; what is not done, or has changed since, is worked on anew."""
    home = _home(_seen(card_id))
    card, columns = held(actor, card_id, home.pk)
    check_version(card, version)
    if card.taken_by_id is None:
        raise RejectedConflict("Nobody has taken this card over.")
    home, card.taken_by = columns[home.pk], None
    card.version += 1
    fit_again(card)
    record(card, Author.of(actor), "handed_back", f"in {card.column.name}")
    if live_run(card) is not None or not _is_work_left(card):
        # It goes where its run says; the follower looks at it again from the beginning.
        card.follows, card.seen = True, 0
    elif home.policy == Policy.WORKFLOW:
        _go_in(card, home, actor)
    elif not card.run_id:
        card.why = ""
    audit.record(actor, "hand_back_card", "card", card.pk, {"title": card.title})
    card.save()
    touch(card.board_id, [card.pk])
    return card


def _seen(card_id: int) -> Card:
    found = Card.objects.select_related("column").filter(pk=card_id).first()
    if found is None:
        raise RejectedMissing("There is no such card.")
    return found


def _let_go(card: Card, actor: User, choice: Choice | None) -> str:
    """Do with a card's live run what was chosen; return the run to stop, if any. Raises RunIsLive to ask."""
    live = live_run(card)
    if live is None:
        card.why = card.why if card.run_id else ""
        return ""
    if choice is None:
        raise RunIsLive(card, live, list(Choice), TAKING)
    record(card, Author.of(actor), DONE_WITH[choice], live.workflow)
    if choice == Choice.DETACH:
        card.run_id, card.seen, card.why = "", 0, ""
    return live.id if choice == Choice.STOP else ""


def _home(card: Card) -> Column:
    """Return the column in which a card's work goes on: its own where work is done or pulled, else its run's."""
    here, live = card.column, live_run(card)
    if live is None and (here.policy == Policy.WORKFLOW or here.pullers.exists()):
        return here
    workflow = Run.objects.filter(pk=card.run_id).values_list("workflow", flat=True).first()
    rows = Column.objects.filter(board=card.board_id, policy=Policy.WORKFLOW, workflow=workflow or "")
    return rows.order_by("position").first() or here


def _is_work_left(card: Card) -> bool:
    """Tell whether a card is not done: its run did not succeed, or a person has asked for more since."""
    run = Run.objects.filter(pk=card.run_id).first()
    if run is None or run.status != RunStatus.SUCCEEDED or (card.guidance and card.guided_run != run.pk):
        return True
    entries = CardEntry.objects.filter(card=card)
    began = entries.filter(verb="started").order_by("-pk").values_list("pk", flat=True).first() or 0
    put = entries.filter(verb="moved", text__startswith="from ", at__gt=run.ended_at)
    return entries.filter(verb="edited", pk__gt=began).exists() or put.exists()


def _go_in(card: Card, home: Column, actor: User) -> None:
    if card.column_id != home.pk:
        card.rank, card.column = rank_at(home, card.pk, END), home
    enter(card, home, actor)
