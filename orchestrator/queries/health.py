"""What Signalbox needs to work, looked at now: the database, the broker, and workers that show signs of life."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import Error, connection
from django.utils import timezone

from orchestrator.celery import app
from orchestrator.dispatch import reachable
from orchestrator.models import Worker

log = logging.getLogger(__name__)
OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found; each part is `ok` or says what is wrong."""

    database: str
    broker: str
    workers: str

    @property
    def parts(self) -> dict[str, str]:
        """Return each part by its name."""
        return {"database": self.database, "broker": self.broker, "workers": self.workers}

    @property
    def is_ready(self) -> bool:
        """Tell whether all is well."""
        return all(part == OK for part in self.parts.values())


def health() -> Health:
    """Look at everything; nothing here waits longer than about a second."""
    database = _database()
    return Health(database=database, broker=_broker(), workers=_workers() if database == OK else "unknown")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.warning("the database does not answer: %s", error)
        return "does not answer"
    return OK


def _broker() -> str:
    complaint = reachable.complaint(app)
    if complaint:
        log.warning("the broker does not answer: %s", complaint)
    return "does not answer" if complaint else OK


def _workers() -> str:
    try:
        live = Worker.objects.filter(lease_until__gt=timezone.now()).count()
    except Error as error:
        log.warning("workers cannot be read: %s", error)
        return "unknown"
    return OK if live else "none shows a sign of life"
