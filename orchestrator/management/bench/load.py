"""A process that keeps pipelines going until its input ends, and then says how many steps a second it made."""

from __future__ import annotations

import os
import sys
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")

import django

django.setup()

from orchestrator.management.bench import pipeline  # noqa: E402 - needs the apps loaded

AT_ONCE = 16
ROUND = 200
"""Runs between two looks at whether to go on."""


def keep_going() -> None:
    """Run pipelines until the input ends."""
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    version = pipeline.version()
    print("ready", flush=True)
    began, runs = time.monotonic(), 0
    while not ended.is_set():
        pipeline.measure(version, ROUND, AT_ONCE)
        runs += ROUND
    print(round(runs * pipeline.STEPS / (time.monotonic() - began), 1))


if __name__ == "__main__":
    keep_going()
