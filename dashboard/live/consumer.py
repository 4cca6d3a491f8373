"""The websocket's door: sockets of people who are signed in carry subscribe, acknowledge and ping, nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from dashboard.live.hub import hub
from dashboard.live.socket import SIGNED_OUT, Socket, Write
from orchestrator.core import codec
from orchestrator.live.wire import EXTENSION, Message, Wire
from orchestrator.models import User

NONSENSE = 4400
LATER = 1013
"""Close codes: sent what makes no sense; nothing can be read now, come again."""
LONGEST = 16_384
"""Characters of one message from a browser."""

log = logging.getLogger(__name__)


class LiveConsumer(AsyncWebsocketConsumer):
    """Joins a browser to the hub of this process."""

    # The hub hears hints for all sockets; none has a subscription of its own.
    channel_layer_alias = "none"

    async def dispatch(self, message: Mapping[str, object]) -> None:
        """Handle one message of the server, without looking after database connections: there are none here."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Let in who is signed in; others are closed with 4401, which tells the page to stop trying."""
        await self.accept()
        user = self.scope["user"]
        if not isinstance(user, User) or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        session = self.scope["session"].session_key or ""
        self.socket = Socket(user, session, self._writer(), self.close, hub.fell_behind)
        hub.add(self.socket)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        if hasattr(self, "socket"):
            hub.remove(self.socket)
        if hasattr(self, "sending"):
            self.sending.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take a subscription, an acknowledgement, or a time stamp that is sent back to measure the way."""
        message = read_message(text_data)
        if message is None or not hasattr(self, "socket"):
            await self.close(NONSENSE)
            return
        if "t" in message:
            await self.send(codec.dumps({"t": message["t"]}))
        count = message.get("ack")
        if isinstance(count, int):
            self.socket.acknowledge(count)
        wanted = message.get("subscribe")
        if isinstance(wanted, dict):
            await self._subscribe({str(name): n for name, n in wanted.items() if isinstance(n, int) and n >= 0})

    def _take(self, text: str) -> bool:
        """Take an acknowledgement, which is most of what comes, as soon as it is here; all else goes in its order."""
        message = read_message(text) if text.startswith('{"ack":') else None
        if message is None or len(message) > 1:
            return False
        count = message["ack"]
        if isinstance(count, int):
            self.socket.acknowledge(count)
        return True

    async def _subscribe(self, numbers: Mapping[str, int]) -> None:
        try:
            await hub.subscribe(self.socket, numbers)
        except DatabaseError as error:
            log.warning("a page cannot be brought up to date now: %s", error)
            await self.close(LATER)

    def _writer(self) -> Write:
        """Return what writes a frame without waiting: the server's own way, or a queue before the usual one."""
        wire: Wire | None = self.scope.get("extensions", {}).get(EXTENSION)
        if wire is not None:
            wire.listen(self._take)
            return lambda message: wire.write(message.frame)
        # It holds no more than the socket lets out before it is acknowledged.
        queue: asyncio.Queue[Message] = asyncio.Queue()
        self.sending = asyncio.create_task(self._send_all(queue))
        return queue.put_nowait

    async def _send_all(self, queue: asyncio.Queue[Message]) -> None:
        while True:
            await self.send((await queue.get()).text)


def read_message(text: str | None) -> Mapping[str, object] | None:
    """Read what a browser sent; None for what makes no sense."""
    if text is None or len(text) > LONGEST:
        return None
    try:
        message = codec.loads(text)
    except codec.NotJson:
        return None
    return message if isinstance(message, dict) else None
