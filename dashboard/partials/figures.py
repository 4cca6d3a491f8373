"""The figures at the head of the overview, each with the line of its last hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.templatetags.show import UNKNOWN, count, percent, seconds, usd
from orchestrator.queries.figures import Figures

WIDTH, HEIGHT = 84, 26
"""Of a line of the last hour."""
EDGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What stands open now."""

    flying: int
    queued: int
    gates: int
    oldest: datetime | None
    """When the first of the open gates was opened."""
    flying_line: Sequence[float | None]
    gates_line: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with its last hour."""

    title: str
    value: str
    aside: str
    status: str
    line: str = ""
    """Points of an SVG polyline; empty where nothing is known."""
    of_line: str = ""
    """What the line is of, for those who do not see it."""
    since: datetime | None = None
    """An instant that belongs to the aside."""

    @property
    def is_dot(self) -> bool:
        """Tell whether its line is one point, as only one value is known."""
        return len(set(self.line.split())) == 1


def drawn(hour: Figures, has: Waiting) -> list[Figure]:
    """Return the figures."""
    spent = hour.cost_usd
    return [
        Figure(title="Runs in flight", value=count(has.flying), aside=f"{has.queued} queued", status="running",
               line=line(has.flying_line), of_line="runs in flight"),
        Figure(title="Waiting for a person", value=count(has.gates), status="waiting", since=has.oldest,
               aside="oldest" if has.oldest else "nothing waits", line=line(has.gates_line), of_line="open approvals"),
        Figure(title="Step success", value=percent(hour.success), status="succeeded", of_line="share that succeeded",
               aside=f"{count(hour.tried)} attempt{'s'[: hour.tried != 1]}", line=line(hour.success_line, 1.0)),
        Figure(title="Latency p95", value=seconds(hour.p95_seconds), aside="agent steps", status="running",
               line=line(hour.p95_line), of_line="latency p95"),
        Figure(title="Burn rate", value=UNKNOWN if spent is None else f"{usd(spent)}/h", status="waiting",
               aside="nothing is metered" if spent is None else "of metered agents", line=line(hour.cost_line),
               of_line="money spent"),
    ]  # fmt: skip


def line(values: Sequence[float | None], top: float | None = None) -> str:
    """Return the points of a small line; nothing for values that are all unknown or all zero."""
    known = [value for value in values if value is not None]
    highest = max(known, default=0) if top is None else top
    if len(known) < 2 or not any(known):
        return _dot(values, highest)
    step = WIDTH / (len(values) - 1)
    points = [(place * step, _height(value, highest)) for place, value in enumerate(values) if value is not None]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _dot(values: Sequence[float | None], highest: float) -> str:
    """Return a point for the one value that is known, inside the edges: a line needs two."""
    known = [(place, value) for place, value in enumerate(values) if value]
    if len(known) != 1 or not highest:
        return ""
    (place, value), step = known[0], WIDTH / max(1, len(values) - 1)
    point = f"{min(max(place * step, EDGE), WIDTH - EDGE):.1f},{_height(value, highest):.1f}"
    return f"{point} {point}"


def _height(value: float, highest: float) -> float:
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / highest
