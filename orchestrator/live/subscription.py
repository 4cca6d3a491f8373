"""Receives hints: one subscription for a whole process, which comes back by itself when Redis does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from orchestrator.core import codec

QUIET_SECONDS = 5.0
"""After so long without a word the server is asked whether it is still there."""
PAUSE_SECONDS = 0.25
"""How long to wait before the next try while Redis is away."""

log = logging.getLogger(__name__)


async def hints() -> AsyncIterator[Mapping[str, int]]:
    """Yield hints as they come, for ever.

    What was said while Redis was away is not among them: an empty one says that the subscription has just begun, anew
    or for the first time, and that whoever needs to know had better look.
    """
    away = False
    while True:
        client = Redis.from_url(settings.LAYER_URL, socket_connect_timeout=QUIET_SECONDS)
        listener = client.pubsub()
        try:
            await listener.subscribe(settings.LIVE_CHANNEL)
            if away:
                log.warning("the channel layer answers again")
            away = False
            yield {}
            while True:
                yield await _next(listener)
        except (RedisError, OSError, TimeoutError) as error:
            if not away:
                log.warning("the channel layer is away, live pages fall back to re-reading: %s", error)
            away = True
        finally:
            with suppress(RedisError, OSError):
                await listener.aclose()
                await client.aclose()
        await asyncio.sleep(PAUSE_SECONDS)


async def _next(listener: PubSub) -> Mapping[str, int]:
    """Return the next hint; raises RedisError when the server does not answer any more."""
    asked = False
    while True:
        message = await listener.get_message(ignore_subscribe_messages=True, timeout=QUIET_SECONDS)
        if message is None:
            if asked:
                raise TimeoutError("the server says nothing")
            # A server that has vanished without a word leaves a connection on which nothing ever comes.
            await listener.ping()
            asked = True
        elif message["type"] == "message":
            return read(message["data"])
        else:
            asked = False


def read(text: bytes) -> Mapping[str, int]:
    """Read what was published; what another version of Signalbox says beside it is passed over."""
    try:
        said = codec.loads(text)
    except codec.NotJson:
        return {}
    topics = said.get("topics") if isinstance(said, dict) else None
    return {name: n for name, n in topics.items() if isinstance(n, int)} if isinstance(topics, dict) else {}
