"""Every contract is tried on memory and on the database of this test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.contracts.worlds import World, memory_world, table_world

ROWS = (
    "run", "event", "step", "attempt", "queue", "message", "verdict", "timer", "worker", "stopping", "artifact",
    "effect", "gate", "gatedecision", "gatelook", "answer", "saving", "breaker", "breakerprobe", "breakerchange",
    "agentpause", "limit", "limituse", "budget", "reservation", "spend",
)  # fmt: skip
TABLES = pytest.param("tables", marks=pytest.mark.django_db)


@pytest.fixture
def _django_db_helper(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let transactions be real, and delete rows afterwards: a hundredth of the time of emptying all tables."""
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            for name in ROWS:
                cursor.execute(f"DELETE FROM orchestrator_{name}")
        connection.close()


@pytest.fixture(params=["memory", TABLES])
def world(request: pytest.FixtureRequest) -> World:
    """Give an engine on one store, empty."""
    return memory_world() if request.param == "memory" else table_world()
