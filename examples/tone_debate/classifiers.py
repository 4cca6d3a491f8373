"""Three ways to tell the tone of a message, as unlike each other as can be: a word list, naive Bayes, and rules."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict, cast

from examples.prose import words

Name = Literal["pleased", "neutral", "annoyed"]
TONES: tuple[Name, ...] = ("pleased", "neutral", "annoyed")
SAMPLES = Path(__file__).with_name("samples.txt")
_GOOD_WORDS = "clear excellent fast fine glad good great happy helpful love nice perfect smoothly thank thanks well"
_BAD_WORDS = "annoying bad broken bug error fails lost nobody slow terrible tired useless waiting waste worse wrong"
_GOOD, _BAD = frozenset(_GOOD_WORDS.split()), frozenset(_BAD_WORDS.split())
_TURNS = frozenset(("no", "not", "never", "without", "hardly", "isn't", "doesn't", "don't", "wasn't"))
_RULES: tuple[tuple[str, Name, str], ...] = (
    (r"!!|\?!|\?\?", "annoyed", "it shouts with marks"),
    (r"\b[A-Z]{4,}\b(?:\W+[A-Z]{2,}\b)?", "annoyed", "it shouts in capitals"),
    (r"(?i)\b(?:still|again|third time|for (?:days|weeks)|two weeks)\b", "annoyed", "it is not the first time"),
    (r"(?i)\b(?:thank you|thanks|well done|great work)\b", "pleased", "it says thanks"),
    (r"(?:[:;]-?\)|🙂|❤)", "pleased", "it smiles"),
    (r"(?i)\b(?:please|could you|where|which|how)\b|\?$", "neutral", "it asks for something"),
)


class Tone(TypedDict):
    """A tone, how sure who says so is (0 to 1), and why."""

    tone: Name
    sure: float
    why: str


def by_words(text: str) -> Tone:
    """Count good and bad words; one that stands right behind a 'not' counts as its opposite."""
    said = words(text)
    score, found = 0, []
    for before, word in zip([".", *said], said, strict=False):
        value = (word in _GOOD) - (word in _BAD)
        score += -value if before in _TURNS else value
        found += [word] if value else []
    tone: Name = "pleased" if score > 0 else "annoyed" if score < 0 else "neutral"
    sure = min(0.5 + 0.2 * abs(score), 0.95) if score else 0.6 if not found else 0.35
    return Tone(tone=tone, sure=round(sure, 2), why=f"words that count: {', '.join(found) or 'none'}")


def by_bayes(text: str) -> Tone:
    """Ask how likely each tone makes these words, as the samples say them; what they never say counts for none."""
    said, known = _learnt()
    heard = [word for word in words(text) if word in known]
    logs = {tone: sum(_log(said[tone], word, len(known)) for word in heard) for tone in TONES}
    top = max(logs.values())
    odds = {tone: math.exp(value - top) for tone, value in logs.items()}
    best = max(TONES, key=lambda tone: odds[tone])
    return Tone(tone=best, sure=round(odds[best] / sum(odds.values()), 2), why=f"{len(heard)} words known from samples")


def by_rules(text: str) -> Tone:
    """Take the first rule that fits."""
    for pattern, tone, why in _RULES:
        if re.search(pattern, text):
            return Tone(tone=tone, sure=0.8 if tone != "neutral" else 0.55, why=why)
    return Tone(tone="neutral", sure=0.4, why="no rule fits")


@cache
def _learnt() -> tuple[dict[str, Counter[str]], frozenset[str]]:
    """Return how often the samples of each tone say a word, and all words they say."""
    said = {str(tone): Counter[str]() for tone in TONES}
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tone, text = line.split("\t")
            said[cast("Name", tone)].update(set(words(text)))
    return said, frozenset(word for counts in said.values() for word in counts)


def _log(counts: Counter[str], word: str, known: int) -> float:
    return math.log((counts[word] + 1) / (counts.total() + known))
