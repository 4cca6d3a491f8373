"""What a track diagram is made of, as values: boxes, rails, and drawings that can be moved and put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboard.templatetags.show import seconds
from orchestrator.core.status import StepStatus
from orchestrator.models import Step
from orchestrator.queries.track import lamp_of

LONG = 760.0
RULE = "rule."
"""What names of built-in agents that only follow rules begin with."""
SMALL_LETTER = 5.7
"""About how wide a letter of the second line is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step: a box, a stack of boxes for a map, or a signal post for a gate."""

    x: float
    y: float
    width: float
    height: float
    shape: str
    """box, stack, post, or text."""
    path: str
    name: str
    step: Step | None
    """Its state in the run; None while it is not reached, and where a workflow is drawn without a run."""
    about: str = ""
    """What it is, such as its agent."""
    lamps: tuple[str, ...] = ()
    """Statuses of a map's items, or of a step's attempts."""
    shown: str = "pending"
    """Status where it stands for several steps, or for one that is not reached."""
    key: str = ""
    """What tells it from others on the page, where its path does not."""

    @property
    def status(self) -> str:
        """Return the status it is coloured by."""
        return lamp_of(self.step) if self.step else self.shown

    @property
    def is_quiet(self) -> bool:
        """Tell whether it is a rule that a pattern brought along: it is drawn small, without its second line."""
        return self.shape == "box" and self.about.startswith(RULE) and not self.lamps

    @property
    def mark(self) -> str:
        """Return what tells it from all others on the page."""
        return self.key or self.path

    @property
    def where(self) -> str:
        """Return the path of its step in the run, with its generation."""
        return self.step.path if self.step else self.path

    @property
    def count(self) -> str:
        """Return how many items of a map have ended, `34 / 50`, or how many rounds of a loop are over."""
        memo = (self.step.memo if self.step else None) or {}
        if self.step is not None and self.step.kind == "loop" and memo.get("judged"):
            return f"{memo['judged']} round{'s' * (memo['judged'] != 1)}"
        if "n" not in memo:
            return ""
        return f"{int(memo.get('ok', 0)) + int(memo.get('failed', 0))} / {memo['n']}"

    @property
    def failed(self) -> int:
        """Return how many items of a map failed."""
        return int(((self.step.memo if self.step else None) or {}).get("failed", 0))

    @property
    def middle(self) -> float:
        """Return the height at which rails meet it."""
        return self.y + self.height / 2

    @property
    def sub(self) -> str:
        """Return its second line: how often it was tried, what it is, how long it took; what does not fit is cut."""
        step = self.step
        took = ""
        if self.shape == "box" and step and step.ended_at and step.started_at:
            took = seconds((step.ended_at - step.started_at).total_seconds())
        parts = (self.again, self.about, took)
        room = int((self.width - 26) / SMALL_LETTER) - (7 if self.ticks else 0)
        said = " · ".join(filter(None, parts))
        if len(said) <= room:
            return said
        left = room - sum(len(part) + 3 for part in (parts[0], parts[2]) if part) - 1
        about = f"{self.about[:left]}…" if left >= 3 else ""
        return " · ".join(filter(None, (parts[0], about, parts[2])))

    @property
    def ticks(self) -> bool:
        """Tell whether it is an agent's step at work, whose time runs."""
        step = self.step
        return (
            self.shape == "box" and step is not None and lamp_of(step) == StepStatus.RUNNING and bool(step.started_at)
        )

    @property
    def again(self) -> str:
        """Say how often it was tried or done over; empty the first time."""
        if self.step is None:
            return ""
        generation = self.step.path.rpartition("#")[2] if "#" in self.step.path.rpartition("/")[2] else ""
        retries = f"attempt {self.step.attempt}" if self.step.attempt > 1 else ""
        return retries or (f"round {generation}" if generation else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """A piece of track between two points."""

    from_x: float
    from_y: float
    to_x: float
    to_y: float
    status: str

    @property
    def d(self) -> str:
        """Return its SVG path: straight, or with two bends of 45 degrees half way."""
        if abs(self.to_y - self.from_y) < 1:
            return f"M{self.from_x:g},{self.from_y:g} H{self.to_x:g}"
        down = 1 if self.to_y > self.from_y else -1
        bend = min(24.0, abs(self.to_y - self.from_y) / 2, (self.to_x - self.from_x) / 2)
        middle = (self.from_x + self.to_x) / 2
        return (
            f"M{self.from_x:g},{self.from_y:g} H{middle - bend:g} L{middle:g},{self.from_y + down * bend:g}"
            f" V{self.to_y - down * bend:g} L{middle + bend:g},{self.to_y:g} H{self.to_x:g}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A part of the diagram with its own origin; rails meet it left and right at half its height."""

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    rails: tuple[Rail, ...] = ()
    entry: str = "pending"
    """Status of the rail that leads to it."""
    leave: str = "pending"
    """Status of the rail that leads away."""

    @property
    def is_long(self) -> bool:
        """Tell whether it would be too small to read if it shrank to any width."""
        return self.width > LONG

    def moved(self, x: float, y: float) -> tuple[tuple[Box, ...], tuple[Rail, ...]]:
        """Return its parts as seen from an enclosing drawing."""
        boxes = tuple(replace(box, x=box.x + x, y=box.y + y) for box in self.boxes)
        rails = tuple(
            replace(one, from_x=one.from_x + x, to_x=one.to_x + x, from_y=one.from_y + y, to_y=one.to_y + y)
            for one in self.rails
        )
        return boxes, rails


def joined(parts: Iterable[tuple[tuple[Box, ...], tuple[Rail, ...]]]) -> tuple[tuple[Box, ...], tuple[Rail, ...]]:
    """Put the parts of several drawings together."""
    boxes: list[Box] = []
    rails: list[Rail] = []
    for some_boxes, some_rails in parts:
        boxes.extend(some_boxes)
        rails.extend(some_rails)
    return tuple(boxes), tuple(rails)
