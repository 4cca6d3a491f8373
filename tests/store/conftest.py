"""The store's own tests use the database of this test run, with real transactions."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import _django_db_helper  # noqa: F401 - a fixture, found here by its name
from tests.contracts.worlds import World, table_world


@pytest.fixture
def world() -> World:
    """Give an engine on the database, empty."""
    return table_world()
