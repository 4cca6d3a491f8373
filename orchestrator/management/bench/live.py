"""Case `live`: from the commit of an event to its frame at many browsers, beside plain channel layer groups.

Both go through the same kind of web process, each through one of its own. A delivery is one event that one browser
shows: the hub sends a moment's events together, groups send each by itself. What groups send is made once, outside the
web process, of the size of the hub's frames, and is read from no database: all they have to do is to hand it on.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from orchestrator.core.agents import Lane
from orchestrator.core.messages import PauseRun, ResumeRun
from orchestrator.engine.engine import Engine
from orchestrator.engine.ports import Hints
from orchestrator.engine.requests import StartRequest
from orchestrator.live import groups
from orchestrator.management.bench import website, world
from orchestrator.management.bench.website import Audience, Website
from orchestrator.models import Run, User
from orchestrator.wiring import driver

NAME = "bench-live"
STEPS = 10
SETTLE_SECONDS = 2.0
LAST_SECONDS = 2.0
"""How long the last frames may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """One measured way of telling browsers."""

    case: str
    database: str
    sockets: int
    rate: float
    """Events a second."""
    p50_ms: float
    p99_ms: float
    worst_ms: float
    deliveries: int
    missed: int
    closed: int
    """Sockets that the server gave up."""
    deliveries_per_s: float
    cpu_ms_per_delivery: float
    """Of the web process, all its threads, while events came."""
    wall_s: float

    def plain(self) -> dict[str, object]:
        """Return the fields."""
        return asdict(self)

    def line(self) -> str:
        """Say it in a line."""
        return (
            f"{self.case:12} {self.database:10} {self.sockets} sockets, {self.rate:g} events/s   "
            f"p50 {self.p50_ms:.1f} ms   p99 {self.p99_ms:.1f} ms   worst {self.worst_ms:.1f} ms   "
            f"{self.deliveries} deliveries, {self.missed} missed, {self.closed} closed   "
            f"{self.cpu_ms_per_delivery * 1000:.1f} µs CPU each"
        )


class Noting:
    """Hints that note when the first one is given: right after the commit that it tells of."""

    def __init__(self, hints: Hints) -> None:
        """Stand before other hints."""
        self._hints = hints
        self.at: float | None = None

    def ring(self, lanes: Mapping[Lane, int]) -> None:
        """Hand on that attempts wait."""
        self._hints.ring(lanes)

    def tell(self, topics: Mapping[str, int]) -> None:
        """Hand on that something has changed."""
        if self.at is None:
            self.at = time.monotonic()
        self._hints.tell(topics)

    def follow(self) -> None:
        """Hand on that runs with cards have moved on."""
        self._hints.follow()


def cases(sockets: int = 200, rate: float = 20, seconds: float = 60) -> Iterator[LiveFigures]:
    """Measure the hub, then groups."""
    user = website.operator()
    run_id = begin(user)
    cookie = website.cookie(user)
    topics = {f"run.{run_id}": 1, "shell": 0}
    for case, path, subscribe in (("live", "/ws/live", topics), ("live-groups", "/ws/groups", {})):
        with website.website() as site:
            audience = Audience(site, path, cookie, sockets, subscribe)
            time.sleep(SETTLE_SECONDS)
            tell = groups.Sender().tell if case == "live-groups" else None
            yield _measure(case, run_id, site, audience, tell, sockets=sockets, rate=rate, seconds=seconds)


def begin(user: User) -> str:
    """Start a run of ten steps that then waits for a person, and wait until it does."""
    steps: list[dict[str, object]] = [{"id": f"s{number}", "agent": "bench-nothing"} for number in range(STEPS)]
    version = world.prepare(NAME, [*steps, {"id": "wait", "gate": {"title": "Wait"}}])
    request = StartRequest(workflow=NAME, version=version, input={}, actor="bench", actor_name="bench",
                           team_id=user.team_id)  # fmt: skip
    run_id = world.engine().start(request).run_id
    until = time.monotonic() + world.GIVE_UP_SECONDS
    while not Run.objects.filter(id=run_id, status="waiting").exists():
        if time.monotonic() > until:
            raise TimeoutError(f"run {run_id} did not come to its gate")
        time.sleep(0.01)
    return run_id


def _measure(
    case: str, run_id: str, site: Website, audience: Audience, tell: Callable[[str], None] | None,
    *, sockets: int, rate: float, seconds: float,
) -> LiveFigures:  # fmt: skip
    before, began = site.cpu_seconds(), time.monotonic()
    committed = _happen(run_id, rate, seconds, tell)
    wall = time.monotonic() - began
    time.sleep(LAST_SECONDS)
    cpu = site.cpu_seconds() - before
    shown, closed = audience.leave()
    waits = [
        (at - committed[n]) * 1000 for n, at in zip(map(int, shown[1::3]), shown[2::3], strict=True) if n in committed
    ]
    return LiveFigures(
        case=case, database=world.database(), sockets=sockets, rate=rate,
        p50_ms=round(world.percentile(waits, 0.5), 2), p99_ms=round(world.percentile(waits, 0.99), 2),
        worst_ms=round(max(waits, default=0), 2), deliveries=len(waits),
        missed=len(committed) * sockets - len(waits), closed=closed,
        deliveries_per_s=round(len(waits) / wall, 1), cpu_ms_per_delivery=round(cpu * 1000 / max(len(waits), 1), 4),
        wall_s=round(wall, 2),
    )  # fmt: skip


def _happen(run_id: str, rate: float, seconds: float, say: Callable[[str], None] | None) -> Mapping[int, float]:
    """Pause and resume a run at a steady rate; return the number of each event and when it was committed."""
    hints = Noting(driver().hints)
    engine = Engine(store=driver().store, driver=dataclasses.replace(driver(), hints=hints), clock=time.time)
    n = Run.objects.get(id=run_id).n
    committed: dict[int, float] = {}
    began = time.monotonic()
    for number in range(round(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        hints.at = None
        kind = ResumeRun if number % 2 else PauseRun
        verdict = engine.call(run_id, kind(actor="bench", actor_name="bench"))
        assert verdict.status == 200, verdict
        assert hints.at is not None
        n += 1
        committed[n] = hints.at
        if say is not None:
            say(_frame(run_id, n))
    if number % 2 == 0:
        engine.call(run_id, ResumeRun(actor="bench", actor_name="bench"))
    assert n + (number % 2 == 0) == Run.objects.get(id=run_id).n, "each act is one event"
    return committed


def _frame(run_id: str, n: int) -> str:
    """Return a text as large as a frame of the hub."""
    frame = {"topic": f"run.{run_id}", "n": n, "append": [{"id": "run-events", "items": [{"n": n, "html": "x" * 600}]}]}
    return json.dumps(frame | {"fragments": [{"id": "run-header", "v": "0", "html": "x" * 3000}]})
