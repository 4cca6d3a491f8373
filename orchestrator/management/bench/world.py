"""What the benchmarks run: an agent that does nothing, and workflows made of it. And how runs are waited for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import connection

from orchestrator.core.agents import spec_of
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.engine.requests import StartRequest
from orchestrator.models import AgentVersion, Run, WorkflowVersion
from orchestrator.wiring import engine

NOTHING = {
    "name": "bench-nothing",
    "role": "Does nothing, for measuring.",
    "runtime": "callable",
    "settings": {"target": "orchestrator.management.bench.agents:nothing", "inline": True},
    "input_schema": {"type": "object"},
    "output_schema": {"type": "object"},
    "lane": "quick",
}
GIVE_UP_SECONDS = 300.0
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One measured case."""

    case: str
    database: str
    steps_per_s: float
    p50_ms: float
    p99_ms: float
    wall_s: float
    concurrency: int | None = None
    width: int | None = None

    def plain(self) -> dict[str, object]:
        """Return the fields that have a value."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def line(self) -> str:
        """Say it in a line."""
        size = f"{self.concurrency} at once" if self.concurrency else f"{self.width} wide"
        return (
            f"{self.case:9} {self.database:10} {size:12} {self.steps_per_s:9.1f} steps/s   "
            f"p50 {self.p50_ms:.2f} ms   p99 {self.p99_ms:.2f} ms   wall {self.wall_s:.2f} s"
        )


def prepare(name: str, steps: list[dict[str, object]]) -> str:
    """Keep a workflow of empty steps and return its version."""
    AgentVersion.objects.update_or_create(
        name=NOTHING["name"], version=1, defaults={"digest": "bench", "spec": NOTHING, "is_current": True}
    )
    source = {"workflow": name, "steps": steps}
    read = read_workflow(from_plain(source), {"bench-nothing": spec_of(dict(NOTHING), 1)})
    if isinstance(read, tuple):
        raise ValueError(f"the benchmark's own workflow is wrong: {read[0]}")
    WorkflowVersion.objects.get_or_create(name=name, version=read.version, defaults={"source": source})
    return read.version


def start(name: str, version: str, given: dict[str, object]) -> str:
    """Start one run."""
    request = StartRequest(workflow=name, version=version, input=given, actor="bench", actor_name="bench")  # type: ignore[arg-type]  # plain JSON
    return engine().start(request).run_id


def still_going(runs: Iterable[str]) -> set[str]:
    """Return those of some runs that have not ended."""
    return set(Run.objects.filter(id__in=list(runs)).exclude(status__in=ENDED).values_list("id", flat=True))


def wait_for(run_id: str, until: float) -> None:
    """Wait for one run; raises TimeoutError."""
    while still_going([run_id]):
        if time.monotonic() > until:
            raise TimeoutError(f"run {run_id} did not end within {GIVE_UP_SECONDS:g} s")
        time.sleep(0.002)


def database() -> str:
    """Return the database's kind."""
    return connection.vendor


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the sorted values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0
