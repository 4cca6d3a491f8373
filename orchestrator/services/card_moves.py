"""Moving a card is a command: it may start, keep, stop or let go of a run, and it is refused in words (B2, B3, S25).

Automation's own moves are in `followers.cards`; where a card may stand and how runs start, in `boards`.
"""

from __future__ import annotations

from django.db import transaction

from orchestrator.boards.locking import lock_card, lock_columns
from orchestrator.boards.places import END, Spot, rank_at
from orchestrator.boards.records import Author, record, touch
from orchestrator.boards.work import fit_again, live_run
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedMissing
from orchestrator.core.problems import Problem, listed
from orchestrator.models import Card, Column, Policy, Run, User
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.services.card_refusals import (
    DONE_WITH,
    Choice,
    RunIsLive,
    SomeoneWasFaster,
    check_hand,
    check_version,
    no_such_column,
)
from orchestrator.services.card_runs import admit, check, enter
from orchestrator.services.runs import cancel_with


def move(
    actor: User, card_id: int, column_id: int, spot: Spot = END, *, version: int, run: Choice | None = None
) -> Card:
    """Put a card at a place of a column; `run` says what becomes of a live run that it is taken from."""
    with transaction.atomic():
        card, columns = held(actor, card_id, column_id)
        choice, has_crossed = check_hand(card, version, run)
        stopped = _move(actor, card, columns[column_id], columns, spot, choice, has_crossed=has_crossed)
        if stopped:
            stop_run(actor, card, stopped, "moved away", has_crossed)
    return card


def stop_run(actor: User, card: Card, run_id: str, done: str, has_crossed: bool) -> None:
    """Cancel a card's run together with what the open transaction does, and tell it why."""
    crossed = ", whose hand was on it before it was pulled" if has_crossed else ""
    cancel_with(
        actor, run_id, f"its card was {done} by {Author.of(actor).name}{crossed}", f"card:{card.pk}:{card.version}:stop"
    )


@transaction.atomic
def run_again(actor: User, card_id: int, version: int) -> Card:
    """Start another run of a card whose run is over, in the column of that run's workflow."""
    seen = Card.objects.select_related("board", "column").filter(pk=card_id).first()
    if seen is None:
        raise RejectedMissing("There is no such card.")
    require(actor, Verb.MOVE_CARD, seen)
    workflow = Run.objects.filter(pk=seen.run_id).values_list("workflow", flat=True).first() or seen.column.workflow
    column = Column.objects.filter(board=seen.board_id, policy=Policy.WORKFLOW, workflow=workflow).first()
    if column is None:
        raise RejectedError("No column of this board runs this card's workflow; drag the card where it should go.")
    card, columns = held(actor, card_id, column.pk)
    check_version(card, version)
    if live_run(card):
        raise RejectedConflict("Its run is not over yet.")
    _move(actor, card, columns[column.pk], columns, END, None, again=True)
    return card


def arrive(card: Card, column: Column, actor: User) -> None:
    """Apply a column's policy to a card without a live run; RejectedError where it may not enter. The caller saves."""
    card.pulled_by, card.pulled_version = "", 0
    fit_again(card)
    if column.policy == Policy.GATE:
        problem = Problem(path="column", message="takes no card without a run", hint="start the run first")
        raise RejectedError(f"{column.name} holds cards whose run waits for a person; start the run first.", [problem])
    if column.policy == Policy.WORKFLOW:
        require(actor, Verb.START_RUN, card)
        enter(card, column, actor)
    else:
        # How its last run ended is still worth knowing.
        card.follows, card.why = False, card.why if card.run_id else ""


def refusals(actor: User, card_id: int) -> dict[int, str]:
    """Say, by column, why a card would not be let in now; columns that would take it are left out."""
    card = Card.objects.select_related("board").filter(pk=card_id).first()
    if card is None:
        raise RejectedMissing("There is no such card.")
    require(actor, Verb.MOVE_CARD, card)
    if live_run(card):
        return {}
    found = ((column.pk, _refusal(card, column, actor)) for column in Column.objects.filter(board=card.board_id))
    return {pk: reason for pk, reason in found if reason and pk != card.column_id}


