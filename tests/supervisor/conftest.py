"""Worlds for the supervisor's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Running, data_folder, up


@pytest.fixture
def data() -> Iterator[Path]:
    """Give an empty data folder."""
    with data_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Give a ready `up` that the tests of one file share; they must leave it running."""
    with data_folder() as folder, up(folder, "--no-demo") as started:
        started.ready()
        yield started
