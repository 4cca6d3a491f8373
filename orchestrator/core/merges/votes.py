"""Counting votes: equal answers are one side, the heaviest side wins, an equal weight is told and not guessed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orchestrator.core import codec, shapes
from orchestrator.core.merges.contract import listed
from orchestrator.core.outcomes import Json
from orchestrator.core.shapes import Shape, of_list, of_object, of_schema


class Vote(NamedTuple):
    """One answer with its weight."""

    who: str
    answer: Json
    weight: float = 1


@dataclass(slots=True, kw_only=True)
class _Side:
    answer: Json
    votes: list[Vote] = field(default_factory=list)

    @property
    def weight(self) -> float:
        return math.fsum(vote.weight for vote in self.votes)  # exact, so that the order of votes does not matter


def counted(votes: Sequence[Vote]) -> dict[str, Json]:
    """Return `value`, `agreement`, `votes`, `dissent` and `tie`. The order of votes only orders what is listed.

    With a tie, or nobody voting, there is no value. `agreement` is the winner's part of all weight, from 0 to 1.
    """
    sides = sorted(_sides(votes), key=lambda side: (-side.weight, -len(side.votes)))
    tied = [side for side in sides if side.weight == sides[0].weight]
    winner = sides[0] if len(tied) == 1 else None
    whole = math.fsum(vote.weight for vote in votes)
    agreement = sides[0].weight / whole if whole else float(len(sides) == 1)
    against = [vote for vote in votes if winner is None or not alike(vote.answer, winner.answer)]
    return {
        "value": winner.answer if winner else None,
        "agreement": round(min(agreement, 1.0), 4),
        "votes": listed([_told(side) for side in sides]),
        "dissent": listed([{"who": vote.who, "value": vote.answer} for vote in against]),
        "tie": len(tied) > 1,
    }


def shapes_of(answer: Shape) -> dict[str, Shape]:
    """Return the shapes of what `counted` returns."""
    number, text = of_schema({"type": "number"}), of_schema({"type": "string"})
    side = of_object({"value": answer, "votes": of_schema({"type": "integer"}), "weight": number, "who": of_list(text)})
    return {
        "value": shapes.or_nothing(answer), "agreement": number, "votes": of_list(side),
        "dissent": of_list(of_object({"who": text, "value": answer})), "tie": of_schema({"type": "boolean"}),
    }  # fmt: skip


def alike(one: Json, other: Json) -> bool:
    """Tell whether two answers are the same; 1 and 1.0 are, true and 1 are not."""
    return _text(one) == _text(other)


def _sides(votes: Sequence[Vote]) -> list[_Side]:
    found: dict[str, _Side] = {}
    for vote in votes:
        found.setdefault(_text(vote.answer), _Side(answer=vote.answer)).votes.append(vote)
    return list(found.values())


def _told(side: _Side) -> dict[str, Json]:
    who: list[Json] = listed([vote.who for vote in side.votes])
    return {"value": side.answer, "votes": len(side.votes), "weight": _whole(side.weight), "who": who}


def _text(value: Json) -> str:
    return codec.canonical(_whole(value))


def _whole(value: Json) -> Json:
    """Return a value whose whole numbers are written the same way."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    return value
