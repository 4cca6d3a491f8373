"""The way not taken: every socket a member of a channel layer group. Only `bench live` uses it, to measure against."""

from __future__ import annotations

import asyncio
import threading

from channels.layers import get_channel_layer

GROUP = "bench"


class Sender:
    """Sends to the group from a loop thread of its own: a loop made for each message would cost ten times as much."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="groups", daemon=True).start()

    def tell(self, text: str) -> None:
        """Send a text to every member; returns at once."""
        message = {"type": "bench.text", "text": text}
        asyncio.run_coroutine_threadsafe(get_channel_layer().group_send(GROUP, message), self._loop)
