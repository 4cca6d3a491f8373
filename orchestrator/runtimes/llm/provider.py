"""Makes the model an agent names, with its key from the environment and without retries of its own."""

from __future__ import annotations

import os
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from orchestrator.core.outcomes import Failure
from orchestrator.runtimes.llm.settings import KEYS, Settings
from orchestrator.runtimes.llm.trouble import Trouble


def key_of(settings: Settings) -> str:
    """Return the key; raises Trouble where a variable should hold one and does not.

    A server at a `base_url` is given no key but the one that is named for it: it is not the provider.
    """
    name = settings.key_env or ("" if settings.base_url else KEYS.get(settings.provider, ""))
    key = os.environ.get(name, "") if name else ""
    if name and not key:
        reason = f"This worker has no key for {settings.provider}: set {name} in its environment, and start it again."
        raise Trouble(Failure.UNAVAILABLE, reason)
    return key


def model_of(settings: Settings, key: str) -> Model[Any]:
    """Make the model; raises Trouble where this installation cannot."""
    if settings.base_url:
        served = OpenAICompatibleProvider(settings.provider, base_url=settings.base_url, api_key=key or "none")
        return OpenAIChatModel(settings.model, provider=served)

    def provider(name: str) -> Provider[Any]:
        made: Provider[Any] = infer_provider_class(name)(api_key=key)  # type: ignore[call-arg]  # all in KEYS take one
        return made

    try:
        return infer_model(f"{settings.provider}:{settings.model}", provider)
    except (ImportError, UserError, ValueError) as error:
        reason = f"This worker cannot speak to {settings.provider}: {str(error).rstrip('.')}."
        raise Trouble(Failure.UNAVAILABLE, reason) from error
