"""What pages of workflows show: the text of a file line by line with what is wrong, and the drawing of a version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.partials.values import as_text
from dashboard.track.layout import track
from dashboard.track.shapes import Drawing
from orchestrator.core.errors import BrokenError
from orchestrator.core.problems import Problem
from orchestrator.models import WorkflowVersion
from orchestrator.queries.track import definition

MOST_LINES = 5_000
"""Lines of a file that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file."""

    n: int
    text: str
    problems: tuple[Problem, ...] = ()


def text_of(flow: WorkflowVersion) -> str:
    """Return the file of a version as it was written; as JSON where it never was a file."""
    return flow.text or as_text(flow.source)


def lines(text: str, problems: Iterable[Problem] = ()) -> list[Line]:
    """Number the lines of a file and set what is wrong beside them."""
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.line is not None:
            found.setdefault(problem.line, []).append(problem)
    written = text.replace("\r\n", "\n").split("\n")
    if len(written) > 1 and not written[-1]:
        written.pop()
    numbered = enumerate(written[:MOST_LINES], start=1)
    return [Line(n=n, text=one, problems=tuple(found.get(n, ()))) for n, one in numbered]


def drawn(flow: WorkflowVersion) -> Drawing | None:
    """Draw a version before it runs; None for one that cannot be read any more."""
    try:
        return track(definition(flow.name, flow.version).root)
    except BrokenError:
        return None


def sorted_by_line(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems in the order of the file, those without a line first."""
    return sorted(problems, key=lambda problem: problem.line or 0)
