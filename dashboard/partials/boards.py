"""The board as fragments, one a column: the same in the page, alone, and pushed. They say nothing of `you`."""

from __future__ import annotations

from django.utils.html import format_html_join

from dashboard.live.frames import Fragment, Frame
from dashboard.partials.draw import draw
from orchestrator.core.errors import RejectedMissing
from orchestrator.models import Policy, User
from orchestrator.queries.boards import BoardView, ColumnView, board_detail

MARKS = "board-marks"
"""Id of the element that holds the hashes."""


def live(viewer: User, key: str, after: int) -> Frame:
    """Draw topic `board.<id>`; raises RejectedMissing where the viewer may not see it."""
    if not key.isdecimal() or len(key) > 18:
        raise RejectedMissing("There is no such board.")
    return frame(board_detail(viewer, int(key)))


def frame(view: BoardView) -> Frame:
    """Draw a board as of its version."""
    runnable = {one.column.workflow for one in view.columns if one.column.policy == Policy.WORKFLOW}
    columns = tuple(_column(view, one, runnable) for one in view.columns)
    return Frame(n=view.board.version, fragments=(*columns, _marks(columns)))


def _column(view: BoardView, column: ColumnView, runnable: set[str]) -> Fragment:
    template = "dashboard/boards/_column.html"
    return draw(column.fragment_id, template, board=view.board, one=column, runnable=runnable)


def _marks(columns: tuple[Fragment, ...]) -> Fragment:
    """List the hash of every column, so that a page notices where it shows something else."""
    rows = ((column.id, column.v) for column in columns)
    return Fragment(id=MARKS, html=format_html_join("", '<i data-for="{}" data-v="{}"></i>', rows))
