"""Which voices are not independent: one agent asked several times, agents that answer by the same model (P8). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestrator.core.outcomes import Json

Flag = dict[str, Json]
LATER = ("Judge", "Review")
"""Who speaks after those who vote, as a roster names them."""


def kinship(roster: Mapping[str, Mapping[str, str]]) -> Iterator[Flag]:
    """Flag voices that are one agent, and agents that answer by the same model."""
    same_agent, same_model = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for who, card in roster.items():
        same_model[card["model"] or f"agent {card['agent']}"].append(who)
        if who not in LATER:
            same_agent[card["agent"]].append(who)
    for agent, asked in same_agent.items():
        if len(asked) > 1:
            says = f"{names(asked)} are one agent ({agent}) asked {len(asked)} times: a sample, not several opinions"
            yield flag("sampling", asked, says)
    for model, alike in same_model.items():
        if len({roster[who]["agent"] for who in alike}) > 1 or (len(alike) > 1 and set(alike) & set(LATER)):
            yield flag("shared_model", alike, f"{names(alike)} answer by the same {model}: they may share its errors")


def flag(kind: str, who: Sequence[str], says: str) -> Flag:
    """Return one thing to know of an outcome: its kind, whom it is about, and what it says in words."""
    return {"flag": kind, "who": list(who), "says": says}


def names(who: Iterable[str]) -> str:
    """Say several names in one breath; there must be at least one."""
    *first, last = who
    return f"{', '.join(first)} and {last}" if first else last
