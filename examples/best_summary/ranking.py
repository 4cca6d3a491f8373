"""Ways of choosing the sentences that sum a text up (each returns their places in it), and how much of it they tell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from examples.prose import telling

MOST_SENTENCES = 400
"""Of a text that is looked at; text rank compares each with each."""
_KEPT = 0.85
_ROUNDS = 30
_KEY_WORDS = 40


def first(sentences: Sequence[str], size: int) -> list[int]:
    """Choose the sentences a text begins with."""
    return list(range(min(size, len(sentences))))


def by_frequency(sentences: Sequence[str], size: int) -> list[int]:
    """Choose sentences whose words the whole text says often."""
    said = Counter(word for sentence in sentences for word in telling(sentence))
    spoken = [telling(sentence) for sentence in sentences]
    return _best([sum(said[word] for word in set(words)) / (len(words) + 3) for words in spoken], size)


def by_text_rank(sentences: Sequence[str], size: int) -> list[int]:
    """Choose sentences that many others are like, and those like others that count (PageRank over their likeness)."""
    spoken = [set(telling(sentence)) for sentence in sentences]
    likeness = [[_likeness(one, other) if one is not other else 0.0 for other in spoken] for one in spoken]
    given = [sum(row) or 1.0 for row in likeness]
    ranks = [1.0] * len(spoken)
    for _ in range(_ROUNDS):
        ranks = [
            1 - _KEPT + _KEPT * sum(row[place] * ranks[place] / given[place] for place in range(len(ranks)))
            for row in likeness
        ]
    return _best(ranks, size)


def key_words(sentences: Sequence[str]) -> dict[str, float]:
    """Return the words a text says most, with the part of all it says that each has; together 1."""
    said = Counter(word for sentence in sentences for word in telling(sentence)).most_common(_KEY_WORDS)
    whole = sum(count for _, count in said) or 1
    return {word: count / whole for word, count in said}


def coverage(sentences: Sequence[str], summary: Sequence[str]) -> float:
    """Return how much of what a text says most is in a summary, 0 to 1."""
    told = {word for sentence in summary for word in telling(sentence)}
    return round(sum(share for word, share in key_words(sentences).items() if word in told), 3)


def _likeness(one: set[str], other: set[str]) -> float:
    if len(one) < 2 or len(other) < 2:
        return 0.0
    return len(one & other) / (math.log(len(one)) + math.log(len(other)))


def _best(scores: Sequence[float], size: int) -> list[int]:
    """Return the places with the highest scores, in the order of the text."""
    return sorted(sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:size])
