"""Asks the broker whether it is there, for those who watch over this installation."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import OperationalError


def complaint(app: Celery) -> str:
    """Return why the broker does not answer; empty when it does. Waits a second or two at most."""
    try:
        with app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            broker.default_channel.client.ping()
    except (OperationalError, OSError, *app.connection_for_write().connection_errors) as error:
        return str(error) or type(error).__name__
    return ""
