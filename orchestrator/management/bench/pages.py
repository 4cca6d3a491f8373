"""Case `pages`: how long a person waits for each page through the real web process, alone and while pipelines run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.core.management import call_command

from orchestrator.management.bench import live, website, world
from orchestrator.management.bench.website import Website
from orchestrator.models import Board, User
from orchestrator.services import cards
from orchestrator.supervisor.places import PROJECT

CARDS = 60
APPROVALS = 12
PAUSE_SECONDS = 0.1
"""Between two requests: a few people who click on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """One measured page."""

    case: str
    database: str
    page: str
    requests: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    steps_per_s: float | None
    """What workers did meanwhile; absent where they had nothing to do."""

    def plain(self) -> dict[str, object]:
        """Return the fields that have a value."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def line(self) -> str:
        """Say it in a line."""
        beside = f"beside {self.steps_per_s:.0f} steps/s" if self.steps_per_s else "alone"
        return (
            f"{self.page:10} {self.database:10} {beside:24} {self.requests:5} requests   "
            f"p50 {self.p50_ms:.1f} ms   p99 {self.p99_ms:.1f} ms   worst {self.worst_ms:.1f} ms"
        )


@dataclass(slots=True)
class Load:
    """What else is going on."""

    steps_per_s: float | None = None


@dataclass(slots=True)
class Visits:
    """How long each request of each page took, in milliseconds."""

    waits: dict[str, list[float]] = field(default_factory=dict)

    def make(self, site: Website, cookie: str, pages: dict[str, str], seconds: float) -> None:
        """Ask for the pages in turn for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for page, path in pages.items():
                began = time.perf_counter()
                website.get(site, path, cookie)
                self.waits.setdefault(page, []).append((time.perf_counter() - began) * 1000)
                time.sleep(PAUSE_SECONDS)


def cases(seconds: float = 60) -> Iterator[PageFigures]:
    """Measure the pages alone for a third of the time, then beside pipelines."""
    user = website.operator()
    pages = _made(user)
    cookie = website.cookie(user)
    with website.website() as site:
        Visits().make(site, cookie, pages, 1)  # warm
        for length, is_busy in ((seconds / 3, False), (seconds, True)):
            visits = Visits()
            with _pipelines(is_busy) as load:
                visits.make(site, cookie, pages, length)
            yield from _figures(visits, load)


def _made(user: User) -> dict[str, str]:
    """Make something to look at; return the address of each page."""
    call_command("prepare", output=settings.DATA / "prepare.json")
    board = Board.objects.get(name="reviews")
    ideas = board.columns.order_by("position").filter(policy="manual").first() or board.columns.first()
    assert ideas is not None
    for number in range(CARDS):
        cards.create(user, board.pk, f"Look at part {number}", ideas.pk)
    runs = [live.begin(user) for _ in range(APPROVALS)]
    return {"overview": "/", "runs": "/runs/", "run": f"/runs/{runs[0]}/", "board": "/boards/reviews/",
            "inbox": "/approvals/"}  # fmt: skip


@contextmanager
def _pipelines(is_busy: bool) -> Iterator[Load]:
    load = Load()
    if not is_busy:
        yield load
        return
    line = [sys.executable, "-m", "orchestrator.management.bench.load"]
    with subprocess.Popen(line, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the pipelines did not begin")
        yield load
        said, _ = process.communicate(timeout=world.GIVE_UP_SECONDS)
        load.steps_per_s = float(said)


def _figures(visits: Visits, load: Load) -> Iterator[PageFigures]:
    for page, waits in visits.waits.items():
        yield PageFigures(
            case="pages", database=world.database(), page=page, requests=len(waits),
            p50_ms=round(world.percentile(waits, 0.5), 2), p99_ms=round(world.percentile(waits, 0.99), 2),
            worst_ms=round(max(waits), 2), steps_per_s=load.steps_per_s,
        )  # fmt: skip
