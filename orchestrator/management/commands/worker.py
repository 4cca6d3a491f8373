"""`manage.py worker`: a Celery worker with as many threads as there are slots, on every lane."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from celery.signals import worker_ready
from celery.worker.consumer import Consumer
from django.core.management.base import BaseCommand

from orchestrator.celery import LANES, app

NICE = 5
"""How far agents' work steps back where a machine has too much to do: people wait for pages, nobody for a step."""


class Worker(app.Worker):
    """Celery's worker, which ends without waiting for an answer it does not need."""

    def on_stopped(self) -> None:
        """Leave the connection to the end of the process: closing it waits a second for one more hint."""
        self.timer.stop()


class Command(BaseCommand):
    """Works until it is stopped."""

    help = "Do the work of agents: claim attempts, run them, report."
    # `prepare` has checked the installation before any of these start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--ready-file", type=Path, help="file to create once work is being taken")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker in this thread."""
        os.nice(NICE)
        beacon: Path | None = options["ready_file"]
        worker_ready.connect(wake_on_signal, weak=False)
        if beacon is not None:
            worker_ready.connect(lambda **_: beacon.touch(), weak=False)
        worker = Worker(
            queues=list(LANES),
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
            loglevel="INFO",
            quiet=True,
        )
        worker.start()
        raise SystemExit(worker.exitcode)


def wake_on_signal(sender: Consumer, **_: Any) -> None:
    """Let a signal end the wait for hints: Python would go on waiting, up to a second, before it tells Celery."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    sender.hub.add_reader(readable, os.read, readable, 4096)
