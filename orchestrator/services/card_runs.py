"""Starting a card's run where its column has a free place, and queueing it where not.

Whoever calls holds the column's lock, so that two cards cannot take the same place.
"""

from __future__ import annotations

from django.db import transaction

from orchestrator.boards.locking import lock_columns
from orchestrator.boards.records import ITSELF, Author, record, touch
from orchestrator.boards.work import columns_with_queue, has_place, queued, waits_for
from orchestrator.core.errors import RejectedError, RejectedMissing
from orchestrator.core.problems import Problem, listed
from orchestrator.models import Card, CardEntry, Column, User, WorkflowVersion
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import card_guidance, lone_agents
from orchestrator.services.card_inputs import input_of
from orchestrator.services.runs import fitting_input
from orchestrator.services.runs import start as start_run


def enter(card: Card, column: Column, actor: User) -> None:
    """Let a card into a workflow column: check its input, then start its run or queue it. The caller saves the card."""
    check(card, column, actor)
    card.run_id, card.seen, card.follows, card.taken_by = "", 0, True, None
    if has_place(column) and not queued(column).exclude(pk=card.pk).exists():
        start(card, column, actor)
    else:
        card.why = waits_for(column)
        record(card, Author.of(actor), "queued", card.why)


def check(card: Card, column: Column, actor: User) -> None:
    """Refuse a card whose input does not fit what the column runs; raises RejectedError naming each field."""
    workflow = workflow_of(column, actor)
    fitting_input(workflow, input_of(card, column, workflow))


def start(card: Card, column: Column, actor: User, author: Author | None = None) -> None:
    """Start the run of a card's column in this transaction, for somebody; `author` is who did it. The caller saves."""
    workflow = workflow_of(column, actor)
    begun = start_run(
        actor, workflow.name, input_of(card, column, workflow), version=workflow.version,
        key=f"card:{card.pk}:{card.version}", labels={"board": card.board.name}, title=card.title,
        priority=card.priority, card_id=card.pk,
    )  # fmt: skip
    card.run_id, card.seen, card.follows, card.why = begun.run_id, 0, True, "starting"
    record(card, author or Author.of(actor), "started", column.worker)
    card_guidance.hand_on(card, column)


def workflow_of(column: Column, actor: User) -> WorkflowVersion:
    """Return the current version of the workflow a column runs; raises RejectedError where it is not loaded."""
    try:
        found = workflow_detail(actor, column.workflow)
    except RejectedMissing as missing:
        problem = Problem(path="column", message=missing.detail, hint=f"apply a file that defines {column.workflow!r}")
        raise RejectedError(f"{column.name} cannot start anything. {missing.detail}", [problem]) from missing
    if column.agent and not lone_agents.is_made(found, column.agent):
        hint = f"give the workflow {found.name} another name, then apply the board again"
        problem = Problem(path="column", message=f"{found.name} is no longer {column.agent} alone", hint=hint)
        raise RejectedError(f"{column.name} cannot start anything.", [problem])
    return found


def start_waiting() -> int:
    """Start the cards that wait where a place is free now; return how many changed. Safe twice at once."""
    changed = 0
    for column_id, board_id in list(columns_with_queue().values_list("pk", "board_id")):
        with transaction.atomic():
            column = lock_columns([column_id]).get(column_id)
            admitted = admit(column) if column else []
            if admitted:
                touch(board_id, admitted)
        changed += len(admitted)
    return changed


def admit(column: Column) -> list[int]:
    """Start queued cards, in order, while the column has free places; return those that changed."""
    changed = []
    for card in queued(column).select_for_update(of=("self",)).select_related("board"):
        if not has_place(column):
            break
        card.version += 1
        _start_queued(card, column)
        card.save()
        changed.append(card.pk)
    return changed


def _start_queued(card: Card, column: Column) -> None:
    """Start a queued card for whoever queued it; one that cannot start steps aside, so that the next one can."""
    asked = CardEntry.objects.filter(card=card, verb="queued").order_by("-pk").first()
    actor = User.objects.filter(pk=asked.actor, is_active=True).first() if asked and asked.actor else None
    if actor is None:
        return _set_aside(card, "cannot start: the account that queued it is closed")
    try:
        # A savepoint: what the refused start had written goes, the rest of the transaction stays.
        with transaction.atomic():
            start(card, column, actor)
    except RejectedError as refused:
        why = " ".join([refused.detail, listed(refused.problems)]).strip()
        _set_aside(card, f"cannot start: {why}")


def _set_aside(card: Card, why: str) -> None:
    card.follows, card.run_id, card.why = False, "", why[:300]
    record(card, ITSELF, "refused", card.why)
