"""What runtime tests share: real runtimes, an engine's side of an attempt, and ways to look at processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json, Outcome, Usage
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.port import Call, EffectRefused, Job

OF_SPEC = ("input_schema", "output_schema", "tools", "actions", "calls")
PROJECT = Path(__file__).parents[2]


class Ledger:
    """An engine's side of an attempt: remembers what was said, and each effect's intent and result."""

    def __init__(self) -> None:
        self.stop, self.kill = threading.Event(), threading.Event()
        self.said: list[object] = []
        self.effects_made: dict[tuple[str, str], Json] = {}
        self.in_doubt: set[tuple[str, str]] = set()

    def progress(self, fraction: float, note: str) -> None:
        self.said.append((fraction, note))

    def emit(self, text: str) -> None:
        self.said.append(text)

    def write(self, key: str, value: Json) -> None:
        self.said.append({key: value})

    def send(self, agent: str, message: Json) -> None:
        self.said.append([agent, message])

    def forget(self, tool: str) -> None:
        self.effects_made = {key: value for key, value in self.effects_made.items() if key[0] != tool}

    def reserve(self, estimate: Usage) -> str:
        return "held"

    def settle(self, reservation: str, used: Usage, call: Call) -> None:
        self.said.append(used)

    def effects(self) -> tuple[str, ...]:
        return tuple(key for _, key in (*self.effects_made, *self.in_doubt))

    def once(
        self, tool: str, key: str, call: Callable[[], Json], *, idempotent: bool = False, sharing: object = None
    ) -> Json:
        if (tool, key) in self.effects_made:
            return self.effects_made[tool, key]
        if (tool, key) in self.in_doubt and not idempotent:
            raise EffectRefused(f"{key} is in doubt from an earlier attempt")
        self.in_doubt.add((tool, key))
        try:
            self.effects_made[tool, key] = call()
        except Exception:
            self.in_doubt.discard((tool, key))
            raise
        self.in_doubt.discard((tool, key))
        return self.effects_made[tool, key]


@dataclass
class Bench:
    """Runs single attempts through the contract checks, as a worker does."""

    catalogue: Catalogue
    data: Path
    seconds: float = 20.0
    control: Ledger = field(default_factory=Ledger)
    took: float = 0.0

    def run(self, runtime: str, settings: dict[str, Json], given: dict[str, Json], **changes: object) -> Outcome:
        contracts = {name: changes.pop(name) for name in OF_SPEC if name in changes}
        spec = AgentSpec(name="tried", role="Is tried out.", runtime=runtime, settings=settings, **contracts)
        facts = {"attempt": 1, "timeout_seconds": self.seconds, "data_dir": self.data, **changes}
        job = Job(run_id="r1", path="step", spec=spec, input=given, request_id="r1:step", **facts)
        found = self.catalogue.get(runtime)
        assert found is not None
        before = time.monotonic()
        outcome = execute(found, job, self.control)
        self.took = time.monotonic() - before
        return outcome

    def child(self, function: str, /, **given: Json) -> Outcome:
        """Call a function of the workshop in a child process."""
        return self.run("callable", target(function), given, timeout_seconds=self.seconds)

    def inline(self, function: str, /, **given: Json) -> Outcome:
        """Call a function of the workshop in this thread."""
        return self.run("callable", {**target(function), "inline": True}, given)

    def command(
        self, *argv: str, output: str = "text", given: dict[str, Json] | None = None, **more: object
    ) -> Outcome:
        """Run a program."""
        changes = {name: more.pop(name) for name in ("memory_bytes", "output_bytes") if name in more}
        settings: dict[str, Json] = {"command": list(argv), "output": output, "cwd": str(self.data), **more}
        return self.run("command", settings, given or {}, timeout_seconds=self.seconds, **changes)


def target(function: str) -> dict[str, Json]:
    return {"target": f"tests.runtimes.workshop:{function}"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """All runtimes, allowed to work in the test's folder; tests may run Python as a program."""
    made = Catalogue(roots=[tmp_path], binaries=("python3", "ruff", "bandit", "radon", "git"), import_paths=[PROJECT])
    yield made
    made.close()


@pytest.fixture
def bench(catalogue: Catalogue, tmp_path: Path) -> Bench:
    return Bench(catalogue, tmp_path)


def is_running(pid: int) -> bool:
    """Tell whether a process exists and is no mere zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def poll(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait until something holds; tell whether it came to hold."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def pids(file: Path, count: int) -> list[int]:
    """Read the process numbers someone writes down, once all are there."""
    assert poll(lambda: file.exists() and len(file.read_text().split()) >= count), "the processes did not start"
    return [int(word) for word in file.read_text().split()]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
