"""Whatever is lost, doubled, late or out of order on the way, a page shows every event once and in order (S24, O6).

Two hubs stand for two web processes over one log. A page follows one of them by the rules of `live.js`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.live import feed, hub, socket
from dashboard.live.frames import Fragment, Frame, Item
from dashboard.live.hub import Hub
from dashboard.live.socket import Socket
from dashboard.live.topics import Topic
from orchestrator.live.wire import Message
from orchestrator.models import User

NAME = "run.1"


class Log:
    """What the database holds: so many events; now and then it cannot be read."""

    def __init__(self) -> None:
        self.n = 0
        self.is_away = False

    def render(self, viewer: User, key: str, after: int) -> Frame:
        fragments = (Fragment(id="count", html=str(self.n)),)
        return Frame(n=self.n, fragments=fragments, append=self.added(viewer, key, after).append)

    def added(self, viewer: User, key: str, after: int) -> Frame:
        if self.is_away:
            raise DatabaseError("away")
        items = tuple(Item(n=n, html="") for n in range(after + 1, self.n + 1))
        return Frame(n=self.n, append={"events": items})


class Page:
    """A browser's page by the rules of `live.js` and `fragments.js`."""

    def __init__(self) -> None:
        self.seen = 0
        self.shown: list[int] = []
        self.count = ""
        self.hub: Hub | None = None
        self.socket: Socket | None = None
        self.coming: deque[str] = deque()

    async def connect(self, to: Hub) -> None:
        self.disconnect()
        coming = self.coming
        self.hub = to
        self.socket = Socket(User(pk=1, role="operator"), "", lambda sent: coming.append(sent.text), no, to.fell_behind)
        to.sockets.add(self.socket)
        try:
            await to.subscribe(self.socket, {NAME: self.seen})
        except DatabaseError:
            self.disconnect()

    def disconnect(self) -> None:
        if self.hub and self.socket:
            self.hub.remove(self.socket)
        self.hub, self.socket, self.coming = None, None, deque()

    def take(self, count: int) -> None:
        taken = 0
        while self.coming and taken < count:
            self.show(json.loads(self.coming.popleft()))
            taken += 1
        if self.socket and taken:
            self.socket.acknowledge(taken)

    def show(self, frame: dict[str, Any]) -> None:
        if not frame.get("full") and frame["n"] < self.seen:
            return
        self.seen = frame["n"]
        for fragment in frame.get("fragments", ()):
            self.count = fragment["html"]
        for one in frame.get("append", ()):
            last = self.shown[-1] if self.shown else 0
            self.shown += [item["n"] for item in one["items"] if item["n"] > last]


async def no(code: int) -> None:
    raise AssertionError(f"closed with {code}")


async def inline(work: Callable[[], Any]) -> Any:
    """Read at once, but let others come in between, as a thread would."""
    await asyncio.sleep(0)
    return work()


def reread(hubs: list[Hub], log: Log) -> None:
    """Do what each hub does every two seconds."""
    for one in hubs:
        for found in one._feeds.values():
            if log.n > found.n or found.is_owing:
                found.touch()


async def settled(hubs: list[Hub]) -> None:
    """Wait until no hub has anything to draw or to send."""
    while True:
        await asyncio.sleep(0)
        feeds = [found for one in hubs for found in one._feeds.values()]
        if not any(one._catching_up for one in hubs) and not any(found._drawing for found in feeds):
            return
        await asyncio.sleep(0.0005)


# Told, late or not at all: the number of a hint is so much too small, or there is none.
HAPPEN = st.tuples(st.just("happen"), st.integers(1, 5), st.sampled_from([0, 0, 0, 1, 3, None]))
TAKE = st.tuples(st.just("take"), st.integers(1, 4), st.none())
RARE = st.one_of(
    st.tuples(st.just("connect"), st.integers(0, 1), st.none()),
    st.tuples(st.just("disconnect"), st.just(0), st.none()),
    st.tuples(st.just("away"), st.integers(0, 1), st.none()),
    st.tuples(st.just("reread"), st.just(0), st.none()),
)
Act = tuple[str, int, int | None]
ACTS = st.lists(st.tuples(st.one_of(HAPPEN, HAPPEN, HAPPEN, TAKE, RARE), st.booleans()), min_size=5, max_size=40)
"""What happens, and whether everything comes to rest before the next thing does."""


async def play(acts: list[tuple[Act, bool]], monkeypatch: pytest.MonkeyPatch) -> None:
    log, page, hubs = Log(), Page(), [Hub(), Hub()]
    topic = Topic(render=log.render, log=log.added, has_head=True, every_seconds=0.002)
    monkeypatch.setattr(hub, "topic_of", lambda name: topic)
    await page.connect(hubs[0])
    for act, rests in acts:
        await do(act, log, page, hubs)
        await (settled(hubs) if rests else asyncio.sleep(0))
        assert page.shown == list(range(1, len(page.shown) + 1)), "no gap, nothing twice"
    log.is_away = False
    if page.socket is None:
        await page.connect(hubs[0])
    for _ in range(4):  # a page that fell behind is caught up only once it has taken in what was on its way
        reread(hubs, log)
        await settled(hubs)
        page.take(1000)
    assert page.shown == list(range(1, log.n + 1))
    assert page.count == str(log.n)


async def do(act: Act, log: Log, page: Page, hubs: list[Hub]) -> None:
    match act:
        case "happen", count, late:
            log.n += count
            for one in hubs if late is not None else ():
                one.hear({NAME: max(log.n - (late or 0), 1)})
        case "take", count, _:
            page.take(count)
        case "connect", which, _:
            await page.connect(hubs[which])
        case "disconnect", _, _:
            page.disconnect()
        case "away", is_away, _:
            log.is_away = bool(is_away)
        case _:
            reread(hubs, log)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_a_page_converges_in_the_end(acts: list[tuple[Act, bool]], monkeypatch: pytest.MonkeyPatch) -> None:
    """S24: no gap, no duplicate, and in the end everything."""
    monkeypatch.setattr(hub, "read", inline)
    monkeypatch.setattr(feed, "LOG_SECONDS", 0)
    monkeypatch.setattr(socket, "WINDOW", 2)
    monkeypatch.setattr(socket, "QUEUE", 1)
    asyncio.run(play(acts, monkeypatch))


def test_frames_of_any_size_are_framed_as_websockets_want_it() -> None:
    for size, head in ((3, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)):
        frame = Message("x" * size).frame
        assert frame[0] == 0x81
        assert len(frame) == head + size
    assert Message("ä").frame == b"\x81\x02\xc3\xa4"
