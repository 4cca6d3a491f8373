"""A process of its own that pulls cards, as a worker or the timers do, and may be killed in the middle of it.

`python -m tests.services.puller DATABASE WHERE`: waits for a line on its input, then pulls until nothing is left.
WHERE is `nowhere`, or the point at which it kills itself: `move` (moved, not started) or `start` (started, not kept).
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

from orchestrator import settings


def main(database: str, where: str) -> None:
    """Pull once told to."""
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from orchestrator.services import card_pulls  # it needs Django's models

    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if where == "move":
        card_pulls.start = die
    elif where == "start":
        card_pulls.touch = die  # type: ignore[assignment]  # it never returns
    print("ready", flush=True)
    sys.stdin.readline()
    print(card_pulls.pull(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
