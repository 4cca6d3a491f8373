"""Boards over HTTP: reading them, and writing cards. What else is done with cards is in `cards`."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.cards import CardLine, Id, card_line
from orchestrator.api.shapes import Body, number
from orchestrator.models import Board
from orchestrator.queries import boards as queries
from orchestrator.queries.board_views import ColumnView
from orchestrator.services import cards as services

router = Router(tags=["boards"])


class CardWanted(Body):
    """A card to be written."""

    title: str
    description: str = ""
    input: dict[str, JsonValue] = Field({}, description="What a run of this card starts with.")
    column: Id | None = Field(None, description="Where to put it; the first column if absent.")
    priority: int = Field(3, description="1, the most urgent, to 5.")
    labels: list[str] = []
    assignee: Id | None = Field(None, description="An account's id.")


class ColumnLine(Schema):
    """A column with its cards, in order."""

    id: int
    name: str
    policy: str
    workflow: str
    agent: str | None = Field(description="The agent that works here alone, in the workflow made for it.")
    pulls_from: int | None = Field(description="The column whose cards are pulled from here as places become free.")
    limit: int | None
    at_work: int
    queued: int
    total: int = Field(description="All its cards; `cards` holds the first of them.")
    cards: list[CardLine]


class BoardLine(Schema):
    """A board in a list."""

    id: int
    name: str
    title: str
    version: int = Field(description="Grows with every change.")


class BoardDetail(BoardLine):
    """A board with its columns."""

    columns: list[ColumnLine]


class Boards(Schema):
    """A part of the list of boards."""

    items: list[BoardLine]
    next: str | None


@router.get("/boards", response=Boards)
def list_boards(request: HttpRequest, cursor: str = "", limit: int = 50) -> Boards:
    """List boards."""
    page = queries.boards(caller(request), cursor, limit)
    return Boards(items=[_line(board) for board in page.items], next=page.next)


@router.get("/boards/{board_id}", response=BoardDetail)
def get_board(request: HttpRequest, board_id: str, cards: Query[int] = queries.MOST_CARDS) -> BoardDetail:
    """Show a board, by its id or its name, with the first cards of each column."""
    user = caller(request)
    view = queries.drawn(_board(user, board_id), max(0, min(cards, 5000)))
    return BoardDetail(**_line(view.board).dict(), columns=[_column(column) for column in view.columns])


@router.post("/boards/{board_id}/cards", response={201: CardLine})
def add_card(request: HttpRequest, board_id: str, wanted: CardWanted) -> Status[CardLine]:
    """Write a card; in a workflow column it starts its run."""
    user = caller(request)
    labels: list[JsonValue] = [*wanted.labels]
    card = services.create(
        user, _board(user, board_id).pk, wanted.title, column_id=wanted.column, description=wanted.description,
        input=wanted.input, priority=wanted.priority, labels=labels, assignee_id=wanted.assignee,
    )  # fmt: skip
    return Status(201, card_line(queries.card_detail(user, card.pk)))


def _board(user: object, name: str) -> Board:
    if name.isdecimal():
        return queries.board_row(user, number(name))
    return queries.board_named(user, name)


def _line(board: Board) -> BoardLine:
    return BoardLine(id=board.pk, name=board.name, title=board.title, version=board.version)


def _column(view: ColumnView) -> ColumnLine:
    column = view.column
    return ColumnLine(
        id=column.pk, name=column.name, policy=column.policy, workflow=column.workflow, limit=column.limit,
        agent=column.agent or None, pulls_from=column.source_id,
        at_work=view.at_work, queued=view.waiting, total=view.total, cards=[card_line(card) for card in view.cards],
    )  # fmt: skip
