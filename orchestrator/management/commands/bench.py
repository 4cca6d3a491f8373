"""`manage.py bench`: measures Signalbox through real workers. Embedded, it uses a folder of its own and removes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

from orchestrator.management.bench import fanout, live, pages, pipeline
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.temporary import services
from orchestrator.supervisor.places import PROJECT


class Measured(Protocol):
    """One measured case."""

    def plain(self) -> dict[str, object]:
        """Return the figures by name."""

    def line(self) -> str:
        """Say them in a line."""


CASES: dict[str, Callable[..., Iterator[Measured]]] = {
    "pipeline": pipeline.cases, "fanout": fanout.cases, "live": live.cases, "pages": pages.cases,
}  # fmt: skip
SIZES = {"live": ("sockets", "rate", "seconds"), "pages": ("seconds",)}
"""Which options a case takes."""
INSIDE = "SIGNALBOX_BENCH"


class Command(BaseCommand):
    """Measures one case."""

    help = "Measure against the configured database and broker, or an embedded one of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("case", choices=sorted(CASES))
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--sockets", type=int, default=200, help="live: browsers that watch")
        parser.add_argument("--rate", type=float, default=20, help="live: events a second")
        parser.add_argument(
            "--seconds", type=float, default=60, help="live: how long events come; pages: how long pages are asked for"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure here, or in a process with a folder of its own."""
        if not os.environ.get(INSIDE):
            raise SystemExit(inside(sys.argv[1:]))
        migrate_if_behind()
        with services(lambda text: self.stderr.write(text)) as found:
            if not found.ensure():
                raise CommandError("no workers could be started; another command holds the data folder")
            sizes = {name: options[name] for name in SIZES.get(options["case"], ())}
            for figures in CASES[options["case"]](**sizes):
                self.stdout.write(json.dumps(figures.plain()) if options["json"] else figures.line())
                self.stdout.flush()


def inside(arguments: list[str]) -> int:
    """Run the same command in a temporary data folder."""
    with tempfile.TemporaryDirectory(prefix="signalbox-bench-") as folder:
        environ = {**os.environ, INSIDE: "1", "SIGNALBOX_DATA": folder}
        return subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments], env=environ, check=False
        ).returncode
