"""Lays a run's timeline out: a row an agent, its bars side by side in lanes, or counted where they are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard.templatetags.show import seconds
from orchestrator.queries.timeline import Stretch, Timeline

LANES = 8
"""Bars of an agent above each other; with more at once they are counted."""
LANE = 22
BINS = 120
TALL = 44
"""Height of a row in which bars are counted."""
GROUPS = {"failed": ("failed", "timed_out", "lost"), "running": ("running", "queued", "parked", "suspended"),
          "cancelled": ("cancelled", "skipped")}  # fmt: skip
"""Statuses that are counted together; all others as succeeded."""
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One attempt, placed. Times are seconds since the run began; `to` is None while it goes on."""

    one: Stretch
    lane: int
    wait_from: float | None
    """When it was queued, if it was seen to wait."""
    held: float
    """How long of that was backoff."""
    begin: float
    """When it was begun, or wanted while it is not."""
    to: float | None
    until: float
    """Where it ends in the drawing."""
    span: float

    @property
    def y(self) -> int:
        """Return its upper edge."""
        return self.lane * LANE + 2

    @property
    def x(self) -> str:
        """Return its left edge."""
        return _share(self.begin, self.span)

    @property
    def width(self) -> str:
        """Return its width."""
        return _share(self.until - self.begin, self.span)

    @property
    def wait_x(self) -> str:
        """Return where its waiting begins."""
        return _share(self.wait_from or 0.0, self.span)

    @property
    def wait_width(self) -> str:
        """Return how wide its waiting is."""
        return _share(self.begin - (self.wait_from or 0.0), self.span)

    @property
    def took(self) -> str:
        """Say how long it took."""
        return "" if self.to is None or self.one.started_at is None else seconds(self.to - self.begin)

    @property
    def words(self) -> str:
        """Return what stands in it: its step, which try it is, how it went if not well."""
        name = self.one.path.rpartition("/")[2] or "the whole run"
        again = f"↻ {self.one.attempt}" if self.one.attempt > 1 else ""
        status = "" if self.one.status in ("succeeded", "running", "approved") else self.one.status.replace("_", " ")
        return " · ".join(filter(None, (name, again, status)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one agent did, or the gates."""

    name: str
    is_gates: bool = False
    bars: tuple[Bar, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    """Status to the outline of how many were at it at once, where bars are counted."""
    height: int = LANE
    count: int = 0
    most: int = 0
    """At once."""
    failed: int = 0
    retried: int = 0
    statuses: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A whole timeline."""

    rows: tuple[Row, ...]
    span: float
    """Seconds from left to right."""
    goes_on: bool
    ticks: tuple[tuple[int, str], ...]


def chart(line: Timeline) -> Chart:
    """Lay out a timeline."""
    span = line.ends_at - line.begins_at
    rows = [_row(agent, stretches, line, span) for agent, stretches in line.agents.items()]
    if line.gates:
        rows.append(_row("gates", line.gates, line, span, is_gates=True))
    ticks = tuple((share, seconds(span * share / 100) if share else "0") for share in TICKS)
    return Chart(rows=tuple(rows), span=span, goes_on=line.goes_on, ticks=ticks)


def _row(name: str, stretches: list[Stretch], line: Timeline, span: float, is_gates: bool = False) -> Row:
    statuses = Counter(one.status for one in stretches)
    bars = _bars(stretches, line, span) if line.is_detailed else None
    most, paths = (0, ()) if bars is not None else _outlines(stretches, line, span)
    lanes = 1 + max((bar.lane for bar in bars or ()), default=0)
    return Row(
        name=name, is_gates=is_gates, bars=tuple(bars or ()), paths=paths,
        height=TALL if bars is None else lanes * LANE, count=sum(one.tries for one in stretches), most=most,
        failed=sum(statuses[status] for status in GROUPS["failed"]),
        retried=sum(max(one.tries, 1) - 1 if one.tries > 1 else one.attempt > 1 for one in stretches),
        statuses=tuple(sorted(statuses.items())),
    )  # fmt: skip


def _bars(stretches: list[Stretch], line: Timeline, span: float) -> list[Bar] | None:
    """Place bars in lanes so that none lie on each other; None where too many are at work at once."""
    ends: list[float] = []
    made: list[Bar] = []
    for one in sorted(stretches, key=lambda one: _first(one, line)):
        began = _first(one, line)
        lane = next((place for place, end in enumerate(ends) if end <= began + 1e-6), len(ends))
        if lane >= LANES:
            return None
        bar = _bar(one, line, span, lane)
        ends[lane : lane + 1] = [bar.until + line.begins_at]
        made.append(bar)
    return made


def _bar(one: Stretch, line: Timeline, span: float, lane: int) -> Bar:
    begin = (one.started_at or one.ended_at or one.queued_at or line.begins_at) - line.begins_at
    to = None if one.ended_at is None else max(one.ended_at - line.begins_at, begin)
    queued = None if one.queued_at is None else one.queued_at - line.begins_at
    held = max((one.ready_at or 0.0) - (one.queued_at or 0.0), 0.0)
    waited = queued if one.started_at is not None and queued is not None and begin - queued > span / 500 else None
    return Bar(one=one, lane=lane, wait_from=waited, held=held, begin=begin, to=to,
               until=max(span if to is None else to, begin), span=span)  # fmt: skip


def _first(one: Stretch, line: Timeline) -> float:
    return min((at for at in (one.queued_at, one.started_at, one.ended_at) if at is not None), default=line.begins_at)


def _outlines(stretches: list[Stretch], line: Timeline, span: float) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Count how many were at work at once, by status, and draw that as steps from the ground up."""
    counts = {status: _at_once(_of(stretches, status), line, span) for status in ("succeeded", *GROUPS)}
    most = max((sum(column) for column in zip(*counts.values(), strict=True)), default=0)
    ground = [0.0] * BINS
    drawn: list[tuple[str, str]] = []
    for status, numbers in counts.items():
        if any(numbers):
            heights = [max(number / most * TALL, 1.5) if number else 0.0 for number in numbers]
            drawn.append((status, "".join(_columns(ground, heights))))
            ground = [low + high for low, high in zip(ground, heights, strict=True)]
    return most, tuple(drawn)


def _of(stretches: list[Stretch], status: str) -> Iterator[Stretch]:
    grouped = GROUPS.get(status)
    others = {one for group in GROUPS.values() for one in group}
    return (one for one in stretches if (one.status in grouped if grouped else one.status not in others))


def _at_once(stretches: Iterable[Stretch], line: Timeline, span: float) -> list[int]:
    change = [0] * (BINS + 1)
    for one in stretches:
        if one.started_at is not None:
            begin = _bin(one.started_at - line.begins_at, span)
            change[begin] += 1
            change[_bin((one.ended_at or line.ends_at) - line.begins_at, span) + 1] -= 1
    found, now = [], 0
    for step in change[:BINS]:
        now += step
        found.append(now)
    return found


def _bin(at: float, span: float) -> int:
    return min(max(int(at / span * BINS), 0), BINS - 1)


def _columns(ground: list[float], heights: list[float]) -> Iterator[str]:
    place = 0
    while place < BINS:
        end = place + 1
        while end < BINS and heights[end] == heights[place] and ground[end] == ground[place]:
            end += 1
        if heights[place]:
            top = TALL - ground[place] - heights[place]
            yield f"M{place} {top:.1f}h{end - place}v{heights[place]:.1f}h-{end - place}z"
        place = end


def _share(value: float, span: float) -> str:
    return f"{max(value, 0.0) / span * 100:.3f}%"
