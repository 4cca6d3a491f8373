"""What stands in the navigation: the pages there are, with counts. A page that does not exist has no entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from orchestrator.models import User
from orchestrator.queries.audit import READERS
from orchestrator.queries.badges import badges
from orchestrator.queries.scope import has_role


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the navigation."""

    title: str
    noun: str
    url: str
    is_here: bool
    count: int = 0
    status: str = ""
    """Colours the count; empty for a plain number."""

    @property
    def jump(self) -> str:
        """Return the key that leads there after `g`; empty where there is none."""
        return JUMPS.get(self.noun, "")


PAGES = (
    ("Overview", "overview", "overview"),
    ("Boards", "boards", "boards"),
    ("Runs", "runs", "runs"),
    ("Approvals", "approvals", "approvals"),
    ("Agents", "agents", "agents"),
    ("Workflows", "workflows", "workflows"),
    ("Patterns", "patterns", "patterns"),
    ("Audit", "audit", "audit"),
)
"""Title, noun (the first part of the address), and the name of the address."""
LEAST = {"audit": READERS}
"""Noun to the least role of those who see its page."""
JUMPS = {"overview": "o", "boards": "b", "runs": "r", "approvals": "a", "agents": "e", "workflows": "w",
         "patterns": "p", "audit": "u"}  # fmt: skip
"""Noun to the key that, after `g`, leads to its page."""


def entries(viewer: User, path: str, counts: Mapping[str, int]) -> list[Entry]:
    """Return the navigation for a viewer who is at `path`."""
    here = path.strip("/").split("/")[0] or "overview"
    found = []
    for title, noun, name in PAGES:
        url = address(name) if noun not in LEAST or has_role(viewer, LEAST[noun]) else ""
        if url:
            status = "waiting" if noun == "approvals" else ""
            entry = Entry(
                title=title, noun=noun, url=url, is_here=noun == here, count=counts.get(noun, 0), status=status
            )
            found.append(entry)
    return found


def counts(request: HttpRequest) -> Mapping[str, int]:
    """Count for the viewer of a request, once for all parts of a page that show it."""
    found: Mapping[str, int] | None = getattr(request, "counts", None)
    if found is None:
        found = badges(request.user)
        request.counts = found  # type: ignore[attr-defined]  # kept with the request, as Django's own middleware does
    return found


def address(name: str) -> str:
    """Return the address of a page, or nothing where there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
