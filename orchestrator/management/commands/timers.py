"""`manage.py timers`: wakes what is due and sweeps up what was left behind. Any number may run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from orchestrator.core.errors import TransientError
from orchestrator.engine.caretaker import LEASE_SECONDS
from orchestrator.followers import cards, trials
from orchestrator.services import card_pulls, card_runs, probes
from orchestrator.services.answers import sweep_answers
from orchestrator.services.overdue import report_overdue
from orchestrator.services.seals import seal_trail
from orchestrator.wiring import breakers, engine, limits, pauses, spending, store

SWEEP_SECONDS = 1.0
JUMP_SECONDS = 2.0
"""A difference between wall and monotonic clock that means somebody set the clock."""
log = logging.getLogger("signalbox.timers")


class Command(BaseCommand):
    """Sweeps until it is stopped."""

    help = "Wake what is due and sweep up what was left behind."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop; a sweep that fails is said and tried again."""
        offset = time.time() - time.monotonic()
        calm_after = 0.0
        while True:
            try:
                if abs(time.time() - time.monotonic() - offset) > JUMP_SECONDS:
                    log.warning("the clock jumped; leases are left alone for %g s", LEASE_SECONDS)
                    offset = time.time() - time.monotonic()
                    calm_after = time.monotonic() + LEASE_SECONDS
                pause = sweep(spare_leases=time.monotonic() < calm_after)
            except (TransientError, Error) as error:
                log.warning("the sweep waits for the database: %s", error)
                store().close()
                pause = SWEEP_SECONDS
                # Workers could not say that they live while it was away: they get the time to do so.
                calm_after = time.monotonic() + LEASE_SECONDS
            time.sleep(pause)


def sweep(*, spare_leases: bool = False) -> float:
    """Do one round; return how long to rest until the next."""
    the = engine()
    close_old_connections()
    duties: list[Callable[[], object]] = [the.sweep_timers, the.sweep_mail]
    duties += [] if spare_leases else [report_overdue, the.sweep_lost, store().forget_dead_workers, settle_gone]
    for duty in (
        *duties,
        probes.sweep,
        pauses().sweep,
        breakers().sweep,
        limits().sweep,
        the.sweep_ready,
        trials.settle,
        follow_cards,
        seal_trail,
        sweep_answers,
    ):
        _do(duty)
    moment = store().next_moment()
    return SWEEP_SECONDS if moment is None else min(max(moment - store().now(), 0.01), SWEEP_SECONDS)


def settle_gone() -> int:
    """Settle what is held for calls whose worker is gone."""
    return spending().settle_gone()


def follow_cards() -> None:
    """Bring all cards up to their runs, then start those that wait where a place is free now, and let agents pull."""
    while cards.follow():
        pass
    card_runs.start_waiting()
    card_pulls.pull()


def _do(duty: Callable[[], object]) -> None:
    """Do one duty; if it stumbles over something, the others are done all the same."""
    name = getattr(duty, "__name__", str(duty))
    try:
        found = duty()
    except (TransientError, Error):
        raise
    except Exception:
        log.exception("%s failed and is tried again with the next sweep", name)
    else:
        # Work that waits for a slot is found with every sweep, and no news.
        if found:
            log.log(
                logging.DEBUG if name == "sweep_ready" else logging.INFO, "%s found work", name, extra={"count": found}
            )
