"""Celery's doors: a doorbell sets a slot to work, another brings cards up to their runs."""

from __future__ import annotations

import os
import signal
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.db import close_old_connections

from orchestrator.core.agents import Lane
from orchestrator.followers import cards, trials
from orchestrator.services import card_pulls, card_runs
from orchestrator.wiring import Crew

_crew: list[Crew] = []


@worker_init.connect
def _begin(**_: Any) -> None:
    _crew.append(Crew(end=lambda: os.kill(os.getpid(), signal.SIGTERM)))


@worker_shutting_down.connect
def _end(**_: Any) -> None:
    for crew in _crew:
        crew.stop()


@shared_task(name="signalbox.work")
def work(lane: str) -> None:
    """Let one slot of a lane work until nothing is left."""
    close_old_connections()
    for crew in _crew:
        crew.worker.turn(Lane(lane))


@shared_task(name="signalbox.follow")
def follow() -> None:
    """Bring cards up to their runs, start those that wait where a place is free, let agents pull, and settle trials."""
    close_old_connections()
    while cards.follow():
        pass
    card_runs.start_waiting()
    card_pulls.pull()
    trials.settle()  # last: whatever it may stumble over, cards have moved
