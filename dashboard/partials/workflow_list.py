"""Fragments of the list of workflows. Topic `workflows.<cursor>` is a snapshot of one part of it."""

from __future__ import annotations

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from orchestrator.models import User
from orchestrator.queries.workflow_use import uses
from orchestrator.queries.workflows import workflows
from orchestrator.services.access import Verb, may

LISTED = 25
"""Workflows of one page."""


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a part of the list as it is now."""
    moment = now()
    return Frame(n=moment, fragments=(rows(viewer, key)[0],))


def topic(cursor: str) -> str:
    """Name the topic of a part of the list."""
    return f"workflows.{cursor}" if cursor else "workflows"


def rows(viewer: User, cursor: str = "") -> tuple[Fragment, str | None]:
    """Draw one part of the list and return the cursor of the next."""
    found = workflows(viewer, cursor=cursor, limit=LISTED)
    drawn = draw("workflows-rows", "dashboard/workflows/_rows.html", rows=uses(viewer, found.items),
                 is_first=not cursor, may_start=may(viewer, Verb.START_RUN),
                 may_apply=may(viewer, Verb.APPLY_WORKFLOW))  # fmt: skip
    return drawn, found.next
