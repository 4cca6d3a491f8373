"""Holds a conversation to the context its agent may take (C7): refused with its size, or trimmed where that is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_ai.messages import ModelMessage

from orchestrator.core.outcomes import Failure
from orchestrator.runtimes.llm.spending import tokens_in
from orchestrator.runtimes.llm.trouble import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What of a conversation is told to the model."""

    messages: Sequence[ModelMessage]
    characters: int
    left_out: int = 0
    """Its oldest turns, an answer with what came of its calls each, that are not."""


def fitted(
    messages: Sequence[ModelMessage], beginning: int, turns: Sequence[int], limits: Mapping[str, float], agent: str
) -> Told:
    """Return what is told; raises Trouble where it does not fit.

    The first message is always told, and the last turn; `beginning` and `turns` are their characters.
    """
    most, left_out = limits.get("context"), 0
    characters = beginning + sum(turns)
    while most is not None and tokens_in(characters) > most:
        if not limits.get("trim") or len(turns) - left_out <= 1:
            raise Trouble(Failure.OVER_LIMIT, _too_much(agent, tokens_in(characters), most, "trim" in limits))
        characters -= turns[left_out]
        left_out += 1
    return Told(messages=[messages[0], *messages[1 + 2 * left_out :]], characters=characters, left_out=left_out)


def _too_much(agent: str, size: int, most: float, is_trimmed: bool) -> str:
    remedy = "Raise that, or give it less." if is_trimmed else "Raise that, or let it forget with limits.trim: oldest."
    return f"{agent} would be told about {size:,} tokens, and limits.context lets it take {most:,.0f}. {remedy}"
