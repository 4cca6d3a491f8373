"""Boards, columns and cards, as a viewer may see them. Changing them is in `services.boards` and `services.cards`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED, GateStatus, RunStatus
from orchestrator.models import Board, Card, CardEntry, Column, Gate, Policy, Run
from orchestrator.queries.board_filter import ANY, Filter, Place, places, status_of
from orchestrator.queries.page import Page, cut, numbers
from orchestrator.queries.scope import in_team

MOST_CARDS = 100
"""Cards of a column that are listed at once; the rest is counted."""
FIRST_CARDS = 40
"""Cards of a column that a page draws at first; the rest comes as somebody scrolls to it."""
MOST_CHANGED = 150
"""Changed cards that are told one by one; of more, whoever missed them reads the board again."""


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
        return status_of(self.card, self.run.status if self.run else None)

    @property
    def is_archived(self) -> bool:
        """Tell whether it was taken off the board."""
        return self.card.archived_at is not None

    @property
    def why(self) -> str:
        """Say why it is not moving."""
        if self.is_archived:
            return "archived; restore it to go on with it"
        if self.card.why or self.run is not None:
            return self.card.why
        is_end = self.card.column.policy in (Policy.DONE, Policy.FAILED)
        return "" if is_end else "waits for someone to move it"

    @property
    def can_start(self) -> bool:
        """Tell whether it stands in a workflow column with nothing at work on it and nothing it waits for."""
        is_there = self.card.column.policy == Policy.WORKFLOW and not self.is_archived
        return is_there and not self.is_live and not self.is_queued


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
    wanted: int
    """Cards that the reader's filter lets through; all of them without one."""

    @property
    def fragment_id(self) -> str:
        """Return the id of the element that shows its head."""
        return f"column-{self.column.pk}"

    @property
    def is_full(self) -> bool:
        """Tell whether all places are taken."""
        return self.column.limit is not None and self.at_work >= self.column.limit

    @property
    def hidden(self) -> int:
        """Count the cards that are not drawn."""
        return self.wanted - len(self.cards)

    @property
    def last(self) -> str:
        """Return the place of the last card that is drawn, as an address names it."""
        return place_name(self.cards[-1].card) if self.cards else ""

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

    @property
    def runnable(self) -> frozenset[str]:
        """Return the workflows that columns of this board run."""
        return frozenset(one.column.workflow for one in self.columns if one.column.policy == Policy.WORKFLOW)


def visible_boards(viewer: object) -> QuerySet[Board]:
    """Return the boards a viewer may see."""
    return Board.objects.filter(in_team(viewer))


def boards(viewer: object, cursor: str = "", limit: int = 50) -> Page[Board]:
    """List boards with the number of their cards, the first one made first."""
    rows = visible_boards(viewer).annotate(card_count=Count("cards", filter=Q(cards__archived_at=None))).order_by("id")
    last = numbers(cursor, 1)
    return cut(rows.filter(id__gt=last[0]) if last else rows, limit, lambda board: [board.pk])


def columns_of(boards: Sequence[Board]) -> dict[int, tuple[ColumnView, ...]]:
    """Return the columns of some boards with what they hold counted, and no card drawn."""
    counted, found = _counts(boards), {board.pk: list[ColumnView]() for board in boards}
    for column in Column.objects.filter(board__in=boards).order_by("position"):
        total, at_work, waiting = counted.get(column.pk, (0, 0, 0))
        found[column.board_id].append(
            ColumnView(column=column, cards=(), total=total, at_work=at_work, waiting=waiting, wanted=total)
        )
    return {board: tuple(columns) for board, columns in found.items()}


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


def drawn(board: Board, most: int = MOST_CARDS, asked: Filter = ANY) -> BoardView:
    """Return a board as it is drawn for everyone who may see it, with the first cards of each column."""
    wanted = None if asked.is_any else places(board, asked)
    views = defaultdict(list)
    first = [] if wanted is None else [place for found in wanted.values() for place in found[:most]]
    for view in card_views(_first_cards(board, most) if wanted is None else _at(first)):
        views[view.card.column_id].append(view)
    return BoardView(board=board, columns=_columns(board, views, wanted))


def heads(board: Board) -> BoardView:
    """Return a board with the counts of its columns and without cards."""
    return BoardView(board=board, columns=_columns(board, {}, None))


