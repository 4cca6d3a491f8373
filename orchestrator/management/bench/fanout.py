"""Case `fanout`: one map over many items, from the start of the run to the joined result."""

from __future__ import annotations

import time
from collections.abc import Iterator

from orchestrator.management.bench import world
from orchestrator.management.bench.world import Figures
from orchestrator.models import Attempt, Run

NAME = "bench-fanout"


def cases(widths: tuple[int, ...] = (1000, 5000)) -> Iterator[Figures]:
    """Measure each width."""
    version = world.prepare(
        NAME, [{"id": "fan", "map": {"over": "input.items", "as": "item", "agent": "bench-nothing"}}]
    )
    _measure(version, 100)  # warm
    for width in widths:
        run_id, wall = _measure(version, width)
        waits = _waits(run_id)
        yield Figures(
            case="fanout", database=world.database(), width=width, steps_per_s=round(width / wall, 1),
            p50_ms=round(world.percentile(waits, 0.5), 3), p99_ms=round(world.percentile(waits, 0.99), 3),
            wall_s=round(wall, 3),
        )  # fmt: skip


def _measure(version: str, width: int) -> tuple[str, float]:
    began = time.perf_counter()
    run_id = world.start(NAME, version, {"items": list(range(width))})
    world.wait_for(run_id, time.monotonic() + world.GIVE_UP_SECONDS)
    wall = time.perf_counter() - began
    run = Run.objects.get(id=run_id)
    if run.status != "succeeded" or run.ended != width + 1:
        raise RuntimeError(f"run {run_id} {run.status} with {run.ended} of {width + 1} steps: {run.reason}")
    return run_id, wall


def _waits(run_id: str) -> list[float]:
    """Return from claim to end of each item, in milliseconds."""
    found = Attempt.objects.filter(run_id=run_id).values_list("started_at", "ended_at")
    return [(ended - started).total_seconds() * 1000 for started, ended in found if started]
