"""Which agent asked for what in a step that more than one has had: an answer is only for who asked.

Requests are numbered by each agent from 1, the steps that answer them by the step. Who stands in for another, or gets
its step, has asked for nothing yet, whatever the other has been told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.core.outcomes import Json


def asker(item: Json) -> str:
    """Return who asked, of the item of the step that answers; empty where that was not kept: then it is anybody's."""
    return str(item.get("agent", "")) if isinstance(item, dict) else ""


def place(agent: str, number: int, askers: Sequence[str]) -> int:
    """Return the place, from 1, of an agent's so-maniest request among those of one kind, of which `askers` asked."""
    own = [*_own(agent, askers)]
    return own[number - 1] if number <= len(own) else len(askers) + number - len(own)


def numbers(agent: str, askers: Mapping[int, str]) -> dict[int, int]:
    """Return the numbers of an agent's own requests of one kind, by their places; gaps are anybody's."""
    every = [askers.get(one, "") for one in range(1, max(askers, default=0) + 1)]
    return {at: number for number, at in enumerate(_own(agent, every), start=1)}


def _own(agent: str, askers: Sequence[str]) -> Iterator[int]:
    return (at for at, who in enumerate(askers, start=1) if who in ("", agent))
