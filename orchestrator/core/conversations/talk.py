"""How much two of a conversation talk: messages, round trips, cost, time, what was said before (P11, chattiness)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from orchestrator.core.conversations.letters import Letter, is_outside
from orchestrator.core.events import MessageSent
from orchestrator.core.outcomes import Json

MOST_SAID = 8
"""Texts in one direction of a pair that are remembered."""
MOST_QUOTED = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two who talk, in either direction; `one>other` are the directions."""

    messages: int = 0
    flips: int = 0
    """How often the direction changed."""
    last: str = ""
    """Who wrote last."""
    cost_usd: str | None = None
    seconds: float = 0.0
    said: Mapping[str, Json] = field(default_factory=dict)
    """By sender: digests of what it said to the other, with `times` and the beginning of the `text`."""
    again: Mapping[str, int] = field(default_factory=dict)
    """By sender: how many of its last messages, in a row, had been said before."""

    @property
    def round_trips(self) -> int:
        """Return how often one wrote and the other answered."""
        return (self.flips + 1) // 2

    def times(self, sender: str, said: str) -> int:
        """Return how often a sender said something."""
        return cast("int", self._of(sender).get(said, {}).get("times", 0))

    def _of(self, sender: str) -> dict[str, dict[str, Any]]:
        return dict(cast("Mapping[str, dict[str, Any]]", self.said.get(sender, {})))

    def after(self, fact: MessageSent) -> Pair:
        """Return the pair after a message."""
        before = self._of(fact.sender)
        times = self.times(fact.sender, fact.said)
        before.pop(fact.said, None)
        heard = dict(list(before.items())[1 - MOST_SAID :])
        if fact.said:
            heard[fact.said] = {"times": times + 1, "text": fact.text[:MOST_QUOTED]}
        again = self.again.get(fact.sender, 0) + 1 if times else 0
        return replace(
            self, messages=self.messages + 1, flips=self.flips + (self.last not in ("", fact.sender)), last=fact.sender,
            said={**self.said, fact.sender: cast("Json", heard)}, again={**self.again, fact.sender: again},
        )  # fmt: skip

    def repeated(self) -> list[dict[str, Json]]:
        """Return what was said more than once."""
        return [
            {"asks": sender, "text": one["text"], "times": one["times"]}
            for sender in self.said
            for one in self._of(sender).values()
            if one["times"] > 1
        ]


def key(one: str, other: str) -> str:
    """Return the name of a pair."""
    return "|".join(sorted((one, other)))


def charged(
    pairs: Mapping[str, Pair], peer: str, letters: Sequence[Letter], cost_usd: str | None, seconds: float
) -> dict[str, Pair]:
    """Return pairs with what a turn cost, shared out over those whose messages it read."""
    found = dict(pairs)
    senders = [one.sender for one in letters if not is_outside(one.sender)]
    for sender in dict.fromkeys(senders):
        share = senders.count(sender) / len(letters)
        pair = found.get(key(peer, sender), Pair())
        cost = pair.cost_usd
        if cost_usd is not None:
            cost = added(cost, str(Decimal(cost_usd) * senders.count(sender) / len(letters)))
        found[key(peer, sender)] = replace(pair, cost_usd=cost, seconds=round(pair.seconds + seconds * share, 6))
    return found


def added(cost_usd: str | None, more: str) -> str:
    """Return a sum of money; unknown and something is something."""
    return f"{(Decimal(cost_usd or '0') + Decimal(more)).quantize(Decimal('0.00000001')).normalize():f}"


def told(pairs: Mapping[str, Pair]) -> list[Json]:
    """Return what a result says of each pair."""
    return [
        {"between": list(cast("list[Json]", name.split("|"))), "messages": pair.messages,
         "round_trips": pair.round_trips, "cost_usd": pair.cost_usd, "seconds": pair.seconds}
        for name, pair in pairs.items()
    ]  # fmt: skip
