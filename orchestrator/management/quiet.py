"""Keeps commands quiet about a broker that is not expected to be there."""

from __future__ import annotations

import logging

from django.conf import settings

from orchestrator.management.temporary import is_up

HINTS = ("orchestrator.live.publisher", "signalbox.dispatch")
"""Loggers of those that send hints. Where nobody listens, a hint that is lost is not worth a word."""


def hush_hints() -> None:
    """Say nothing about lost hints while no `up` runs on this data folder."""
    if not is_up(settings.PLACES):
        for name in HINTS:
            logging.getLogger(name).setLevel(logging.ERROR)
