"""`manage.py bench`: measures Signalbox through real workers. Embedded, it uses a folder of its own and removes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.management.bench import fanout, pipeline
from orchestrator.management.bench.world import Figures
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.temporary import services
from orchestrator.supervisor.places import PROJECT

CASES: dict[str, Callable[[], Iterator[Figures]]] = {"pipeline": pipeline.cases, "fanout": fanout.cases}
INSIDE = "SIGNALBOX_BENCH"


class Command(BaseCommand):
    """Measures one case."""

    help = "Measure against the configured database and broker, or an embedded one of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("case", choices=sorted(CASES))
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure here, or in a process with a folder of its own."""
        if not os.environ.get(INSIDE):
            raise SystemExit(inside(sys.argv[1:]))
        migrate_if_behind()
        with services(lambda text: self.stderr.write(text)) as found:
            if not found.ensure():
                raise CommandError("no workers could be started; another command holds the data folder")
            for figures in CASES[options["case"]]():
                self.stdout.write(json.dumps(figures.plain()) if options["json"] else _line(figures))
                self.stdout.flush()


def inside(arguments: list[str]) -> int:
    """Run the same command in a temporary data folder."""
    with tempfile.TemporaryDirectory(prefix="signalbox-bench-") as folder:
        environ = {**os.environ, INSIDE: "1", "SIGNALBOX_DATA": folder}
        return subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments], env=environ, check=False
        ).returncode


def _line(figures: Figures) -> str:
    size = f"{figures.concurrency} at once" if figures.concurrency else f"{figures.width} wide"
    return (
        f"{figures.case:9} {figures.database:10} {size:12} {figures.steps_per_s:9.1f} steps/s   "
        f"p50 {figures.p50_ms:.2f} ms   p99 {figures.p99_ms:.2f} ms   wall {figures.wall_s:.2f} s"
    )
