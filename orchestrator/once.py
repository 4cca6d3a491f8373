"""What a process has one of, made by whoever asks first, however many threads ask at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from threading import RLock
from typing import Generic, TypeVar

Made = TypeVar("Made")
_making = RLock()
"""One for all, since making one thing may ask for another."""


class once_a_process(Generic[Made]):  # noqa: N801  # it is written as a decorator
    """Decorate a function without arguments so that it is called once; `functools.cache` alone lets threads that ask
    at once make one each, and what all but the last have begun with theirs is lost."""

    def __init__(self, make: Callable[[], Made]) -> None:
        """Keep the function that makes it."""
        self.__doc__ = make.__doc__
        self._kept = cache(make)

    def __call__(self) -> Made:
        """Return the one of this process."""
        with _making:
            return self._kept()

    def cache_clear(self) -> None:
        """Forget what was made; whoever asks next makes it anew."""
        with _making:
            self._kept.cache_clear()


def _renew() -> None:
    # A thread that does not survive the fork may hold the lock at that moment.
    global _making
    _making = RLock()


os.register_at_fork(after_in_child=_renew)
