"""Boards, columns and cards, as a viewer may see them: reading their rows. What is said of them is in
`board_views`; changing them in `services.boards` and `services.cards`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED, GateStatus, RunStatus
from orchestrator.models import Board, Card, CardEntry, Column, Gate, Run
from orchestrator.queries import pulls
from orchestrator.queries.board_filter import ANY, Filter, Place, places
from orchestrator.queries.board_views import BoardView, CardView, ColumnView
from orchestrator.queries.page import Page, cut, numbers
from orchestrator.queries.scope import in_team

MOST_CARDS = 100
"""Cards of a column that are listed at once; the rest is counted."""
FIRST_CARDS = 40
"""Cards of a column that a page draws at first; the rest comes as somebody scrolls to it."""
MOST_CHANGED = 150
"""Changed cards that are told one by one; of more, whoever missed them reads the board again."""
_RELATED = ("column", "assignee", "taken_by")


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
        rows = Card.objects.filter(column=column, archived_at=None).select_related(*_RELATED)
        rows = rows.filter(Q(rank__gt=after[0]) | Q(rank=after[0], id__gt=after[1])).order_by("rank", "id")
        wanted, cards = rows.count(), card_views(rows[:count])
    else:
        below = [place for place in places(board, asked).get(column.pk, ()) if place > after]
        wanted, cards = len(below), card_views(_at(below[:count]))
    return ColumnView(column=column, cards=tuple(cards), total=wanted, at_work=0, waiting=0, wanted=wanted)


def changed_cards(board: Board, after: int) -> Sequence[CardView] | None:
    """Return the cards that changed after a version of their board, archived ones too, and those that a change brought
    nearer to being pulled, or further from it; None if there are too many."""
    rows = Card.objects.filter(board=board).select_related(*_RELATED).order_by("rank", "id")
    found = list(rows.filter(board_version__gt=after)[: MOST_CHANGED + 1])
    if len(found) > MOST_CHANGED:
        return None
    shifted = set(pulls.next_in_turn(board.pk, len(found))) - {card.pk for card in found} if found else set()
    return card_views([*found, *rows.filter(pk__in=shifted)] if shifted else found)


def column_of(board: Board, column_id: int) -> Column:
    """Return a column of a board; raises RejectedMissing."""
    found = Column.objects.filter(board=board, pk=column_id).first() if 0 < column_id < 1 << 63 else None
    if found is None:
        raise RejectedMissing("There is no such column on this board.")
    return found


def _columns(
    board: Board, views: Mapping[int, list[CardView]], wanted: Mapping[int, list[Place]] | None
) -> tuple[ColumnView, ...]:
    counted, found = _counts([board]), []
    rows = list(Column.objects.filter(board=board).select_related("source").order_by("position"))
    for column in rows:
        total, at_work, waiting = counted.get(column.pk, (0, 0, 0))
        found.append(ColumnView(
            column=column, cards=tuple(views.get(column.pk, ())), total=total, at_work=at_work, waiting=waiting,
            wanted=total if wanted is None else len(wanted.get(column.pk, ())),
            pullers=pulls.names(one for one in rows if one.source_id == column.pk),
        ))  # fmt: skip
    return tuple(found)


def _at(found: Sequence[Place]) -> QuerySet[Card]:
    rows = Card.objects.filter(pk__in=[card_id for _, card_id in found])
    return rows.select_related(*_RELATED).order_by("rank", "id")


def card_detail(viewer: object, card_id: int) -> CardView:
    """Return one card; raises RejectedMissing where there is none the viewer may see."""
    rows = Card.objects.filter(in_team(viewer, "board__team_id")).select_related("board", *_RELATED)
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
    said, waits = dict(_comments([card.pk for card in found])), pulls.waits(found)
    return [
        CardView(card=card, run=runs.get(card.run_id), gate=gates.get(card.run_id), comments=said.get(card.pk, 0),
                 waits=waits.get(card.pk, ""))
        for card in found
    ]  # fmt: skip


def _comments(ids: list[int]) -> Iterable[tuple[int, int]]:
    rows = CardEntry.objects.filter(verb="commented")
    # So many parameters are too many for some databases; all comments of all boards are few by comparison.
    rows = rows.filter(card_id__in=ids) if len(ids) < 900 else rows
    return rows.values_list("card_id").annotate(number=Count("pk")).order_by()


def _first_cards(board: Board, most: int) -> QuerySet[Card]:
    numbered = Window(RowNumber(), partition_by=F("column_id"), order_by=[F("rank").asc(), F("id").asc()])
    rows = Card.objects.filter(board=board, archived_at=None).select_related(*_RELATED)
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
