"""What an agent that is a model says in its settings: read, checked, and explained. Nothing of the model library."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.words import suggestion
from orchestrator.runtimes import environments

KEYS = {
    "openai": "OPENAI_API_KEY", "openai-chat": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY", "groq": "GROQ_API_KEY", "mistral": "MISTRAL_API_KEY", "cohere": "CO_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY", "openrouter": "OPENROUTER_API_KEY", "together": "TOGETHER_API_KEY",
    "fireworks": "FIREWORKS_API_KEY", "cerebras": "CEREBRAS_API_KEY", "xai": "XAI_API_KEY",
}  # fmt: skip
"""Providers that are known without a `base_url`, each with the variable that usually holds its key."""
WAYS = ("tool", "native")
"""How structured output is asked for: as the call of a tool, or as text that keeps to a JSON schema."""
_MODEL = re.compile(r"^[a-z][a-z0-9-]*:\S+$")
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_ADDRESS = re.compile(r"^https?://[^\s/@]+(/\S*)?$")
_PRICES = ("input", "output", "cached")
_MOST_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal
    """Of tokens that the provider read from its cache; the same as `input` where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an agent that is a model."""

    provider: str
    model: str
    base_url: str = ""
    """Address of a server that speaks OpenAI's chat completions; empty: the provider's own."""
    key_env: str = ""
    """The variable that holds the key; empty: the provider's usual one, or no key where there is a `base_url`."""
    temperature: float | None = None
    max_tokens: int | None = None
    """The longest answer, in tokens."""
    output: str = "tool"
    stream: bool = True
    turns: int = 40
    """Most requests of one attempt."""
    escalate: bool = False
    """Whether it may ask a person. It has to be wished for: nobody is asked unawares."""
    prices: Prices | None = None


def settings_of(given: Mapping[str, Json]) -> Settings:
    """Read settings that `problems` has found good."""
    provider, _, model = str(given.get("model", "")).partition(":")
    known = {name: value for name, value in given.items() if name in _RULES and name not in ("model", "prices")}
    return Settings(provider=provider, model=model, prices=_prices(given.get("prices")), **known)  # type: ignore[arg-type]  # checked when it was defined


def problems(given: Mapping[str, Json]) -> tuple[Problem, ...]:
    """List what is wrong with settings."""
    unknown = [Problem(path=name, message="there is no such setting", hint=suggestion(name, _RULES))
               for name in given if name not in _RULES]  # fmt: skip
    broken = [Problem(path=name, message=message, hint=hint)
              for name, (fits, message, hint) in _RULES.items()
              if not fits(given.get(name)) and (name in given or name == "model")]  # fmt: skip
    return (*unknown, *broken, *(() if broken else _provider_problems(given)))


def _provider_problems(given: Mapping[str, Json]) -> list[Problem]:
    provider = str(given["model"]).partition(":")[0]
    if provider in KEYS or "base_url" in given:
        return []
    hint = f"{suggestion(provider, KEYS)}; or give the `base_url` of a server that speaks OpenAI's chat completions"
    return [Problem(path="model", message=f"there is no provider '{provider}'", hint=hint)]


def _prices(given: Json) -> Prices | None:
    if not isinstance(given, dict):
        return None
    said = {name: Decimal(str(value)) for name, value in given.items()}
    return Prices(input=said["input"], output=said["output"], cached=said.get("cached", said["input"]))


def _number(least: float, most: float) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _whole(most: int) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _text(pattern: re.Pattern[str]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.match(value))


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _are_prices(value: Json) -> bool:
    is_price = _number(0, 1_000_000)
    return (
        isinstance(value, dict)
        and {"input", "output"} <= {*value} <= {*_PRICES}
        and all(is_price(one) for one in value.values())
    )


def _names_a_key(value: Json) -> bool:
    return isinstance(value, str) and bool(_VARIABLE.match(value)) and not environments.is_ours(value)


_RULES: dict[str, tuple[Callable[[Json], bool], str, str]] = {
    "model": (
        _text(_MODEL),
        "the model is missing, or no provider and name",
        "write provider:name, such as openai:gpt-5-mini",
    ),
    "base_url": (
        _text(_ADDRESS),
        "this is no address of a server",
        "write it as http://localhost:11434/v1; a key goes into `key_env`",
    ),
    "key_env": (
        _names_a_key,
        "this is no variable that may hold an agent's key",
        "write its name, such as OPENAI_API_KEY, never the key itself; Signalbox's own secrets are out of reach",
    ),
    "temperature": (_number(0, 2), "expected a number from 0 to 2", "write 0 for answers that vary least"),
    "max_tokens": (_whole(_MOST_TOKENS), "expected a whole number of tokens", "write 1000, or leave it out"),
    "output": (lambda value: value in WAYS, "there is no such way to give structured output", "write tool or native"),
    "stream": (_is_flag, "expected true or false", "write false for a server that cannot stream"),
    "turns": (_whole(1000), "expected a whole number from 1 to 1000", "write 40, or leave it out"),
    "escalate": (_is_flag, "expected true or false", "write true to let it ask a person"),
    "prices": (
        _are_prices,
        "expected the prices of a million tokens in US dollars",
        "write {input: 0.25, output: 2}, and `cached` if it differs",
    ),
}
"""Every setting: whether a value fits, what is wrong otherwise, and what to do."""
