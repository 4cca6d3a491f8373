"""Receives hints: one subscription for a whole process, which comes back by itself when Redis does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping

from channels.layers import BaseChannelLayer, get_channel_layer
from redis.exceptions import RedisError

from orchestrator.live.publisher import GROUP

RENEW_SECONDS = 2.0
"""How often the membership is renewed: a flushed or restarted Redis forgets it."""
PAUSE_SECONDS = 0.25
"""How long to wait before the next try while Redis is away."""

log = logging.getLogger(__name__)


async def hints() -> AsyncIterator[Mapping[str, int]]:
    """Yield hints as they come, for ever; what was said while Redis was away is not among them."""
    layer = get_channel_layer()
    channel = await layer.new_channel("live")
    renewing = asyncio.create_task(_stay_member(layer, channel))
    try:
        while True:
            try:
                message = await layer.receive(channel)
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            topics = message.get("topics")
            if isinstance(topics, dict):
                yield topics
    finally:
        # Repeated: a client of Redis that is just connecting may miss one.
        while not renewing.done():
            renewing.cancel()
            await asyncio.wait({renewing}, timeout=0.1)


async def _stay_member(layer: BaseChannelLayer, channel: str) -> None:
    away = False
    while True:
        try:
            await layer.group_add(GROUP, channel)
        except (RedisError, OSError, TimeoutError) as error:
            if not away:
                log.warning("the channel layer is away, live pages fall back to re-reading: %s", error)
            away = True
        else:
            if away:
                log.warning("the channel layer answers again")
            away = False
        await asyncio.sleep(PAUSE_SECONDS if away else RENEW_SECONDS)
