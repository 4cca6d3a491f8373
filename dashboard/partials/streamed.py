"""What the attempts of a run say while they work. Topic `stream.<id>` is a log of pieces, each of the latest claim of
its step; the page puts them together, and shows the record instead once a step is over."""

from __future__ import annotations

import logging

from django.utils.html import format_html

from dashboard.live.frames import Frame, Item
from orchestrator.live import Piece, pieces
from orchestrator.models import User
from orchestrator.queries.runs import run_detail

log = logging.getLogger(__name__)


def live(viewer: User, key: str, after: int) -> Frame:
    """Return what was said in a run after a number; nothing while the channel layer is away."""
    run = run_detail(viewer, key)
    try:
        said = pieces(run.id, after)
    except OSError as error:
        log.warning("what run %s streams cannot be read: %s", run.id, error)
        return Frame(n=after)
    return Frame(n=said[-1].n if said else after, append={"run-stream": tuple(map(item, said))})


def item(piece: Piece) -> Item:
    """Draw one piece; its claim tells where another one begins."""
    progress = "" if piece.fraction is None else f"{piece.fraction:.4f}"
    html = format_html(
        '<span data-path="{}" data-attempt="{}" data-claim="{}" data-fraction="{}" data-note="{}">{}</span>',
        piece.path, piece.attempt, piece.fence[:8], progress, piece.note, piece.text,
    )  # fmt: skip
    return Item(n=piece.n, html=html)
