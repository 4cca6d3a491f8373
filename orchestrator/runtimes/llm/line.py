"""The line to one model: sends a request, listens to the answer as it comes, and cuts it off when it has to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings

from orchestrator.core.outcomes import Failure
from orchestrator.runtimes.llm import errors, provider
from orchestrator.runtimes.llm.listening import Listener
from orchestrator.runtimes.llm.settings import Settings
from orchestrator.runtimes.llm.spending import Cap, Tokens, tokens_in
from orchestrator.runtimes.llm.trouble import Stopped, Trouble

_TICK_SECONDS = 0.05


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, and what is known of what it used up, however it ended."""

    messages: Sequence[ModelMessage]
    parameters: ModelRequestParameters
    sent: int
    """Tokens that are sent, estimated."""
    began: float = field(default_factory=time.monotonic)
    heard: int = 0
    """Characters that came so far."""
    tokens: Tokens | None = None
    """What it used up: told by the provider, or estimated where it broke off; None for one that was refused."""
    is_estimate: bool = False

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.began

    @property
    def estimated(self) -> Tokens:
        """What it has used up so far, by what was sent and heard."""
        return Tokens(sent=self.sent, got=tokens_in(self.heard))


class Line:
    """See the module. Everything is closed at the end, so that the process may do other work."""

    def __init__(self, settings: Settings, cap: Cap, seconds: float, output_tool: str) -> None:
        """Make the model; raises Trouble where that cannot be. `seconds` is the most a request may take."""
        self._settings, self._cap, self._output_tool = settings, cap, output_tool
        self._key = provider.key_of(settings)
        self._model = provider.model_of(settings, self._key)
        self._wishes = ModelSettings(timeout=seconds, max_retries=0)
        if settings.temperature is not None:
            self._wishes["temperature"] = settings.temperature
        if settings.max_tokens is not None:
            self._wishes["max_tokens"] = settings.max_tokens
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.run(self._model.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._runner.run(self._model.__aexit__(None, None, None))
        finally:
            self._runner.close()

    def ask(self, call: Call, emit: Callable[[str], None], stop: threading.Event) -> ModelResponse:
        """Make a call; raises Trouble when it fails, Stopped when nobody wants it any more."""
        who = f"{self._settings.provider}:{self._settings.model}"
        try:
            answer = self._answer(call, Listener(emit, self._output_tool))
            response = self._runner.run(_unless(answer, stop))
        except errors.LIBRARY as error:
            call.tokens, call.is_estimate = call.estimated if call.heard else None, True
            raise errors.trouble_of(error, who, self._key) from error
        except (Trouble, Stopped):
            call.tokens, call.is_estimate = call.estimated, True
            raise
        self._count(call, response)
        if response.state == "incomplete" or self._lacks_an_end(response):
            raise Trouble(Failure.UNAVAILABLE, f"{who} broke off in mid-answer.")
        return response

    def _lacks_an_end(self, response: ModelResponse) -> bool:
        """Tell whether a stream of chat completions ended without a reason: the library then makes one up."""
        told = (response.provider_details or {}).get("finish_reason")
        return isinstance(self._model, OpenAIChatModel) and response.finish_reason == "stop" and not told

    def _count(self, call: Call, response: ModelResponse) -> None:
        used = response.usage
        if used.unmeasured_requests or not used.has_values():
            call.tokens, call.is_estimate = call.estimated, True
        else:
            call.tokens = Tokens(sent=used.input_tokens, cached=used.cache_read_tokens, got=used.output_tokens)

    async def _answer(self, call: Call, listener: Listener) -> ModelResponse:
        self._cap.check(call.estimated)
        try:
            return await (self._streamed(call, listener) if self._settings.stream else self._whole(call, listener))
        finally:
            listener.flush()

    async def _streamed(self, call: Call, listener: Listener) -> ModelResponse:
        made = model_request_stream(
            self._model, call.messages, model_settings=self._wishes, model_request_parameters=call.parameters
        )
        async with made as stream:
            async for event in stream:
                call.heard += listener.hear(event)
                self._cap.check(call.estimated, call.seconds)
            return stream.get()

    async def _whole(self, call: Call, listener: Listener) -> ModelResponse:
        response = await model_request(
            self._model, call.messages, model_settings=self._wishes, model_request_parameters=call.parameters
        )
        call.heard = sum(listener.part(part) for part in response.parts)
        return response


async def _unless(asked: Coroutine[Any, Any, ModelResponse], stop: threading.Event) -> ModelResponse:
    """Wait for an answer as long as somebody wants it."""
    task = asyncio.ensure_future(asked)
    while not task.done():
        await asyncio.wait({task}, timeout=_TICK_SECONDS)
        if stop.is_set() and not task.done():
            task.cancel()
            await asyncio.wait({task})
            raise Stopped
    return task.result()
