"""Browsers without a browser: websockets through the whole ASGI application, signed in by a real session."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from dashboard.live.hub import hub
from orchestrator.models import Team, User

Open = Callable[..., Awaitable["Browser"]]


async def signed_in(user: User) -> str:
    """Sign somebody in and return what their browser sends."""
    client = Client()
    await sync_to_async(client.force_login)(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Browser:
    """One page's socket."""

    def __init__(self, cookie: str, origin: str) -> None:
        from dashboard.asgi import application

        headers = [(b"host", b"localhost"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
        self.wire = WebsocketCommunicator(application, "/ws/live", headers=headers)

    async def say(self, message: object) -> None:
        await self.wire.send_to(text_data=json.dumps(message))

    async def next(self, topic: str, seconds: float = 8.0, acknowledge: bool = True) -> dict[str, object]:
        """Return the next frame of a topic; what comes before it is passed over."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            frame = json.loads(await self.wire.receive_from(timeout=max(left, 0.01)))
            if acknowledge and "topic" in frame:
                await self.say({"ack": True})
            if frame.get("topic") == topic:
                return dict(frame)


@pytest.fixture
async def someone(transactional_db: None) -> User:
    def make() -> User:
        team = Team.objects.create(name="everyone")
        return User.objects.create_user("operator", role="operator", team=team)

    return await sync_to_async(make)()


@pytest.fixture
async def open_socket(redis_url: str, transactional_db: None) -> AsyncIterator[Open]:
    """Give a way to open sockets; all are closed at the end."""
    opened: list[Browser] = []

    async def open_one(user: User | None, origin: str = "http://localhost", accepted: bool = True) -> Browser:
        browser = Browser(await signed_in(user) if user else "", origin)
        answer, _ = await browser.wire.connect(timeout=5)
        assert answer is accepted
        if answer:
            opened.append(browser)
        return browser

    yield open_one
    await asyncio.gather(*(browser.wire.disconnect() for browser in opened), return_exceptions=True)
    await hub.stop()
    await sync_to_async(connections.close_all)()
