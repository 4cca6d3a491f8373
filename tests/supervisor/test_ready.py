"""Waiting for a child: what is waited for may be the child's own end."""

from __future__ import annotations

from typing import cast

import pytest

from orchestrator.supervisor import ready
from orchestrator.supervisor.process import Child


class Ends:
    """A child that ends between two looks at it."""

    name = "prepare"

    def __init__(self, code: int) -> None:
        self._codes: list[int | None] = [None, code]

    def ended(self) -> int | None:
        return self._codes.pop(0) if len(self._codes) > 1 else self._codes[0]

    def last_words(self) -> str:
        return "so it goes"


def no_pause(seconds: float) -> None:
    return None


def test_an_end_that_is_waited_for_is_no_failure_whenever_it_is_noticed() -> None:
    child = cast("Child", Ends(0))
    ready.wait(lambda: child.ended() == 0, child, 5, no_pause)


def test_another_end_is_told_with_the_last_words() -> None:
    child = cast("Child", Ends(3))
    with pytest.raises(ready.NotReady, match="prepare ended with exit code 3 while starting:\nso it goes"):
        ready.wait(lambda: child.ended() == 0, child, 5, no_pause)
