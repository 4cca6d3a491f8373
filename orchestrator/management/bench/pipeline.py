"""Case `pipeline`: runs of empty steps, one or many at once. Latency is from one step's end to the next's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

from orchestrator.management.bench import world
from orchestrator.management.bench.world import Figures
from orchestrator.models import Step

NAME = "bench-pipeline"
STEPS = 10


def version(steps: int = STEPS) -> str:
    """Keep the workflow and return its version."""
    return world.prepare(NAME, [{"id": f"s{number}", "agent": "bench-nothing"} for number in range(steps)])


def cases(runs: int = 200, steps: int = STEPS) -> Iterator[Figures]:
    """Measure one run at a time, then sixteen."""
    kept = version(steps)
    for concurrency in (1, 16):
        measure(kept, max(runs // 20, concurrency), concurrency)  # warm
        made, wall = measure(kept, runs, concurrency)
        gaps = _gaps(made)
        yield Figures(
            case="pipeline", database=world.database(), concurrency=concurrency,
            steps_per_s=round(runs * steps / wall, 1), p50_ms=round(world.percentile(gaps, 0.5), 3),
            p99_ms=round(world.percentile(gaps, 0.99), 3), wall_s=round(wall, 3),
        )  # fmt: skip


def measure(version: str, runs: int, concurrency: int) -> tuple[list[str], float]:
    """Carry out so many runs, so many at once; return them and the seconds it took."""
    made: list[str] = []
    going: set[str] = set()
    began = time.perf_counter()
    until = time.monotonic() + world.GIVE_UP_SECONDS
    while len(made) < runs or going:
        while len(made) < runs and len(going) < concurrency:
            made.append(world.start(NAME, version, {}))
            going.add(made[-1])
        going = world.still_going(going)
        if time.monotonic() > until:
            raise TimeoutError(f"{len(going)} runs did not end within {world.GIVE_UP_SECONDS:g} s")
        if len(going) >= concurrency:
            time.sleep(0.001)
    return made, time.perf_counter() - began


def _gaps(made: list[str]) -> list[float]:
    found = Step.objects.filter(run_id__in=made).exclude(path="").order_by("run_id", "ended_at")
    ends: dict[str, list[float]] = {}
    for run_id, ended_at in found.values_list("run_id", "ended_at"):
        if ended_at is not None:
            ends.setdefault(run_id, []).append(ended_at.timestamp())
    return [(later - earlier) * 1000 for line in ends.values() for earlier, later in pairwise(line)]
