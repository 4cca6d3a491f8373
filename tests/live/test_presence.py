"""Who is at a page, as all web processes together know it."""

from __future__ import annotations

import pytest
import redis

from orchestrator.live import stay
from orchestrator.live.streams import client


def test_who_says_to_be_there_is_there_until_not_heard_of_for_a_while(redis_url: str) -> None:
    client().delete("signalbox:here:board.7")
    assert stay("board.7", "operator") == ["operator"]
    assert stay("board.7", "admin") == ["admin", "operator"]
    assert stay("board.8", "viewer") == ["viewer"]
    client().zadd("signalbox:here:board.7", {"operator": 1})
    assert stay("board.7", "admin") == ["admin"]
    assert 0 < client().ttl("signalbox:here:board.7") <= 25


def test_where_the_layer_is_away_it_is_an_error_and_not_an_empty_room(monkeypatch: pytest.MonkeyPatch) -> None:
    away = redis.Redis.from_url("unix:///nowhere/at/all.sock", socket_connect_timeout=0.2)
    monkeypatch.setattr("orchestrator.live.presence.client", lambda: away)
    with pytest.raises(OSError, match="nowhere"):
        stay("board.7", "operator")