def _refusal(card: Card, column: Column, actor: User) -> str:
    try:
        if column.policy == Policy.WORKFLOW:
            check(card, column, actor)
        elif column.policy == Policy.GATE:
            arrive(card, column, actor)
    except RejectedError as refused:
        fields = tuple(problem for problem in refused.problems if problem.path != "column")
        return f"{refused.detail} {listed(fields)}".strip()
    return ""


def held(actor: User, card_id: int, column_id: int) -> tuple[Card, dict[int, Column]]:
    """Lock the columns a move is between, then the card."""
    seen = Card.objects.select_related("board").filter(pk=card_id).first()
    if seen is None:
        raise RejectedMissing("There is no such card.")
    require(actor, Verb.MOVE_CARD, seen)
    # Those that pull from where it stands too: it may have been pulled meanwhile, and a person wins over that.
    pulling = Column.objects.filter(source=seen.column_id).values_list("pk", flat=True)
    columns = lock_columns([seen.column_id, column_id, *pulling])
    card = lock_card(card_id)
    if card is None:
        raise RejectedMissing("There is no such card.")
    if card.archived_at is not None:
        raise RejectedConflict("This card is archived; restore it first.")
    if card.column_id not in columns:
        raise SomeoneWasFaster(card)
    if column_id not in columns or columns[column_id].board_id != card.board_id:
        raise no_such_column()
    return card, columns


def _move(
    actor: User, card: Card, target: Column, columns: dict[int, Column], spot: Spot, run: Choice | None,
    again: bool = False, has_crossed: bool = False,
) -> str:  # fmt: skip
    """Move a locked card; return the run that is to be stopped with it, if any."""
    source, stopped = columns[card.column_id], ""
    card.version += 1
    card.rank = rank_at(target, card.pk, spot)
    card.column = target
    words = f"within {target.name}" if source.pk == target.pk else f"from {source.name} to {target.name}"
    record(card, Author.of(actor), "moved", words)
    if source.pk != target.pk or again:
        stopped = _change_stage(card, target, actor, run, has_crossed)
        audit.record(actor, "move_card", "card", card.pk, {"from": source.name, "to": target.name, "run": run})
    card.save()
    changed = [card.pk]
    for column in {source.pk: source, target.pk: target}.values():
        # A place may have become free by this move, or before it and nobody has come to look.
        if column.policy == Policy.WORKFLOW and (admitted := admit(column)):
            card.refresh_from_db()
            changed += admitted
    touch(card.board_id, changed)
    return stopped


def _change_stage(card: Card, target: Column, actor: User, choice: Choice | None, has_crossed: bool) -> str:
    """Apply the column a card comes into, and the choice about a live run; return the run to stop."""
    live = live_run(card)
    if live is None:
        arrive(card, target, actor)
        return ""
    runs_another = target.policy == Policy.WORKFLOW and target.workflow != live.workflow
    if choice in (None, Choice.KEEP) and (runs_another or (choice is None and card.follows)):
        raise RunIsLive(card, live, [one for one in Choice if not (runs_another and one == Choice.KEEP)])
    if choice is None:
        # It had been put aside by a person; back in its workflow's column it follows its run again.
        card.follows, card.seen = target.policy == Policy.WORKFLOW, 0
        card.taken_by = None if card.follows else card.taken_by
        return ""
    crossed = f"; the hand was on it before {card.pulled_by} pulled it" if has_crossed else ""
    record(card, Author.of(actor), DONE_WITH[choice], f"{live.workflow}{crossed}")
    if not has_crossed and Column.objects.filter(source=target).exists():
        # Who takes it out of an agent's hands does not want it pulled again the next moment.
        card.taken_by = actor
        record(card, Author.of(actor), "took_over", f"back in {target.name}")
    if choice == Choice.KEEP:
        card.follows = False
        return ""
    if choice == Choice.DETACH or target.policy == Policy.WORKFLOW:
        card.run_id, card.seen = "", 0
    arrive(card, target, actor)
    return live.id if choice == Choice.STOP else ""
