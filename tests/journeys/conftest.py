"""A running Signalbox with agents that misbehave, shared by all journeys; each leaves it running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import chromium as chromium
from tests.chaos.tree import Tree, planted
from tests.running import data_folder

LIBRARY = Path(__file__).parent / "library"


@pytest.fixture(scope="session")
def tree() -> Iterator[Tree]:
    """Give a running `up` with the shipped examples and the library of these tests."""
    with data_folder() as data, planted(data) as planted_tree:
        planted_tree.manage("apply", str(LIBRARY))
        yield planted_tree
