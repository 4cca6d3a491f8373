"""P13: the words of a pull say why this card, and what the others wait for."""

from __future__ import annotations

import pytest

from orchestrator.core.pulls import NEAR, reason, waits_for


@pytest.mark.parametrize(
    ("waiting", "limit", "words"),
    [
        (1, 2, "P1, the only one that waited; 1 of 2 at work"),
        (4, 2, "P1, first of 4 by priority and place; 1 of 2 at work"),
        (1, None, "P1, the only one that waited; 1 at work"),
    ],
)
def test_a_pull_gives_its_reason(waiting: int, limit: int | None, words: str) -> None:
    assert reason(1, waiting, 0, limit) == words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "waits for scribe, next in line"),
        (2, "waits for scribe, 2 ahead of it"),
        (None, f"waits for scribe, more than {NEAR} ahead of it"),
    ],
)
def test_a_waiting_card_says_how_many_come_first(ahead: int | None, words: str) -> None:
    assert waits_for("scribe", ahead) == words
