"""The checker holds budgets against the book, and makes them anew from it on request (C1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection

from orchestrator.store.spend import Spending
from orchestrator.store.spend_check import checked
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World
from tests.store.test_spend import CALL, CENT, SPEC, purse, spending, started  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(world: World, spending: Spending) -> DjangoStore:  # noqa: F811 - the fixture that is imported
    """Leave calls of two runs behind, one within the other's budget, settled, estimated and in flight."""
    world.knows("below", {"id": "a", "agent": "quick"})
    (claim,) = started(world, budget={"usd": 1, "minutes": 9})
    capped = replace(SPEC, budget={"step": {"tokens": 5000}, "day": {"calls": 100}})
    mine = purse(spending, claim, capped, usd=5)
    mine.settle(mine.reserve(CENT), CENT, CALL)
    mine.reserve(CENT)
    mine.close()
    mine.reserve(CENT)
    (other,) = started(world)
    free = purse(spending, other)
    free.settle(free.reserve(CENT), CENT, CALL)
    assert isinstance(world.store, DjangoStore)
    return world.store


def test_nothing_is_wrong_where_everything_was_settled_and_held_by_the_rules(world: World, store: DjangoStore) -> None:
    assert checked(store) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE orchestrator_budget SET usd = usd + 1 WHERE key LIKE 'run:%'", "0.020000001 usd spent, but the book"),
        ("UPDATE orchestrator_budget SET tokens = 0 WHERE key LIKE 'step:%'", "0 tokens spent, but the book says 30"),
        ("UPDATE orchestrator_budget SET calls = 9 WHERE key LIKE 'agent:%'", "9 calls spent, but the book says 3"),
        ("UPDATE orchestrator_budget SET calls = 9 WHERE key LIKE 'day:%'", "9 calls spent, but the book says 3 calls"),
        ("UPDATE orchestrator_budget SET calls_held = 0 WHERE key LIKE 'day:%'", "0 calls held, but the book says 1"),
        ("DELETE FROM orchestrator_reservation", "0.01 usd held, but the book says 0 usd"),
        ("DELETE FROM orchestrator_spend WHERE is_estimate", "2 calls"),
    ],
)
def test_each_disagreement_is_said_and_mended(world: World, store: DjangoStore, statement: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("%", "%%"), [])
    assert words in "\n".join(world.window.wrong(world.library))
    assert words in "\n".join(checked(store, mend=True))
    assert checked(store) == []
