"""The way not taken: a socket that is a member of a channel layer group. Only there while `bench live` measures it."""

from __future__ import annotations

from collections.abc import Mapping

from channels.generic.websocket import AsyncWebsocketConsumer

from orchestrator.live.groups import GROUP


class GroupedConsumer(AsyncWebsocketConsumer):
    """Hands on what is sent to the group, and sends time stamps back."""

    groups = [GROUP]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Send a time stamp back."""
        await self.send(text_data or "")

    async def bench_text(self, message: Mapping[str, str]) -> None:
        """Hand on what was sent to the group."""
        await self.send(message["text"])
