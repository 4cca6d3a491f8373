"""Options of the chaos tests.

`python -m pytest tests/chaos -s` takes a seeded slice of about three minutes, as CI does.
`python -m pytest tests/chaos -s --chaos=full --seed=7` kills after every event, at 30 offsets, at every
passing of every fail point and on a card's whole way: about 240 kills, a quarter of an hour on a quiet machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.api import Api
from tests.chaos.kills import Plain
from tests.chaos.review import Operator, counted_by_hand, folder_to_review
from tests.chaos.tree import planted
from tests.running import data_folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare how much chaos, and which."""
    parser.addoption("--chaos", choices=("slice", "full"), default="slice", help="how much chaos to make")
    parser.addoption("--seed", type=int, default=1, help="what chance is made of")


@pytest.fixture(scope="session")
def is_full(request: pytest.FixtureRequest) -> bool:
    """Tell whether everything is to be tried."""
    return bool(request.config.getoption("chaos", "slice") == "full")


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Return what chance is made of."""
    return int(request.config.getoption("seed", 1))


@pytest.fixture(scope="session")
def plain() -> Iterator[Plain]:
    """Give a running tree, with what an undisturbed job on it looks like; in the end all that is kept must agree."""
    with data_folder() as data, planted(data) as tree:
        api, folder = tree.api(), folder_to_review(data / "shop")
        undisturbed(api, folder, "first")  # imports everything; the second one shows how long a job takes
        run = undisturbed(api, folder, "plain")
        began, ended = tree.books.read("SELECT created_at, ended_at FROM orchestrator_run WHERE id = ?", run["id"])[0]
        counts = counted_by_hand(tree.books, run["id"])
        yield Plain(tree=tree, api=api, events=run["n"], seconds=(ended - began) / 1e6, counts=counts)
        assert tree.manage("verify").strip() == "verify: everything agrees"


def undisturbed(api: Api, folder: Path, key: str) -> Any:
    """Run the job with nobody killing anything, and return the run."""
    operator = Operator(api, folder, key)
    operator.start()
    operator.join(60)
    assert not operator.problem, operator.problem
    return api.ended(operator.run_id)
