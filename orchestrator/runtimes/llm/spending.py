"""What calls to a model cost and may cost. Unknown is None, never zero.

Estimates: one token for four characters of English text [OpenAI, "What are tokens and how to count them?"]; a request
is what is sent, as JSON, and its answer is taken to be as long as it may be (`max_tokens`), or 2,000 tokens where
nothing limits it. Money is priced by the agent's own `prices`, or by genai-prices for a provider's own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from orchestrator.core.outcomes import Failure, Usage
from orchestrator.runtimes.llm.settings import Prices, Settings
from orchestrator.runtimes.llm.trouble import Trouble

CHARACTERS = 4
"""Of one token, in an estimate."""
ASSUMED_OUT = 2000
"""Tokens of an answer that nothing limits, in an estimate."""
_MILLION = Decimal(1_000_000)
_SAME = {"openai-chat": "openai", "xai": "x-ai"}
"""Providers whose name in the price list is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of one call."""

    sent: int = 0
    cached: int = 0
    """Of those sent: read from the provider's cache."""
    got: int = 0

    @property
    def all(self) -> int:
        """Those sent and those that came back."""
        return self.sent + self.got


def tokens_in(characters: int) -> int:
    """Estimate how many tokens so many characters are, rounded up."""
    return -(-characters // CHARACTERS)


def price(settings: Settings, tokens: Tokens) -> Decimal | None:
    """Return what tokens cost in US dollars; None where nobody knows.

    A server at a `base_url` is not the provider it may be named after: only `prices` say what it costs.
    """
    if settings.prices is not None:
        return _by(settings.prices, tokens)
    if settings.base_url:
        return None
    used = PricedUsage(input_tokens=tokens.sent, cache_read_tokens=tokens.cached, output_tokens=tokens.got)
    try:
        provider = _SAME.get(settings.provider, settings.provider)
        return calc_price(used, settings.model, provider_id=provider).total_price
    except (LookupError, ValueError):  # a model it does not list, or tokens it cannot price
        return None


def usage(settings: Settings, tokens: Tokens) -> Usage:
    """Return what tokens use up."""
    return Usage(cost_usd=price(settings, tokens), tokens=tokens.all)


def _by(prices: Prices, tokens: Tokens) -> Decimal:
    fresh = prices.input * (tokens.sent - tokens.cached)
    return (fresh + prices.cached * tokens.cached + prices.output * tokens.got) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that one call may use up (the `call` of an agent's budget)."""

    limits: Mapping[str, float]
    settings: Settings

    def check(self, tokens: Tokens, seconds: float = 0.0) -> None:
        """Raise Trouble when a call has used up more, or nobody could tell."""
        used = {"tokens": Decimal(tokens.all), "minutes": Decimal(str(seconds)) / 60}
        if "usd" in self.limits:
            used["usd"] = self._known(price(self.settings, tokens))
        for unit, most in self.limits.items():
            if used.get(unit, Decimal(0)) > Decimal(str(most)):
                reason = f"One call may use {most:g} {unit}, and this one was about to use more; it was cut off."
                raise Trouble(Failure.OVER_BUDGET, reason)

    def estimate(self, sent: int) -> Usage:
        """Estimate what a call that sends so many tokens uses up: at most what it may."""
        tokens = Tokens(sent=sent, got=self.settings.max_tokens or ASSUMED_OUT)
        cost, most = price(self.settings, tokens), self.limits
        return Usage(
            cost_usd=min(cost, Decimal(str(most["usd"]))) if cost is not None and "usd" in most else cost,
            tokens=min(tokens.all, int(most["tokens"])) if "tokens" in most else tokens.all,
        )

    def _known(self, cost: Decimal | None) -> Decimal:
        if cost is None:
            reason = (
                f"Nobody knows what {self.settings.model} costs, so its budget of {self.limits['usd']:g} usd for a call"
                " cannot be kept; write the `prices` of a million tokens into its settings."
            )
            raise Trouble(Failure.OVER_BUDGET, reason)
        return cost


@dataclass(slots=True)
class Bill:
    """What the calls of one attempt have used up; those answered from the record cost nothing again."""

    calls: list[Usage] = field(default_factory=list)

    def add(self, used: Usage) -> None:
        """Note a call; one that used nothing, as far as anybody knows, is left out."""
        if used.tokens is not None:
            self.calls.append(used)

    @property
    def total(self) -> Usage:
        """The sum; its cost is unknown when that of one call is."""
        if not self.calls:
            return Usage()
        costs = [one.cost_usd for one in self.calls if one.cost_usd is not None]
        cost = sum(costs, Decimal(0)) if len(costs) == len(self.calls) else None
        return Usage(cost_usd=cost, tokens=sum(one.tokens or 0 for one in self.calls))
