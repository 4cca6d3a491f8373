"""Pages of boards: the list, and one board. Cards are in `cards`; what a column looks like in `partials.boards`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, is_fragment, page
from dashboard.forms.cards import CardForm
from dashboard.live.frames import encode
from dashboard.partials.boards import head_frame, since
from orchestrator.core.schema import Schema
from orchestrator.live import stay
from orchestrator.models import Board, Column, Policy, WorkflowVersion
from orchestrator.queries import board_filter
from orchestrator.queries import boards as queries
from orchestrator.services import card_inputs
from orchestrator.services.access import Verb, may

log = logging.getLogger(__name__)
MOST_MORE = 400
"""Cards that are fetched at once as somebody scrolls."""


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List the boards."""
    found = queries.boards(request.user, request.GET.get("cursor", ""))
    columns = queries.columns_of(found.items)
    boards = [(board, columns[board.pk]) for board in found.items]
    return render(request, "dashboard/boards/index.html", {"boards": boards, "next": found.next})


@require_GET
@page
def detail(request: PersonRequest, name: str) -> HttpResponse:
    """Show a board; as a fragment its columns alone, for a page whose filter has changed."""
    board = queries.board_named(request.user, name)
    if is_fragment(request):
        return render(request, "dashboard/boards/_columns.html", _columns(request, board))
    return board_page(request, board)


def board_page(request: PersonRequest, board: Board, **more: object) -> HttpResponse:
    """Draw a board, with whatever a drawer adds to it."""
    context = {
        **_columns(request, board), "may_move": may(request.user, Verb.MOVE_CARD),
        "people": board_filter.people(board), "labels": board_filter.labels(board),
        "statuses": board_filter.STATUSES, "nobody": board_filter.NOBODY,
        "form": CardForm(wanted=wanted_by(board)), **more,
    }  # fmt: skip
    return render(request, "dashboard/boards/detail.html", context)


@require_GET
@page
def frame(request: PersonRequest, name: str) -> HttpResponse:
    """Give what changed on a board after version `n`, to a browser whose socket is away or that filters."""
    board = queries.board_named(request.user, name)
    after = _whole(request.GET, "n")
    text = encode(f"board.{board.pk}", since(board, after, board_filter.wanted(request.GET)), {})
    return HttpResponse(text, content_type="application/json")


@require_GET
@page
def column(request: PersonRequest, name: str, column_id: int) -> HttpResponse:
    """Give the cards of a column below a place, as many as somebody has scrolled to."""
    board = queries.board_named(request.user, name)
    count = max(1, min(_whole(request.GET, "count") or queries.FIRST_CARDS, MOST_MORE))
    place, asked = board_filter.place_of(request.GET.get("after", "")), board_filter.wanted(request.GET)
    found = queries.more_cards(board, queries.column_of(board, column_id), place, count, asked)
    context = {"board": board, "one": found, "runnable": queries.heads(board).runnable}
    return render(request, "dashboard/boards/_cards.html", context)


@require_GET
@page
def here(request: PersonRequest, name: str) -> HttpResponse:
    """Note that the reader is at a board and say who else is; null where that is not known now."""
    board = queries.board_named(request.user, name)
    try:
        names = stay(f"board.{board.pk}", request.user.get_username())
    except OSError as away:
        log.info("who is at board %s is not known: %s", board.name, away)
        return JsonResponse({"here": None})
    return JsonResponse({"here": names})


def wanted_by(board: Board) -> Schema:
    """Return the input that the first workflow column of a board takes; empty where none is known."""
    column = Column.objects.filter(board=board, policy=Policy.WORKFLOW).order_by("position").first()
    found = WorkflowVersion.objects.filter(name=column.workflow, is_current=True).first() if column else None
    return card_inputs.wanted(column, found) if column and found else {}


def _columns(request: PersonRequest, board: Board) -> dict[str, object]:
    asked = board_filter.wanted(request.GET)
    view = queries.drawn(board, queries.FIRST_CARDS, asked)
    return {"board": board, "view": view, "frame": head_frame(view), "asked": asked, "runnable": view.runnable}


def _whole(given: Mapping[str, str], name: str) -> int:
    """Read a whole number; anything else is 0."""
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
