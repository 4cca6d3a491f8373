"""Who has a page open now, in whichever web process: names with the moment they were last heard of, by the layer's
clock. A hint like all else here; a page that is not told leaves it out."""

from __future__ import annotations

from typing import cast

from redis.exceptions import RedisError

from orchestrator.live.streams import client

FORGOTTEN_SECONDS = 25
"""A page says every ten seconds that it is there; who has not been heard of for so long has left."""
MOST = 50
STAY = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[3]) - 1)
"""


def stay(topic: str, name: str) -> list[str]:
    """Note that somebody is at a page and return all who are, by name; raises OSError where the layer is away."""
    key = f"signalbox:here:{topic}"
    try:
        found = client().eval(STAY, 1, key, name.encode(), str(FORGOTTEN_SECONDS), str(MOST))
    except RedisError as error:
        raise OSError(str(error)) from error
    return sorted(one.decode() for one in cast("list[bytes]", found))
