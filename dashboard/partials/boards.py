"""The board as fragments: the head of each column, and the cards that changed since a version, each to be put
where its rank says. The same in the page, alone, and pushed; they say nothing of `you`."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.live.frames import Fragment, Frame
from dashboard.partials.draw import draw
from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Board, User
from orchestrator.queries.board_filter import ANY, Filter
from orchestrator.queries.board_views import BoardView, CardView
from orchestrator.queries.boards import board_row, changed_cards, heads

CHANGES = "board-changes"
"""Name of the fragment that holds cards; no element has this id, because each of them has a place of its own."""
ALL = "cards"
"""Says that so much has changed that the cards are to be read again."""


def live(viewer: User, key: str, after: int) -> Frame:
    """Draw topic `board.<id>`; raises RejectedMissing where the viewer may not see it."""
    if not key.isdecimal() or len(key) > 18:
        raise RejectedMissing("There is no such board.")
    return since(board_row(viewer, int(key)), after)


def since(board: Board, after: int, asked: Filter = ANY) -> Frame:
    """Draw what changed after a version of a board; cards that a filter does not let through are told to go."""
    found, view = changed_cards(board, after), heads(board)
    frame = head_frame(view)
    if found is None:
        return Frame(n=frame.n, fragments=frame.fragments, touched=(ALL,))
    changes = [_changes(view, found, asked)] if found else []
    return Frame(n=frame.n, fragments=(*frame.fragments, *changes))


def head_frame(view: BoardView) -> Frame:
    """Draw the heads of a board's columns as of its version."""
    template = "dashboard/boards/_head.html"
    return Frame(
        n=view.board.version, fragments=tuple(draw(one.fragment_id, template, one=one) for one in view.columns)
    )


def _changes(view: BoardView, cards: Sequence[CardView], asked: Filter) -> Fragment:
    shown = [(one, asked.fits(one.card, one.status)) for one in cards]
    return draw(CHANGES, "dashboard/boards/_changes.html", shown=shown, board=view.board, runnable=view.runnable)
