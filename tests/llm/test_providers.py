"""Providers at their own address: made with their key, priced by the list, and held to the end of their streams."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from orchestrator.core.outcomes import Failure
from orchestrator.runtimes.llm.settings import Settings
from orchestrator.runtimes.llm.spending import Tokens, price
from orchestrator.runtimes.llm.trouble import Trouble
from tests.llm.answers import Answer
from tests.llm.server import ModelServer


def test_a_listed_model_has_its_listed_price_and_another_none() -> None:
    """C7: gpt-4o-mini is listed at 0.15, 0.075 cached and 0.60 US dollars a million tokens."""
    tokens = Tokens(sent=1_000_000, cached=200_000, got=1_000_000)
    listed = Decimal("0.12") + Decimal("0.015") + Decimal("0.60")
    for provider in ("openai", "openai-chat"):
        assert price(Settings(provider=provider, model="gpt-4o-mini"), tokens) == listed
    assert price(Settings(provider="openai", model="nobody-knows"), tokens) is None


@pytest.mark.parametrize(
    ("name", "model_name"),
    [("openai", "tiny"), ("openai-chat", "tiny"), ("deepseek", "tiny"), ("openrouter", "openai/tiny")],
)
def test_a_provider_is_made_with_its_key(name: str, model_name: str) -> None:
    from orchestrator.runtimes.llm.provider import model_of

    model = model_of(Settings(provider=name, model=model_name), "k")
    assert model.client.api_key == "k"


def test_a_provider_whose_library_is_missing_says_so() -> None:
    from orchestrator.runtimes.llm.provider import model_of

    with pytest.raises(Trouble) as missing:
        model_of(Settings(provider="anthropic", model="tiny"), "k")
    assert missing.value.kind is Failure.UNAVAILABLE
    assert "anthropic" in missing.value.reason


def test_a_stream_that_ends_early_is_no_answer_at_a_providers_own_address_either(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pydantic_ai.models import ModelRequestParameters

    from orchestrator.core.agents import AgentSpec
    from orchestrator.runtimes.llm import request
    from orchestrator.runtimes.llm.line import Call, Line
    from orchestrator.runtimes.llm.spending import Cap

    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    settings = Settings(provider="openai-chat", model="gpt-4o-mini")
    first = request.first(AgentSpec(name="clerk", role="Answers.", runtime="llm"), {})
    server.script(Answer(text="It rains.", cut_after=1, ends_early=True), Answer(text="It rains."))
    with Line(settings, Cap(limits={}, settings=settings), 10, request.OUTPUT_TOOL) as line:

        def ask() -> str | None:
            call = Call(messages=[first], parameters=ModelRequestParameters(), sent=1)
            return line.ask(call, lambda text: None, threading.Event()).text

        with pytest.raises(Trouble, match="broke off"):
            ask()
        assert ask() == "It rains."