def more_cards(board: Board, column: Column, after: Place, count: int, asked: Filter = ANY) -> ColumnView:
    """Return so many cards of a column below a place; `wanted` counts them with all that follow."""
    if asked.is_any:
        rows = Card.objects.filter(column=column, archived_at=None).select_related("column", "assignee")
        rows = rows.filter(Q(rank__gt=after[0]) | Q(rank=after[0], id__gt=after[1])).order_by("rank", "id")
        wanted, cards = rows.count(), card_views(rows[:count])
    else:
        below = [place for place in places(board, asked).get(column.pk, ()) if place > after]
        wanted, cards = len(below), card_views(_at(below[:count]))
    return ColumnView(column=column, cards=tuple(cards), total=wanted, at_work=0, waiting=0, wanted=wanted)


def changed_cards(board: Board, after: int) -> Sequence[CardView] | None:
    """Return the cards that changed after a version of their board, archived ones too; None if there are too many."""
    rows = Card.objects.filter(board=board, board_version__gt=after).select_related("column", "assignee")
    found = list(rows.order_by("rank", "id")[: MOST_CHANGED + 1])
    return None if len(found) > MOST_CHANGED else card_views(found)


def column_of(board: Board, column_id: int) -> Column:
    """Return a column of a board; raises RejectedMissing."""
    found = Column.objects.filter(board=board, pk=column_id).first() if 0 < column_id < 1 << 63 else None
    if found is None:
        raise RejectedMissing("There is no such column on this board.")
    return found


def place_name(card: Card) -> str:
    """Write where a card stands so that an address can name it."""
    return f"{card.rank!r}:{card.pk}"


def place_of(name: str) -> Place:
    """Read the name of a place; one that makes no sense is the top."""
    rank, _, card_id = name.partition(":")
    try:
        found = float(rank), int(card_id)
    except ValueError:
        return -inf, 0
    return found if isfinite(found[0]) and abs(found[1]) < 1 << 63 else (-inf, 0)


def _columns(
    board: Board, views: Mapping[int, list[CardView]], wanted: Mapping[int, list[Place]] | None
) -> tuple[ColumnView, ...]:
    counted, found = _counts([board]), []
    for column in Column.objects.filter(board=board).order_by("position"):
        total, at_work, waiting = counted.get(column.pk, (0, 0, 0))
        found.append(ColumnView(
            column=column, cards=tuple(views.get(column.pk, ())), total=total, at_work=at_work, waiting=waiting,
            wanted=total if wanted is None else len(wanted.get(column.pk, ())),
        ))  # fmt: skip
    return tuple(found)


def _at(found: Sequence[Place]) -> QuerySet[Card]:
    rows = Card.objects.filter(pk__in=[card_id for _, card_id in found])
    return rows.select_related("column", "assignee").order_by("rank", "id")


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


def runs_of_card(card: Card, limit: int = 20) -> tuple[Run, ...]:
    """List the runs that worked on a card, the latest first."""
    return tuple(Run.objects.filter(card_id=card.pk).defer("input", "output", "agents").order_by("-id")[:limit])


def output_of(view: CardView) -> Json:
    """Return what the card's run gave; None while it has not."""
    if view.run is None or view.run.status != RunStatus.SUCCEEDED:
        return None
    found: Json = Run.objects.values_list("output", flat=True).get(pk=view.run.id)
    return found


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
    rows = Card.objects.filter(board=board, archived_at=None).select_related("column", "assignee")
    rows = rows.annotate(place=numbered)
    return rows.filter(place__lte=most).order_by("rank", "id")


def _counts(boards: Sequence[Board]) -> dict[int, tuple[int, int, int]]:
    """Count each column's cards, those at work, and those that wait for a place."""
    live = Run.objects.exclude(status__in=RUN_ENDED).filter(card_id__isnull=False).values("id")
    rows = Card.objects.filter(board__in=boards, archived_at=None).values("column_id").annotate(
        total=Count("pk"), at_work=Count("pk", filter=Q(run_id__in=live)),
        waiting=Count("pk", filter=Q(run_id="", follows=True)),
    )  # fmt: skip
    return {row["column_id"]: (row["total"], row["at_work"], row["waiting"]) for row in rows.order_by()}
