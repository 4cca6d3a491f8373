"""Who contributes to the glossary's board. How definitions are found is in `meaning`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TypedDict

from examples.glossary import saved
from examples.glossary.kinds import Checked, Definition, Definitions, Entry, Stems, Term, Terms, Tokens
from examples.glossary.meaning import best, in_prose, in_tables, stem
from examples.prose import PROJECT, plain, telling, texts_of, words
from orchestrator import agents

_LEAST, _MOST = 3, 40
"""Words of a definition."""


class Listing(TypedDict):
    """The glossary."""

    summary: str
    entries: list[Entry]
    dropped: list[Entry]
    unexplained: list[str]
    """Terms that no text explains."""


@agents.agent(
    role="Counts the telling words of a folder's texts.", owner="signalbox", examples=saved.COUNT, capabilities=["read"]
)
def glossary_tokens(ctx: agents.Context, folder: str) -> Tokens:
    """Count the words of a folder under the configured roots, by default Signalbox's documentation."""
    counted: Counter[str] = Counter()
    texts = texts_of(_place(ctx, folder))
    for number, text in enumerate(texts, start=1):
        counted.update(telling(plain(text["text"])))
        ctx.progress(number / len(texts), text["name"])
    return Tokens(tokens={word: count for word, count in sorted(counted.items()) if count > 1})


@agents.agent(
    role="Puts words with the same stem together.",
    owner="signalbox",
    examples=saved.STEMS,
    capabilities=["stem"],
    inline=True,
)
def glossary_stems(tokens: dict[str, int]) -> Stems:
    """Group words by their stem, the most frequent form of each first."""
    found: dict[str, list[str]] = {}
    for word in sorted(tokens, key=lambda one: (-tokens[one], one)):
        found.setdefault(stem(word), []).append(word)
    return Stems(stems=found)


@agents.agent(
    role="Chooses the terms that a glossary should explain.",
    owner="signalbox",
    examples=saved.CHOOSE,
    capabilities=["choose"],
    inline=True,
)
def glossary_terms(tokens: dict[str, int], stems: dict[str, list[str]], most: int) -> Terms:
    """Choose what is said most, in all its forms together."""
    found = [
        Term(term=forms[0], forms=forms, count=sum(tokens.get(form, 0) for form in forms)) for forms in stems.values()
    ]
    return Terms(terms=sorted(found, key=lambda one: (-one["count"], one["term"]))[:most])


@agents.agent(role="Finds definitions of terms in sentences.", owner="signalbox", capabilities=["define"])
def glossary_prose(
    ctx: agents.Context, folder: str, terms: list[Term], definitions: dict[str, Definition]
) -> Definitions:
    """Add what sentences say to what the board has."""
    for text in texts_of(_place(ctx, folder)):
        definitions = best(definitions, in_prose(terms, text))
    ctx.progress(1, f"{len(definitions)} of {len(terms)} terms")
    return Definitions(definitions=definitions)


@agents.agent(role="Finds definitions of terms in tables.", owner="signalbox", capabilities=["define"])
def glossary_tables(
    ctx: agents.Context, folder: str, terms: list[Term], definitions: dict[str, Definition]
) -> Definitions:
    """Add what tables say to what the board has."""
    for text in texts_of(_place(ctx, folder)):
        definitions = best(definitions, in_tables(terms, text))
    ctx.progress(1, f"{len(definitions)} of {len(terms)} terms")
    return Definitions(definitions=definitions)


@agents.agent(
    role="Looks whether definitions are of any use.",
    owner="signalbox",
    examples=saved.CHECK,
    capabilities=["check"],
    inline=True,
)
def glossary_check(definitions: dict[str, Definition]) -> Checked:
    """Find what is wrong with each definition, in words."""
    return Checked(checked=[
        Entry(term=term, meaning=one["text"], where=one["where"], fault=_fault(term, one))
        for term, one in sorted(definitions.items())
    ])  # fmt: skip


@agents.agent(
    role="Puts a glossary together.", owner="signalbox", examples=saved.LIST, capabilities=["report"], inline=True
)
def glossary_list(terms: list[Term], checked: list[Entry]) -> Listing:
    """List what is of use, what was dropped and why, and what nobody explains."""
    entries = [one for one in checked if not one["fault"]]
    explained = {one["term"] for one in entries}
    left = [one["term"] for one in terms if one["term"] not in explained]
    return Listing(
        summary=f"{len(entries)} of {len(terms)} terms are explained.",
        entries=entries,
        dropped=[one for one in checked if one["fault"]],
        unexplained=left,
    )


def _place(ctx: agents.Context, folder: str) -> Path:
    return ctx.folder(folder.strip() or str(PROJECT / "docs"))


def _fault(term: str, one: Definition) -> str:
    said = words(one["text"])
    if not _LEAST <= len(said) <= _MOST:
        return f"{len(said)} words"
    own = [word for word in said if stem(word) == stem(term)]
    return "explains the term by itself" if len(own) > (one["how"] == "prose") else ""
