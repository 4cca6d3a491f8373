"""The websocket's door: sockets of people who are signed in carry subscribe and acknowledge, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from channels.generic.websocket import AsyncWebsocketConsumer

from dashboard.live.hub import hub
from dashboard.live.socket import SIGNED_OUT, Socket
from orchestrator.core import codec
from orchestrator.models import User

NONSENSE = 4400
LONGEST = 16_384
"""Characters of one message from a browser."""


class LiveConsumer(AsyncWebsocketConsumer):
    """Joins a browser to the hub of this process."""

    # The hub hears the channel layer for all sockets; none has a subscription of its own.
    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Let in who is signed in; others are closed with 4401, which tells the page to stop trying."""
        await self.accept()
        user = self.scope["user"]
        if not isinstance(user, User) or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        self.socket = Socket(user, self.scope["session"].session_key or "", self._write, self.close)
        self.writer = asyncio.create_task(self.socket.write(hub.catch_up))
        hub.add(self.socket)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        if hasattr(self, "socket"):
            hub.remove(self.socket)
            self.writer.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take a subscription, an acknowledgement, or a time stamp that is sent back to measure the way."""
        message = read_message(text_data)
        if message is None or not hasattr(self, "socket"):
            await self.close(NONSENSE)
            return
        if "t" in message:
            await self.send(codec.dumps({"t": message["t"]}))
        if message.get("ack"):
            self.socket.acknowledge()
        wanted = message.get("subscribe")
        if isinstance(wanted, dict):
            numbers = {str(name): n for name, n in wanted.items() if isinstance(n, int) and n >= 0}
            await hub.subscribe(self.socket, numbers)

    async def _write(self, text: str) -> None:
        await self.send(text)


def read_message(text: str | None) -> Mapping[str, object] | None:
    """Read what a browser sent; None for what makes no sense."""
    if text is None or len(text) > LONGEST:
        return None
    try:
        message = codec.loads(text)
    except codec.NotJson:
        return None
    return message if isinstance(message, dict) else None
