"""Classifiers of texts, from the cheapest to the most thorough, with equal contracts; and the shelves they fill."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal, TypedDict

from examples.prose import Text, plain, words
from examples.sort_texts import saved
from orchestrator import agents

_NAMES = {
    "decision": re.compile(r"(?:^|/)\d{3,4}-|(?:^|/)(?:adr|decisions)/", re.I),
    "how-to": re.compile(r"tutorial|install|guide|how-?to|getting-?started", re.I),
    "reference": re.compile(r"\bapi\b|config|reference|settings", re.I),
    "overview": re.compile(r"readme|index|overview|concepts", re.I),
}
_CUES = {
    "decision": "decided because instead considered therefore alternatives rejected consequence cost turned",
    "how-to": "open press click type run install start next then now try first begin",
    "reference": "default setting field value returns optional required type meaning parameter",
    "overview": "is are consists idea whole part kinds concept called",
}
_CUE = {word: kind for kind, text in _CUES.items() for word in text.split()}
_ENOUGH = 8
"""Cues below which words say little."""


_SHAPED = 12
"""Lines from which on a text has a shape."""


class Kind(TypedDict):
    """What kind of text something is."""

    kind: Literal["decision", "how-to", "reference", "overview", "other", ""]
    """Empty when the classifier cannot tell."""
    sure: float
    """0 to 1."""
    why: str


class Shelf(TypedDict):
    """Texts of one kind."""

    kind: str
    texts: list[str]


class Shelves(TypedDict):
    """All texts by kind."""

    summary: str
    shelves: list[Shelf]
    why: dict[str, str]
    """What made a text the kind it is, by its name."""


@agents.agent(
    role="Tells the kind of a text by its name.",
    owner="signalbox",
    examples=saved.NAME,
    capabilities=["classify"],
    inline=True,
)
def sort_by_name(name: str, text: str) -> Kind:
    """Look at nothing but the name: quick, and often unable to tell."""
    found = next((kind for kind, pattern in _NAMES.items() if pattern.search(name)), "")
    return _kind(found, 0.9 if found else 0.0, f"its name is {name}")


@agents.agent(
    role="Tells the kind of a text by its words.", owner="signalbox", examples=saved.WORDS, capabilities=["classify"]
)
def sort_by_words(name: str, text: str) -> Kind:
    """Count words that go with each kind; how sure it is, is the share of the best one."""
    counted = Counter(_CUE[word] for word in words(plain(text)) if word in _CUE)
    if counted.total() < _ENOUGH:
        return _kind("", 0.0, f"only {counted.total()} words that tell")
    kind, hits = counted.most_common(1)[0]
    return _kind(kind, hits / counted.total(), f"{hits} of {counted.total()} words that tell")


@agents.agent(
    role="Tells the kind of a text by its shape.", owner="signalbox", examples=saved.SHAPE, capabilities=["classify"]
)
def sort_by_shape(name: str, text: str) -> Kind:
    """Tables make a reference, numbered steps and commands a how-to, and prose an overview."""
    lines = [line for line in text.splitlines() if line.strip()]
    counted = {
        "reference": sum(line.lstrip().startswith("|") for line in lines),
        "how-to": sum(bool(re.match(r"\s*(?:\d+\.|\$) ", line)) for line in lines),
    }
    counted["overview"] = (len(lines) - sum(counted.values())) // 2
    kind = max(counted, key=lambda one: counted[one]) if len(lines) >= _SHAPED else ""
    if not kind:
        return _kind("", 0.0, f"{len(lines)} lines have no shape")
    share = counted[kind] / max(sum(counted.values()), 1)
    return _kind(kind, share, f"{counted[kind]} of {len(lines)} lines look like it")


@agents.agent(
    role="Puts texts on shelves by their kind.",
    owner="signalbox",
    examples=saved.SHELVES,
    capabilities=["report"],
    inline=True,
)
def sort_shelves(texts: list[Text], kinds: list[Kind]) -> Shelves:
    """Make a shelf for each kind, the fullest first."""
    shelves: dict[str, list[str]] = {}
    for text, kind in zip(texts, kinds, strict=True):
        shelves.setdefault(kind["kind"], []).append(text["name"])
    made = [
        Shelf(kind=kind, texts=shelves[kind]) for kind in sorted(shelves, key=lambda one: (-len(shelves[one]), one))
    ]
    return Shelves(
        summary=", ".join(f"{len(one['texts'])} {one['kind']}" for one in made) or "there are no texts",
        shelves=made,
        why={text["name"]: kind["why"] for text, kind in zip(texts, kinds, strict=True)},
    )


def _kind(kind: str, sure: float, why: str) -> Kind:
    return Kind(kind=kind, sure=round(sure, 2), why=why)  # type: ignore[typeddict-item]  # the keys above are its kinds
