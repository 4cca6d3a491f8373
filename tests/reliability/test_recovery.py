"""Routing by trust moves work away from an agent that gets worse, and back once it has recovered (A3).

The seeds are 0 to 19, not chosen; `docs/agents/routing.md` says how a hundred of them went.
"""

from __future__ import annotations

import pytest

from tests.reliability.recovery import PICTURE, WELL, Went, picture, play, went


@pytest.fixture(scope="module")
def twenty() -> list[Went]:
    """Play twenty seeds."""
    return [went(seed) for seed in range(20)]


def test_work_moves_away_within_50_calls_and_back_after_recovery_in_18_of_20_seeds(twenty: list[Went]) -> None:
    assert sum(one.moved_away and one.came_back for one in twenty) >= 18


def test_before_that_the_better_agent_gets_most_of_it_and_the_other_some(twenty: list[Went]) -> None:
    shares = [one.before for one in twenty]
    assert 0.6 < sum(shares) / len(shares) < 0.95


def test_work_stays_where_it_is_while_nothing_changes() -> None:
    """The control: an agent that goes on as well as before keeps most of the work."""
    assert sum(went(seed, WELL).moved_away for seed in range(20)) <= 4


def test_the_same_seed_goes_the_same_way_and_the_picture_in_the_docs_is_drawn_from_them() -> None:
    assert play(3) == play.__wrapped__(3)
    assert PICTURE.read_text(encoding="utf-8") == picture([play(seed) for seed in range(20)]), (
        "run python -m tests.reliability.recovery"
    )
