"""How alike two values are, from 0 to 1: fields by their kind, averaged. Words and numbers, no model.

J. C. Gower: A general coefficient of similarity and some of its properties, Biometrics 27 (1971). A number counts by
how far it is from the other relative to the larger one, a text by the words both have (P. Jaccard, 1901), anything else
by being the same. Every field of an object weighs the same; one that is missing on a side counts as nothing alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from orchestrator.core import codec
from orchestrator.core.outcomes import Json

MOST_LETTERS = 20_000
"""Of one text; what is behind them is not compared."""
MOST_VALUES = 5_000
"""Of all in both; further ones count as they are: the same or not."""
_WORD = re.compile(r"\w+")


def similarity(one: Json, other: Json) -> float:
    """Return how alike two values are: 1.0 is the same, 0.0 has nothing in common."""
    return _Comparison().of(one, other)


class _Comparison:
    """One comparison, which remembers how much it has looked at."""

    def __init__(self) -> None:
        self._looks = 0

    def of(self, one: Json, other: Json) -> float:
        self._looks += 1
        if self._looks > MOST_VALUES:
            return float(one == other)
        if isinstance(one, dict) and isinstance(other, dict):
            return self._objects(one, other)
        if isinstance(one, list) and isinstance(other, list):
            return self._lists(one, other)
        if isinstance(one, str) and isinstance(other, str):
            return _texts(one, other)
        if _is_number(one) and _is_number(other):
            return _numbers(float(one), float(other))  # type: ignore[arg-type]  # told by _is_number
        return float(one == other and isinstance(one, bool) == isinstance(other, bool))

    def _objects(self, one: dict[str, Json], other: dict[str, Json]) -> float:
        names = list(one | other)
        return _mean([self.of(one[name], other[name]) if name in one and name in other else 0.0 for name in names])

    def _lists(self, one: list[Json], other: list[Json]) -> float:
        if not any(isinstance(value, dict | list) for value in (*one, *other)):
            return _shared(map(codec.dumps, one), map(codec.dumps, other))
        both = [self.of(left, right) for left, right in zip(one, other, strict=False)]
        return _mean([*both, *[0.0] * abs(len(one) - len(other))])


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(one: float, other: float) -> float:
    largest = max(abs(one), abs(other))
    return 1.0 if one == other else max(0.0, 1.0 - abs(one - other) / largest)


def _texts(one: str, other: str) -> float:
    if one == other:
        return 1.0
    words = [_WORD.findall(text[:MOST_LETTERS].lower()) for text in (one, other)]
    return _shared(*words) if any(words) else 0.0


def _shared(one: Iterable[str], other: Iterable[str]) -> float:
    """Return which part of all the two have in common, each as often as it stands there."""
    left, right = Counter(one), Counter(other)
    total = (left | right).total()
    return (left & right).total() / total if total else 1.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0
