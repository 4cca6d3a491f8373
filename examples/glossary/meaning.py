"""Finds stems of words, and definitions of terms in sentences and tables: heuristics that do for plain English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from examples.glossary.kinds import Definition, Term
from examples.prose import Text, plain, sentences

_ENDINGS = (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))
_SHORTEST = 3
_ROW = re.compile(r"^\|[ \t]*(?P<name>[^|]+?)[ \t]*\|[ \t]*(?P<text>[^|]+?)[ \t]*\|", re.M)
_MARKS = re.compile(r"[`*]")
_KIND = re.compile(r"^(?:\w+ ){1,2}(?:is|are) (?:an?|one|the) ", re.I)
"""How a sentence begins that says what kind of thing something is."""


def stem(word: str) -> str:
    """Return what is the same in the forms of a word: run, runs and running."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= _SHORTEST:
            word = word[: -len(ending)] + instead
            break
    word = word.removesuffix("e")
    is_doubled = len(word) > _SHORTEST and word[-1] == word[-2] and word[-1] not in "aeious"
    return word[:-1] if is_doubled else word


def in_prose(terms: list[Term], text: Text) -> Iterator[tuple[str, Definition]]:
    """Yield terms with sentences that say what they are: 'A run is …'."""
    said = sentences(plain(text["text"]))
    for term in terms:
        forms = "|".join(re.escape(form) for form in term["forms"])
        pattern = re.compile(rf"^(?:(?:an?|the|each|every) )?(?:{forms}) (?:is|are|has|means?|says?|holds?) ", re.I)
        for sentence in said:
            if pattern.match(sentence):
                yield term["term"], Definition(text=sentence, where=text["name"], how="prose")


def in_tables(terms: list[Term], text: Text) -> Iterator[tuple[str, Definition]]:
    """Yield terms that begin a row of a table, with the cell beside them."""
    names = {form: term["term"] for term in terms for form in term["forms"]}
    for row in _ROW.finditer(text["text"]):
        term = names.get(_MARKS.sub("", row["name"]).strip().lower())
        if term is not None:
            yield term, Definition(text=_MARKS.sub("", row["text"]), where=text["name"], how="table")


def best(known: Mapping[str, Definition], found: Iterator[tuple[str, Definition]]) -> dict[str, Definition]:
    """Return one definition of each term: the same whoever comes first, so that a lost race changes nothing."""
    kept = dict(known)
    for term, one in found:
        kept[term] = min(kept.get(term, one), one, key=_rank)
    return dict(sorted(kept.items()))


def _rank(one: Definition) -> tuple[int, int, str, str]:
    """Put sentences that say what kind of thing it is first, then tables, then any other sentence."""
    first = 1 if one["how"] == "table" else 0 if _KIND.match(one["text"]) else 2
    return first, len(one["text"]), one["text"], one["where"]
