"""Which cards are at work, and which wait for a free place. Starting their runs is in `services.card_runs`."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Card, Column, Policy, Run


def live_runs() -> QuerySet[Run]:
    """Return the runs that have not ended."""
    return Run.objects.exclude(status__in=RUN_ENDED)


def live_run(card: Card) -> Run | None:
    """Return a card's run while it is live."""
    return live_runs().filter(pk=card.run_id).first() if card.run_id else None


def at_work(column: Column) -> int:
    """Count the cards of a column whose run is live: each takes one place."""
    live = live_runs().filter(pk=OuterRef("run_id"))
    return Card.objects.filter(column=column).exclude(run_id="").filter(Exists(live)).count()


def queued(column: Column) -> QuerySet[Card]:
    """Return the cards that wait for a free place of a workflow column, in order."""
    return Card.objects.filter(column=column, follows=True, run_id="").order_by("rank", "id")


def columns_with_queue() -> QuerySet[Column]:
    """Return the workflow columns in which cards wait."""
    waiting = Card.objects.filter(column=OuterRef("pk"), follows=True, run_id="")
    return Column.objects.filter(Exists(waiting), policy=Policy.WORKFLOW).order_by("pk")


def has_place(column: Column) -> bool:
    """Tell whether one more run may be at work in a column."""
    return column.limit is None or at_work(column) < column.limit


def waits_for(column: Column) -> str:
    """Say what a queued card waits for."""
    if has_place(column):
        return f"waits its turn in {column.name}"
    return f"waits for a free place in {column.name} ({at_work(column)} of {column.limit})"


def fit_again(card: Card) -> None:
    """Let those look at a card again that passed it by, because it is no longer what they saw. The caller saves it."""
    if card.unfit:
        card.unfit, card.why = "", ""
