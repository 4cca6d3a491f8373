"""What the server in `tests/llm/server.py` can be told to answer, and what it keeps of each request."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. Without anything it is an empty text; what goes wrong is said by `status`, `cut_after`, `raw`."""

    text: str = ""
    value: Any = None
    """A structured answer: given by the output tool, or as text where the request asks for a JSON schema."""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Calls of tools: (name, arguments)."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: str = "it was told to fail"
    """The words of an answer whose status is not 200."""
    raw: str | None = None
    """Sent as the text, or as the arguments of the output tool, as it stands: for malformed JSON."""
    body: str | None = None
    """Sent as the whole body, whatever was asked for."""
    cut_after: int | None = None
    """Close the connection after so many pieces of a stream (0: before the first); a plain answer is cut in half."""
    ends_early: bool = False
    """End the stream in good order after `cut_after` pieces, but without a reason and a `[DONE]`."""
    before: float = 0.0
    """Seconds before anything is sent."""
    between: float = 0.0
    """Seconds between two pieces of a stream."""
    hold: threading.Event | None = None
    """Wait for this (at most 30 s) before the last piece of a stream, or before a plain answer."""
    piece: int = 4
    """Characters of a piece."""
    tokens_in: int = 20
    tokens_cached: int = 0
    tokens_out: int = 10
    finish: str = ""
    """The reason it ends, if not the usual one: `length`, `content_filter`."""


@dataclass(kw_only=True)
class Asked:
    """One request, and how far its answer came."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    """By their names in small letters."""
    at: float = field(default_factory=time.monotonic)
    answer: Answer = field(default_factory=Answer)
    pieces: int = 0
    """Pieces of a stream that were sent."""
    whole: bool = False
    """Whether the answer was sent to its end."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the server has nothing more to do for it."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages it came with."""
        found: list[dict[str, Any]] = self.body.get("messages", [])
        return found

    @property
    def said(self) -> str:
        """All messages as one text, to look for words in."""
        return json.dumps(self.messages, ensure_ascii=False)

    @property
    def tools(self) -> list[str]:
        """Names of the tools it offers."""
        return [one["function"]["name"] for one in self.body.get("tools", [])]
