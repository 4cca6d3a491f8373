"""Pages of boards: the list, and one board. Cards are in `cards`; what a column looks like in `partials.boards`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.forms.cards import CardForm
from dashboard.live.frames import encode
from dashboard.partials.boards import frame as drawn_frame
from orchestrator.core.schema import Schema
from orchestrator.models import Board, Column, Policy, WorkflowVersion
from orchestrator.queries import boards as queries
from orchestrator.services.access import Verb, may
from orchestrator.services.runs import input_schema


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List the boards."""
    found = queries.boards(request.user, request.GET.get("cursor", ""))
    return render(request, "dashboard/boards/index.html", {"boards": found.items, "next": found.next})


@require_GET
@page
def detail(request: PersonRequest, name: str) -> HttpResponse:
    """Show a board."""
    return board_page(request, queries.board_named(request.user, name))


def board_page(request: PersonRequest, board: Board, **more: object) -> HttpResponse:
    """Draw a board, with whatever a drawer adds to it."""
    view = queries.drawn(board)
    context = {
        "board": board, "view": view, "frame": drawn_frame(view), "may_move": may(request.user, Verb.MOVE_CARD),
        "form": CardForm(wanted=wanted_by(board)), **more,
    }  # fmt: skip
    return render(request, "dashboard/boards/detail.html", context)


@require_GET
@page
def frame(request: PersonRequest, name: str) -> HttpResponse:
    """Give the board's fragments to a browser whose socket is away."""
    view = queries.drawn(queries.board_named(request.user, name))
    text = encode(f"board.{view.board.pk}", drawn_frame(view), {})
    return HttpResponse(text, content_type="application/json")


def wanted_by(board: Board) -> Schema:
    """Return the input that the first workflow column of a board takes; empty where none is known."""
    column = Column.objects.filter(board=board, policy=Policy.WORKFLOW).order_by("position").first()
    found = WorkflowVersion.objects.filter(name=column.workflow, is_current=True).first() if column else None
    return input_schema(found) if found else {}
