"""Lets whoever asks for work wait for some without a thread: the request is put to Django anew when work has come.

An answer that says `Signalbox-Wait` is kept back that long at most. Hints ring; a lost one costs a few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from orchestrator.api.work import WAIT_HEADER
from orchestrator.live import WORK, hints

PATH = "/api/v1/work/lease"
LONGEST_BODY = 64 * 1024
LOOK_SECONDS = 5.0
"""How often it is looked at all the same."""
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Bell:
    """Counts how often there may have been work; one subscription for all who wait in a process."""

    def __init__(self) -> None:
        """Begin to listen with the first who waits."""
        self.rung = 0
        self._waiting: set[asyncio.Event] = set()
        self._listening: asyncio.Task[None] | None = None

    async def after(self, seen: int, seconds: float) -> None:
        """Return when it has rung more often than was seen, or after some time."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            if self.rung == seen:
                async with asyncio.timeout(seconds):
                    await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(event)

    async def _listen(self) -> None:
        async for told in hints():
            if not told or WORK in told:
                self.rung += 1
                for event in self._waiting:
                    event.set()


class Patience:
    """See the module. It stands before an application."""

    def __init__(self, application: App) -> None:
        """Stand before an application."""
        self._application = application
        self._bell = Bell()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer at once, or when there is work, or when the time is over."""
        if scope["path"] != PATH or scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        answer = await self._until_work(scope, body, asyncio.ensure_future(_gone(receive)))
        for message in answer.messages if answer else ():
            await send(message)

    async def _until_work(
        self, scope: dict[str, Any], body: list[Message], gone: asyncio.Future[None]
    ) -> Answer | None:
        """Ask until there is work; None when whoever asked has hung up."""
        clock = asyncio.get_running_loop().time
        ends = 0.0
        try:
            while not gone.done():
                seen, answer = self._bell.rung, Answer()
                await self._application(dict(scope), _said(body), answer.send)
                ends = ends or clock() + answer.wait
                left = ends - clock()
                if answer.wait <= 0 or left <= 0:
                    return answer
                bell = asyncio.ensure_future(self._bell.after(seen, min(left, LOOK_SECONDS)))
                await asyncio.wait({bell, gone}, return_when=asyncio.FIRST_COMPLETED)
                bell.cancel()
            return None
        finally:
            gone.cancel()


class Answer:
    """What the application says, kept until it is known whether it counts."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.messages: list[Message] = []
        self.wait = 0.0

    async def send(self, message: Message) -> None:
        """Keep a part of it, and take out how long the caller would wait."""
        if message["type"] == "http.response.start":
            name = WAIT_HEADER.lower().encode()
            headers = [(key, value) for key, value in message.get("headers", ()) if key.lower() != name]
            wanted = [value for key, value in message.get("headers", ()) if key.lower() == name]
            self.wait = float(wanted[0]) if wanted else 0.0
            message = {**message, "headers": headers}
        self.messages.append(message)


async def _body(receive: Receive) -> list[Message] | None:
    """Read the whole request; None when it was cut off. One that is too large is passed on cut short, and refused."""
    parts: list[Message] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        size += len(message.get("body", b""))
        parts.append(message)
        if size > LONGEST_BODY:
            parts[-1] = {**message, "more_body": False}
            return parts
        if not message.get("more_body"):
            return parts


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _said(body: list[Message]) -> Receive:
    """Say the request again; after it comes nothing."""
    left = iter(body)

    async def receive() -> Message:
        message = next(left, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    return receive
