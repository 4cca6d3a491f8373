"""Waits for what is asynchronous from code that is not, whether or not a loop runs in this thread already."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def finished(awaited: Awaitable[T]) -> T:
    """Return what comes of it; what it raises goes through."""

    async def run() -> T:
        return await awaited

    # A thread of its own has no loop yet, and is gone afterwards: a child process that keeps one is not used again.
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, run()).result()
