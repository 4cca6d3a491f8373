"""Boards, columns and cards, as a viewer may see them. Changing them is in `services.boards` and `services.cards`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.status import RUN_ENDED, GateStatus
from orchestrator.models import Board, Card, CardEntry, Column, Gate, Policy, Run
from orchestrator.queries.page import Page, cut, numbers
from orchestrator.queries.scope import in_team

MOST_CARDS = 100
"""Cards of a column that are drawn; the rest is counted."""
NO_RUN, QUEUED = "pending", "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A card with what its run says now."""

    card: Card
    run: Run | None
    gate: Gate | None
    """The gate its run waits at."""
    comments: int = 0

    @property
    def is_live(self) -> bool:
        """Tell whether a run is at work on it."""
        return self.run is not None and self.run.status not in RUN_ENDED

    @property
    def is_queued(self) -> bool:
        """Tell whether it waits for a free place of a workflow column."""
        return self.card.follows and not self.card.run_id

    @property
    def status(self) -> str:
        """Return the status of its run, `queued` while it waits for a place, or `pending` without a run."""
        if self.run is not None:
            return self.run.status
        return QUEUED if self.is_queued else NO_RUN

    @property
    def why(self) -> str:
        """Say why it is not moving."""
        if self.card.why or self.run is not None:
            return self.card.why
        is_end = self.card.column.policy in (Policy.DONE, Policy.FAILED)
        return "" if is_end else "waits for someone to move it"

    @property
    def can_start(self) -> bool:
        """Tell whether it stands in a workflow column with nothing at work on it and nothing it waits for."""
        return self.card.column.policy == Policy.WORKFLOW and not self.is_live and not self.is_queued


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A column with the cards that are drawn."""

    column: Column
    cards: tuple[CardView, ...]
    total: int
    at_work: int
    """Cards whose run is live: each takes one place."""
    waiting: int
    """Cards that wait for a free place."""

    @property
    def fragment_id(self) -> str:
        """Return the id of the element that shows it."""
        return f"column-{self.column.pk}"

    @property
    def is_full(self) -> bool:
        """Tell whether all places are taken."""
        return self.column.limit is not None and self.at_work >= self.column.limit

    @property
    def hidden(self) -> int:
        """Count the cards that are not drawn."""
        return self.total - len(self.cards)

    @property
    def policy(self) -> str:
        """Say in words what the column does with a card."""
        match self.column.policy:
            case Policy.WORKFLOW:
                limit = f" · {self.column.limit} at once" if self.column.limit is not None else ""
                return f"runs {self.column.workflow}{limit}"
            case Policy.GATE:
                return "waits here for a person"
            case Policy.DONE:
                return "what has succeeded"
            case Policy.FAILED:
                return "what has failed or was cancelled"
            case _:
                return "people put cards here"

    @property
    def refuses(self) -> str:
        """Say why a card without a live run may not enter; empty where it may."""
        if self.column.policy != Policy.GATE:
            return ""
        return f"{self.column.name} holds cards whose run waits for a person; start the run first."


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """A board with its columns, as of one version."""

    board: Board
    columns: tuple[ColumnView, ...]


def visible_boards(viewer: object) -> QuerySet[Board]:
    """Return the boards a viewer may see."""
    return Board.objects.filter(in_team(viewer))


def boards(viewer: object, cursor: str = "", limit: int = 50) -> Page[Board]:
    """List boards with the number of their cards, the first one made first."""
    rows = visible_boards(viewer).annotate(card_count=Count("cards")).order_by("id")
    last = numbers(cursor, 1)
    return cut(rows.filter(id__gt=last[0]) if last else rows, limit, lambda board: [board.pk])


def board_row(viewer: object, board_id: int) -> Board:
    """Return one board; raises RejectedMissing where there is none the viewer may see."""
    found = visible_boards(viewer).filter(pk=board_id).first() if 0 < board_id < 1 << 63 else None
    if found is None:
        raise RejectedMissing(f"There is no board {board_id}.")
    return found


def board_named(viewer: object, name: str) -> Board:
    """Return one board by its name; raises RejectedMissing."""
    found = visible_boards(viewer).filter(name=name).first()
    if found is None:
        raise RejectedMissing(f"There is no board {name[:80]!r}.")
    return found


def board_detail(viewer: object, board_id: int, most: int = MOST_CARDS) -> BoardView:
    """Return a board with the first cards of each column."""
    return drawn(board_row(viewer, board_id), most)


def drawn(board: Board, most: int = MOST_CARDS) -> BoardView:
    """Return a board as it is drawn for everyone who may see it."""
    columns = list(Column.objects.filter(board=board).order_by("position"))
    views = defaultdict(list)
    for view in card_views(_first_cards(board, most)):
        views[view.card.column_id].append(view)
    counted = _counts(board)
    drawn = []
    for column in columns:
        total, at_work, waiting = counted.get(column.pk, (0, 0, 0))
        drawn.append(
            ColumnView(column=column, cards=tuple(views[column.pk]), total=total, at_work=at_work, waiting=waiting)
        )
    return BoardView(board=board, columns=tuple(drawn))


def card_detail(viewer: object, card_id: int) -> CardView:
    """Return one card; raises RejectedMissing where there is none the viewer may see."""
    rows = Card.objects.filter(in_team(viewer, "board__team_id")).select_related("board", "column", "assignee")
    found = rows.filter(pk=card_id).first() if 0 < card_id < 1 << 63 else None
    if found is None:
        raise RejectedMissing(f"There is no card {card_id}.")
    return next(iter(card_views([found])))


def card_entries(card: Card, limit: int = 100) -> tuple[CardEntry, ...]:
    """List what happened to a card, latest first."""
    return tuple(CardEntry.objects.filter(card=card).order_by("-pk")[:limit])


def card_views(cards: Iterable[Card]) -> list[CardView]:
    """Put each card beside its run and the gate that run waits at: few queries, however many cards."""
    found = list(cards)
    ids = {card.run_id for card in found if card.run_id}
    runs = {run.id: run for run in Run.objects.filter(pk__in=ids).defer("input", "output", "agents", "labels")}
    gates: dict[str, Gate] = {}
    live = [run.id for run in runs.values() if run.status not in RUN_ENDED]
    for gate in Gate.objects.filter(run_id__in=live, status=GateStatus.OPEN).order_by("-id"):
        gates[gate.run_id] = gate
    said = dict(_comments([card.pk for card in found]))
    return [CardView(card=card, run=runs.get(card.run_id), gate=gates.get(card.run_id), comments=said.get(card.pk, 0))
            for card in found]  # fmt: skip


def _comments(ids: list[int]) -> Iterable[tuple[int, int]]:
    rows = CardEntry.objects.filter(verb="commented")
    # So many parameters are too many for some databases; all comments of all boards are few by comparison.
    rows = rows.filter(card_id__in=ids) if len(ids) < 900 else rows
    return rows.values_list("card_id").annotate(number=Count("pk")).order_by()


def _first_cards(board: Board, most: int) -> QuerySet[Card]:
    numbered = Window(RowNumber(), partition_by=F("column_id"), order_by=[F("rank").asc(), F("id").asc()])
    rows = Card.objects.filter(board=board).select_related("column", "assignee").annotate(place=numbered)
    return rows.filter(place__lte=most).order_by("rank", "id")


def _counts(board: Board) -> dict[int, tuple[int, int, int]]:
    """Count each column's cards, those at work, and those that wait for a place."""
    live = Run.objects.exclude(status__in=RUN_ENDED).filter(card_id__isnull=False).values("id")
    rows = Card.objects.filter(board=board).values("column_id").annotate(
        total=Count("pk"), at_work=Count("pk", filter=Q(run_id__in=live)),
        waiting=Count("pk", filter=Q(run_id="", follows=True)),
    )  # fmt: skip
    return {row["column_id"]: (row["total"], row["at_work"], row["waiting"]) for row in rows.order_by()}
