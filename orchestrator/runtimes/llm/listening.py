"""Hands on what a model says while it says it, a few times a second, and counts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic_ai.messages import (
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

from orchestrator.core import codec

EVERY_SECONDS = 0.08
"""Pieces of an answer that come within this time are handed on together."""


class Listener:
    """Hears the events of one answer, within one event loop.

    Text and structured output are handed on as they are written, of other tools only that they are called, and of what
    the model thinks nothing.
    """

    def __init__(self, emit: Callable[[str], None], output_tool: str) -> None:
        """Begin with nothing said."""
        self._emit, self._output_tool = emit, output_tool
        self._pieces: list[str] = []
        self._later: asyncio.TimerHandle | None = None
        self._writes_output = False

    def hear(self, event: ModelResponseStreamEvent) -> int:
        """Take an event; return how many characters the model wrote."""
        match event:
            case PartStartEvent(part=part):
                return self.part(part)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                self._say(text)
            case PartDeltaEvent(delta=ToolCallPartDelta(args_delta=given)):
                text = _written(given)
                self._say(text if self._writes_output else "")
            case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=thought)):
                text = thought or ""
            case _:
                text = ""
        if isinstance(event, PartEndEvent):
            self.flush()
        return len(text)

    def part(self, part: ModelResponsePart) -> int:
        """Take a part, whole or its beginning; return how many characters the model wrote."""
        match part:
            case TextPart(content=text):
                self._say(text)
            case ToolCallPart(tool_name=name, args=given):
                self._writes_output = name == self._output_tool
                text = _written(given)
                self._say(text if self._writes_output else f"→ {name}\n")
            case ThinkingPart(content=text):
                pass
            case _:
                text = ""
        return len(text)

    def flush(self) -> None:
        """Hand on all that was heard."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        pieces, self._pieces = self._pieces, []
        if pieces:
            self._emit("".join(pieces))

    def _say(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(EVERY_SECONDS, self.flush)


def _written(given: object) -> str:
    """Return the arguments of a call as they were written."""
    return given if isinstance(given, str) else codec.dumps(codec.plain(given)) if given else ""
