"""The voters on the tone of a message, each a classifier that may give way to the others, and the list made of it."""

from __future__ import annotations

from typing import TypedDict

from examples.tone_debate.classifiers import Tone, by_bayes, by_rules, by_words
from orchestrator import agents

_UNSURE = 0.5


class Dissent(TypedDict):
    """Who says something else."""

    who: str
    value: str


class Settled(TypedDict):
    """How a debate went; the engine gives more than is read here."""

    value: str | None
    dissent: list[Dissent]


class Line(TypedDict):
    """A message and its tone."""

    tone: str
    message: str
    dissent: str


ANNOYED = agents.Example(
    name="annoyed",
    input={"text": "It is broken again, nobody answers, and I am angry!"},
    expect=("output.tone == 'annoyed'", "output.sure > 0.0"),
)
PLEASED = agents.Example(
    name="pleased", input={"text": "Thank you, this works great."}, expect=("output.tone == 'pleased'",)
)


@agents.agent(
    role="Tells the tone of a message by lists of good and bad words.",
    owner="signalbox",
    examples=(ANNOYED, PLEASED),
    capabilities=["tone"],
    inline=True,
)
def tone_words(text: str, own: Tone | None = None, others: dict[str, Tone] | None = None, round: int = 0) -> Tone:
    """Vote, or think again once the others were heard."""
    return _heard(own or by_words(text), others)


@agents.agent(
    role="Tells the tone of a message by what it has learnt from samples.",
    owner="signalbox",
    examples=(ANNOYED, PLEASED),
    capabilities=["tone"],
    inline=True,
)
def tone_bayes(text: str, own: Tone | None = None, others: dict[str, Tone] | None = None, round: int = 0) -> Tone:
    """Vote, or think again once the others were heard."""
    return _heard(own or by_bayes(text), others)


@agents.agent(
    role="Tells the tone of a message by rules about how it is written.",
    owner="signalbox",
    examples=(ANNOYED, PLEASED),
    capabilities=["tone"],
    inline=True,
)
def tone_rules(text: str, own: Tone | None = None, others: dict[str, Tone] | None = None, round: int = 0) -> Tone:
    """Vote, or think again once the others were heard."""
    return _heard(own or by_rules(text), others)


@agents.agent(
    role="Lists messages by tone, the annoyed ones first, with who sees it otherwise.",
    owner="signalbox",
    capabilities=["report"],
)
def tone_list(messages: list[str], settled: list[Settled]) -> list[Line]:
    """Put what needs an answer soonest on top."""
    order = ("annoyed", "undecided", "neutral", "pleased")
    lines = [
        Line(
            tone=one["value"] or "undecided",
            message=message,
            dissent=", ".join(f"{other['who']} says {other['value']}" for other in one["dissent"]),
        )
        for message, one in zip(messages, settled, strict=True)
    ]
    return sorted(lines, key=lambda line: order.index(line["tone"]))


def _heard(own: Tone, others: dict[str, Tone] | None) -> Tone:
    """Give way when not sure, and all others say the same and are surer."""
    heard = [*(others or {}).values()]
    if not heard or own["sure"] >= _UNSURE or len({other["tone"] for other in heard}) > 1:
        return own
    surest = max(heard, key=lambda other: other["sure"])
    if surest["tone"] == own["tone"] or surest["sure"] <= own["sure"]:
        return own
    return Tone(tone=surest["tone"], sure=own["sure"], why=f"was not sure of {own['tone']}; the others agree")
