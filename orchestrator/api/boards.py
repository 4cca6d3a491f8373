"""Boards over HTTP: reading them, writing cards and moving them. A refused move says why, and where the card is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body, number
from orchestrator.boards.places import Spot
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.models import Board
from orchestrator.queries import boards as queries
from orchestrator.queries.board_views import CardView, ColumnView
from orchestrator.services import cards as services
from orchestrator.services.card_refusals import Choice

router = Router(tags=["boards"])

Id = Annotated[int, Field(ge=1, lt=1 << 63)]


class CardWanted(Body):
    """A card to be written."""

    title: str
    description: str = ""
    input: dict[str, JsonValue] = Field({}, description="What a run of this card starts with.")
    column: Id | None = Field(None, description="Where to put it; the first column if absent.")
    priority: int = Field(3, description="1, the most urgent, to 5.")
    labels: list[str] = []
    assignee: Id | None = Field(None, description="An account's id.")


class MoveWanted(Body):
    """Where a card should go."""

    column: Id
    before: Id | None = Field(None, description="The card that will stand right below; at the end if absent.")
    after: Id | None = Field(None, description="The card that will stand right above.")
    version: int = Field(description="The card's version as you saw it; refused with 409 if it has changed.")
    run: str | None = Field(None, description="What becomes of a live run: keep, stop or detach.")


class RunWanted(Body):
    """An act on a card as it was seen."""

    version: int = Field(description="The card's version as you saw it.")


class CardLine(Schema):
    """A card."""

    id: int
    column: int
    title: str
    description: str
    input: JsonValue
    priority: int
    labels: list[str]
    assignee: int | None
    version: int
    status: str = Field(description="Its run's status; queued while it waits for a free place; pending without a run.")
    why: str = Field(description="Why it is not moving.")
    run_id: str | None
    follows: bool = Field(description="Whether it moves itself with its run.")
    archived: bool = Field(description="Whether it was taken off the board.")
    approval: int | None = Field(description="The open approval its run waits at.")
    changed_at: datetime


class ColumnLine(Schema):
    """A column with its cards, in order."""

    id: int
    name: str
    policy: str
    workflow: str
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


@router.get("/cards/{card_id}", response=CardLine)
def get_card(request: HttpRequest, card_id: str) -> CardLine:
    """Show a card."""
    return card_line(queries.card_detail(caller(request), number(card_id)))


@router.post("/cards/{card_id}/move", response=CardLine)
def move_card(request: HttpRequest, card_id: str, wanted: MoveWanted) -> CardLine:
    """Move a card. Where a run is live, `run` says what becomes of it; without it, 409 lists the choices."""
    user = caller(request)
    spot = Spot(before=wanted.before, after=wanted.after)
    services.move(user, number(card_id), wanted.column, spot, version=wanted.version, run=choice(wanted.run))
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/run", response=CardLine)
def run_card(request: HttpRequest, card_id: str, wanted: RunWanted) -> CardLine:
    """Start another run of a card whose run is over, in the column of its workflow."""
    user = caller(request)
    services.run_again(user, number(card_id), wanted.version)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/archive", response=CardLine)
def archive_card(request: HttpRequest, card_id: str, wanted: RunWanted) -> CardLine:
    """Take a card off its board; 409 while a run is at work on it."""
    user = caller(request)
    services.archive(user, number(card_id), wanted.version)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/restore", response=CardLine)
def restore_card(request: HttpRequest, card_id: str) -> CardLine:
    """Put an archived card back at the end of its column."""
    user = caller(request)
    services.restore(user, number(card_id))
    return card_line(queries.card_detail(user, number(card_id)))


def choice(text: str | None) -> Choice | None:
    """Read what should become of a live run; raises RejectedError for anything else."""
    if text is None or text in tuple(Choice):
        return Choice(text) if text else None
    problem = Problem(path="run", message=f"{text[:40]!r} is not one of them", hint=f"one of {', '.join(Choice)}")
    raise RejectedError("The card cannot be moved like this.", [problem])


def card_line(view: CardView) -> CardLine:
    """Return a card as the API words it."""
    card = view.card
    return CardLine(
        id=card.pk, column=card.column_id, title=card.title, description=card.description, input=card.input,
        priority=card.priority, labels=card.labels, assignee=card.assignee_id, version=card.version,
        status=view.status, why=view.why, run_id=card.run_id or None, follows=card.follows,
        archived=view.is_archived, approval=view.gate.pk if view.gate else None, changed_at=card.changed_at,
    )  # fmt: skip


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
        at_work=view.at_work, queued=view.waiting, total=view.total, cards=[card_line(card) for card in view.cards],
    )  # fmt: skip
