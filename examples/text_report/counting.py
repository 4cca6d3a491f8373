"""Figures of a text, and the report made of them. Reading ease is Flesch's: 60 and more is plain English."""

from __future__ import annotations

import re
from collections import Counter
from typing import TypedDict

from examples.prose import Text, sentences, telling, words

_VOWELS = re.compile(r"[aeiouy]+")
_SHOWN = 20
_LONG_SENTENCE = 30


class Figures(TypedDict):
    """How long and how hard to read a text is."""

    file: str
    words: int
    sentences: int
    ease: float
    """Flesch reading ease, 0 (hard) to 100 (easy), a little beyond at either end."""
    longest: str
    """Its longest sentence."""
    about: list[str]
    """The five words it says most."""


def figures_of(text: Text) -> Figures:
    """Count one text; raises nothing, also for an empty one."""
    said, all_words = sentences(text["text"]) or [""], words(text["text"])
    syllables = sum(map(_syllables, all_words))
    count = max(len(all_words), 1)
    return Figures(
        file=text["name"],
        words=len(all_words),
        sentences=len(said),
        ease=round(206.835 - 1.015 * count / len(said) - 84.6 * syllables / count, 1),
        longest=max(said, key=lambda sentence: len(words(sentence))),
        about=[word for word, _ in Counter(telling(text["text"])).most_common(5)],
    )


def report_of(root: str, figures: list[Figures], places: list[tuple[str, str, str]]) -> tuple[str, str]:
    """Return a summary of one paragraph, and the whole report as Markdown."""
    total = sum(one["words"] for one in figures)
    ease = sum(one["ease"] * one["words"] for one in figures) / max(total, 1)
    summary = f"{len(figures)} texts with {total} words; reading ease {ease:.0f}; {len(places)} words to avoid."
    rows = [
        f"| {one['file']} | {one['words']} | {one['sentences']} | {one['ease']} | {', '.join(one['about'])} |"
        for one in figures
    ]
    head = ["| file | words | sentences | reading ease | about |", "|---|--:|--:|--:|---|"]
    long = [one for one in figures if len(words(one["longest"])) > _LONG_SENTENCE]
    parts = [f"# Texts of {root}", summary, "\n".join([*head, *rows])]
    parts += _listed("Long sentences", [f"{one['file']}: {one['longest']}" for one in long])
    parts += _listed("Words to avoid", [f"{file}: **{word}** in “… {around} …”" for file, word, around in places])
    return summary, "\n\n".join(parts) + "\n"


def _listed(title: str, lines: list[str]) -> list[str]:
    shown = [f"- {' '.join(line.split())}" for line in lines[:_SHOWN]]
    more = [f"- and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"## {title}", "\n".join([*shown, *more])] if lines else []


def _syllables(word: str) -> int:
    """Count groups of vowels; a silent e at the end is none."""
    count = len(_VOWELS.findall(word))
    return max(count - (word.endswith("e") and not word.endswith("le")), 1)
