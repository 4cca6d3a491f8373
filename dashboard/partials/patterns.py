"""What the gallery of patterns shows: one card per example, its drawing made once a version, and how its run stands.

Topic `patterns` is a snapshot of how the runs stand; all else of the page stays as it was loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from dashboard.partials.workflows import drawn
from orchestrator.models import User, WorkflowVersion
from orchestrator.queries.boards import columns_of
from orchestrator.queries.patterns import PATTERNS, Example, Pattern, examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of the gallery: an example, or a pattern of which none is loaded."""

    pattern: Pattern
    example: Example | None = None
    sketch: SafeString | None = None

    @property
    def state(self) -> str:
        """Name the fragment that says how its last run stands."""
        return state_of(self.example) if self.example else ""


def live(viewer: User, key: str, after: int) -> Frame:
    """Return how the examples stand now."""
    moment = now()
    return Frame(n=moment, fragments=states(examples(viewer)))


def states(found: Sequence[Example]) -> tuple[Fragment, ...]:
    """Draw how the last run of each example stands."""
    template = "dashboard/patterns/_state.html"
    return tuple(draw(state_of(one), template, one=one) for one in found)


def state_of(example: Example) -> str:
    """Name the fragment of an example."""
    return f"example-{example.kind}-{example.name}"


def places(found: Sequence[Example]) -> list[Place]:
    """Return the gallery in the order of the patterns, those without an example in their places."""
    shown: list[Place] = []
    for pattern in PATTERNS:
        own = [one for one in found if one.pattern.id == pattern.id]
        shown += [Place(pattern=pattern, example=one, sketch=sketch(one)) for one in own] or [Place(pattern=pattern)]
    return shown


def sketch(example: Example) -> SafeString:
    """Draw an example small."""
    if example.flow is not None:
        return _sketch(example.flow.name, example.flow.version)
    boards = [example.board] if example.board else []
    columns = [column for found in columns_of(boards).values() for column in found]
    return render_to_string("dashboard/patterns/_columns.html", {"columns": columns})


@lru_cache(maxsize=256)
def _sketch(name: str, version: str) -> SafeString:
    """Draw a version; it never changes, so this is done once."""
    track = drawn(WorkflowVersion(name=name, version=version))
    return render_to_string("dashboard/patterns/_sketch.html", {"track": track, "name": name})
