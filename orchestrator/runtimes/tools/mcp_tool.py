"""Tools of a server that speaks MCP, by its address. The only module that knows the mcp library.

Every question is a connection of its own: an attempt that is killed leaves nothing open, and nothing is kept between
attempts. The id of the logical call goes along as `idempotencyKey`, for servers that know what to do with it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast
from urllib.parse import urlsplit

from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    CallToolResult,
    RequestParamsMeta,
    TextContent,
)
from mcp.types import Tool as Listed

from orchestrator.core import codec
from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.http_hosts import Forbidden, Hosts
from orchestrator.runtimes.port import EffectInDoubt
from orchestrator.runtimes.tools import pinned
from orchestrator.runtimes.tools.card import Arguments, ToolCard, ToolFailed, Unreachable
from orchestrator.runtimes.tools.gate import Gate
from orchestrator.runtimes.tools.waiting import finished

PAGES = 100
"""A server that goes on listing after so many pages is not listened to any more."""
LISTING_SECONDS = 15.0
NOT_DONE = (INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR)
"""Errors of the protocol that say that nothing was done."""
T = TypeVar("T")


def cards(tool: Tool, gate: Gate, seconds: float) -> list[ToolCard]:
    """Make a card of each tool that a server lists and the agent may use; raises Unreachable.

    A call may take as long as the attempt, `seconds`; to say what there is, a server has less.
    """
    wanted = {tool.name} if tool.name else {*tool.only}
    listed = _listed(tool, min(LISTING_SECONDS, seconds))
    missing = sorted(wanted - {one.name for one in listed})
    if missing:
        known = ", ".join(one.name for one in listed) or "none"
        raise Unreachable(f"The server at {tool.mcp} has no tool {', '.join(missing)}; it has {known}.")
    return [_card(tool, one, gate, seconds) for one in listed if not wanted or one.name in wanted]


def _card(tool: Tool, listed: Listed, gate: Gate, seconds: float) -> ToolCard:
    wanted: dict[str, Json] = dict(listed.input_schema)

    def call(arguments: Arguments) -> Json:
        passed = gate.admit(tool, listed.name, wanted, arguments)
        return gate.make(passed, lambda given, key: _called(tool, listed.name, given, key, seconds))

    words = listed.description or listed.title or listed.name
    return ToolCard(name=listed.name, description=words, schema=wanted, call=call)


def _listed(tool: Tool, seconds: float) -> list[Listed]:
    async def ask(client: Client) -> list[Listed]:
        found: list[Listed] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    try:
        return _Question(tool, seconds).answer(ask)
    except ToolFailed as error:
        raise Unreachable(str(error)) from error


def _called(tool: Tool, name: str, arguments: Arguments, key: str, seconds: float) -> Json:
    async def ask(client: Client) -> CallToolResult:
        meta = cast("RequestParamsMeta", {"idempotencyKey": key})
        return await client.call_tool(name, dict(arguments), meta=meta)

    question = _Question(tool, seconds)
    try:
        result = question.answer(ask)
    except ToolFailed as error:
        if question.is_out and not tool.repeatable:
            raise EffectInDoubt(f"{name} may have been done or not. {error}") from error
        raise
    return _read(result)


def _read(result: CallToolResult) -> Json:
    texts = [one.text for one in result.content if isinstance(one, TextContent)]
    if result.is_error:
        raise ToolFailed("\n".join(texts) or "the server says that it failed")
    if result.structured_content is not None:
        return codec.plain(result.structured_content)
    others: list[Json] = [codec.plain(one.model_dump(mode="json", exclude_none=True))
                          for one in result.content if not isinstance(one, TextContent)]  # fmt: skip
    return [*texts, *others] if others else "\n".join(texts)


class _Question:
    """One connection for one question. `is_out` tells afterwards that it was asked and nobody said how it ended."""

    def __init__(self, tool: Tool, seconds: float) -> None:
        """Raises ToolFailed where the server may not be called, or this worker has no token for it."""
        self._address, self._seconds = tool.mcp, seconds
        self._key = os.environ.get(tool.key_env, "")
        self.is_out = False
        wrong = _why_not(tool, self._key)
        if wrong:
            raise ToolFailed(f"The server of tools at {tool.mcp} could not be asked: {wrong}.")

    def answer(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Connect, ask, and let go; raises ToolFailed in words."""

        async def connected() -> T:
            sent = {"Authorization": f"Bearer {self._key}"} if self._key else {}
            async with (
                pinned.client(_hosts(), sent) as http,
                Client(streamable_http_client(self._address, http_client=http), read_timeout_seconds=self._seconds,
                       cache=None) as client,
            ):  # fmt: skip
                self.is_out = True
                answered = await ask(client)
                self.is_out = False
                return answered

        try:
            return finished(connected())
        except Exception as error:
            first = _first(error)
            self.is_out = self.is_out and not (isinstance(first, MCPError) and first.code in NOT_DONE)
            said = (first.message if isinstance(first, MCPError) else str(first)).strip().rstrip(".")
            words = (said.replace(self._key, "…") if self._key else said)[:500] or type(first).__name__
            raise ToolFailed(f"The server of tools at {self._address} could not be asked: {words}.") from error


def _why_not(tool: Tool, key: str) -> str:
    """Say why a server may not be called, by the rules for all agents' addresses and secrets; empty when it may."""
    parts = urlsplit(tool.mcp)
    try:
        _hosts().addresses(parts.hostname or "", parts.port or 0)
    except (Forbidden, OSError) as error:
        return str(error)
    if tool.key_env and tool.key_env not in _listed_in("SIGNALBOX_HTTP_ENV"):
        return f"'{tool.key_env}' is not on the list of variables agents may use, SIGNALBOX_HTTP_ENV"
    return f"this worker has no {tool.key_env} in its environment" if tool.key_env and not key else ""


def _hosts() -> Hosts:
    return Hosts(allowed=_listed_in("SIGNALBOX_HTTP_HOSTS"))


def _listed_in(name: str) -> tuple[str, ...]:
    """Read a setting as `orchestrator.environment` does; a child process has no settings but these."""
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _first(error: BaseException) -> BaseException:
    """Return the first of what went wrong at once."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
