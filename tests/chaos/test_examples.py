"""The shipped example of every pattern, with everything killed by SIGKILL in its middle: all of them succeed.

The slice takes three of them; `--chaos=full` takes all.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.chaos.books import done_twice, starts
from tests.chaos.tree import Tree, planted
from tests.conftest import poll
from tests.running import data_folder
from tests.shipped import BOARD, ENDED, Hand, shipped

SLICE = 3
POINTS = ("before_work", "after_work")
"""An attempt has started, and what it does is not known yet: in the middle, whichever attempt it is."""
FIRE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Garden:
    """A tree and a hand that tends the examples on it."""

    tree: Tree
    hand: Hand

    def begun(self, root: str) -> int:
        """Count the attempts that were started in a run and those below it."""
        return sum(len(starts(self.tree.starts, run_id)) for run_id in self.hand.family(root))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose examples: by chance a few, or all."""
    if "name" in metafunc.fixturenames:
        every = shipped()
        dice = random.Random(metafunc.config.getoption("seed", 1))
        is_full = metafunc.config.getoption("chaos", "slice") == "full"
        metafunc.parametrize("name", every if is_full else sorted(dice.sample(every, min(SLICE, len(every)))))


@pytest.fixture(scope="module")
def garden() -> Iterator[Garden]:
    """Give a running tree; in the end all that is kept must agree."""
    with data_folder() as data, planted(data) as tree:
        yield Garden(tree=tree, hand=Hand(api=tree.api(), books=tree.books))
        assert tree.manage("verify").strip() == "verify: everything agrees"


def test_an_example_finishes_though_all_is_killed_in_its_middle(garden: Garden, name: str, seed: int) -> None:
    """Issue of patterns, S4: after a restart it succeeds, and nothing in it succeeded twice."""
    tree, hand = garden.tree, garden.hand
    hand.begin(name, f"{name} plain")
    poll(lambda: hand.root(name, f"{name} plain"), "the example has started", 20)
    plain = hand.root(name, f"{name} plain")
    assert hand.see_through(plain) == "succeeded"
    dice = random.Random(f"{seed} {name}")
    # How many attempts a pool takes differs from run to run: what lies near the end of one may not be in the next.
    point, number = dice.choice(POINTS), dice.randint(1, max(1, garden.begun(plain) * 3 // 4))
    root = killed_at(garden, name, point, number)
    n = tree.books.read("SELECT n FROM orchestrator_run WHERE id = ?", root)[0][0]
    assert hand.status(root) not in ENDED
    tree.start()
    began = time.monotonic()
    assert hand.see_through(root) == "succeeded", tree.words()
    print(f"\n  {name}: dead at event {n}, {point} {number}; over {time.monotonic() - began:.1f} s after the restart")
    wrong = [line for run_id in hand.family(root) for line in done_twice(tree.books, tree.starts, run_id)]
    assert wrong == []
    if name == BOARD:
        poll(lambda: place(garden, root) == "done", "the card stands where finished ones go")


def killed_at(garden: Garden, name: str, point: str, number: int) -> str:
    """Run an example until all is killed at a passing of a point, and return its run."""
    tree, hand, key = garden.tree, garden.hand, f"{name} killed"
    family, until = tree.family(), time.monotonic() + FIRE_SECONDS
    tree.arm(point, number, "tree")
    hand.begin(name, key)
    while tree.is_running():
        family = tree.family() or family
        root = hand.root(name, key)
        assert time.monotonic() < until, f"{name} did not pass {point} {number} times\n{tree.words()}"
        assert not root or hand.status(root) not in ENDED, f"{name} was over before {point} {number}"
        if root:
            hand.answer(root)
        time.sleep(0.005)
    tree.bury(family)
    assert tree.fired()
    return hand.root(name, key)


def place(garden: Garden, root: str) -> str:
    """Return what the column of a run's card is for."""
    asked = (
        "SELECT c.policy FROM orchestrator_column c JOIN orchestrator_card k ON k.column_id = c.id "
        "JOIN orchestrator_run r ON r.card_id = k.id WHERE r.id = ?"
    )
    return str(garden.tree.books.read(asked, root)[0][0])
