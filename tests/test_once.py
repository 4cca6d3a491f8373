"""What a process has one of is made once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from orchestrator.once import once_a_process


def test_threads_that_ask_at_once_get_the_same_one() -> None:
    """R6: what one of them has begun with its own would be lost."""
    together = Barrier(8)
    made: list[object] = []

    @once_a_process
    def slow() -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        together.wait()
        return slow()

    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(ask, range(8)))
    assert got == {made[0]}
    assert len(made) == 1


def test_making_one_thing_may_ask_for_another_and_what_was_forgotten_is_made_anew() -> None:
    @once_a_process
    def inner() -> object:
        return object()

    @once_a_process
    def outer() -> tuple[object]:
        return (inner(),)

    first = outer()
    assert first == (inner(),)
    assert outer() is first
    outer.cache_clear()
    assert outer() is not first
