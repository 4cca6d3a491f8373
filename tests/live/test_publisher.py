"""Hints go out from any thread, merged, and nobody ever waits for Redis."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
import redis
from channels.layers import channel_layers

from orchestrator.live import flush, hints, publish
from orchestrator.live.publisher import Publisher


@pytest.fixture
async def heard(redis_url: str) -> AsyncIterator[list[dict[str, int]]]:
    """Collect what one subscription hears."""
    found: list[dict[str, int]] = []

    async def listen() -> None:
        async for topics in hints():
            found.append(dict(topics))  # noqa: PERF401 - it is read while it grows

    task = asyncio.create_task(listen())
    await until(lambda: publish({"ready": 1}) or any("ready" in one for one in found), "the subscription hears")
    found.clear()
    yield found
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


async def until(what: object, words: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"after {seconds:g} s still not: {words}"
        await asyncio.sleep(0.02)


async def test_a_hint_said_in_a_thread_is_heard(heard: list[dict[str, int]]) -> None:
    threading.Thread(target=publish, args=({"run.a": 7},)).start()
    await until(lambda: any(one.get("run.a") == 7 for one in heard), "the hint is heard")


async def test_hints_of_the_same_moment_are_one_message_with_the_highest_numbers(heard: list[dict[str, int]]) -> None:
    for n in (3, 9, 5):
        for topic in ("run.b", "run.c"):
            publish({topic: n})
    await until(lambda: heard and max(one.get("run.c", 0) for one in heard) == 9, "the last number is heard")
    relevant = [one for one in heard if "run.b" in one or "run.c" in one]
    assert len(relevant) <= 3
    assert max(one.get("run.b", 0) for one in relevant) == 9


async def test_nobody_waits_for_a_redis_that_is_away(heard: list[dict[str, int]], settings: object) -> None:
    nowhere = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",
                           "CONFIG": {"hosts": ["unix:///nowhere/valkey.sock"]}}}  # fmt: skip
    settings.CHANNEL_LAYERS = nowhere  # type: ignore[attr-defined]
    channel_layers.backends.clear()
    away = Publisher()
    began = time.monotonic()
    for n in range(1000):
        away.publish({"run.d": n})
    assert time.monotonic() - began < 0.5
    assert away.flush(5), "what cannot be sent is dropped"


async def test_a_subscription_that_redis_forgot_comes_back(heard: list[dict[str, int]], redis_url: str) -> None:
    redis.Redis.from_url(redis_url).flushall()
    await until(lambda: publish({"run.e": 1}) or any("run.e" in one for one in heard), "hints are heard again", 5)


def test_said_before_the_end_of_a_process_is_sent_or_dropped_in_half_a_second(redis_url: str) -> None:
    publish({"run.f": 1})
    assert flush(2)
