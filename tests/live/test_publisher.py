"""Hints go out from any thread, merged, and nobody ever waits for Redis."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
import redis

from orchestrator.live import flush, hints, publish
from orchestrator.live.publisher import Publisher
from orchestrator.live.subscription import read


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


def test_nobody_waits_for_a_redis_that_is_away() -> None:
    away = Publisher("unix:///nowhere/valkey.sock")
    began = time.monotonic()
    for n in range(1000):
        away.publish({"run.d": n})
    assert time.monotonic() - began < 0.5
    assert away.flush(5), "what cannot be sent is dropped"


async def test_a_server_that_is_flushed_forgets_no_subscription(heard: list[dict[str, int]], redis_url: str) -> None:
    """S13."""
    redis.Redis.from_url(redis_url).flushall()
    publish({"run.e": 1})
    await until(lambda: any("run.e" in one for one in heard), "hints are heard as before")


async def test_a_subscription_that_was_cut_off_comes_back_and_says_that_it_had_been_away(
    heard: list[dict[str, int]], redis_url: str
) -> None:
    """S13: whoever hears an empty hint looks for what was lost meanwhile."""
    redis.Redis.from_url(redis_url).client_kill_filter(_type="pubsub")
    await until(lambda: {} in heard, "it begins anew")
    publish({"run.g": 1})
    await until(lambda: any("run.g" in one for one in heard), "hints are heard again")


def test_what_nobody_here_would_say_is_passed_over() -> None:
    for text in (b"not json", b"[1]", b'{"topics": 7}', b'{"deltas": []}'):
        assert read(text) == {}
    assert read(b'{"topics": {"run.a": 3, "run.b": "x"}, "more": 1}') == {"run.a": 3}


def test_said_before_the_end_of_a_process_is_sent_or_dropped_in_half_a_second(redis_url: str) -> None:
    publish({"run.f": 1})
    assert flush(2)
