"""An agent that compares two texts. It counts nothing itself: for that it calls `text-count` of the text report."""

from __future__ import annotations

from typing import TypedDict, cast

from examples.prose import PROJECT, Text, plain, texts_of
from examples.text_report.counting import Figures
from orchestrator import agents

_CLOSE = 3.0
"""Points of Flesch reading ease that nobody notices."""


class Pair(TypedDict):
    """Two texts as plain prose."""

    left: Text
    right: Text


class Choice(TypedDict):
    """Which of two texts is easier to read."""

    easier: str | None
    """Name of the text; null when nobody would notice a difference."""
    why: str
    figures: list[Figures]


@agents.agent(role="Picks two texts of a folder by their names.", owner="signalbox", capabilities=["read"])
def easier_pick(ctx: agents.Context, left: str, right: str, folder: str = "") -> Pair:
    """Read two files of a folder under the configured roots; a name that is not there fails with those that are."""
    found = {text["name"]: text for text in texts_of(ctx.folder(folder.strip() or str(PROJECT / "docs")))}
    missing = [name for name in (left, right) if name not in found]
    if missing:
        raise ValueError(f"there is no text '{missing[0]}'; there are {', '.join(sorted(found)) or 'none'}")
    first, second = (Text(name=name, text=plain(found[name]["text"])) for name in (left, right))
    return Pair(left=first, right=second)


@agents.agent(
    role="Says which of two texts is easier to read.", owner="signalbox", capabilities=["compare"], calls=["text-count"]
)
def easier_compare(ctx: agents.Context, left: Text, right: Text) -> Choice:
    """Let both be counted, one after another, and compare their reading ease; close ones are no choice."""
    figures = [_counted(ctx, text, done) for text, done in ((left, 0.0), (right, 0.5))]
    return chosen(figures)


def chosen(figures: list[Figures]) -> Choice:
    """Choose the text with the higher reading ease."""
    best, other = sorted(figures, key=lambda one: -one["ease"])
    said = f"reading ease {best['ease']} ({best['file']}) and {other['ease']} ({other['file']})"
    if best["ease"] - other["ease"] < _CLOSE:
        return Choice(easier=None, why=f"no difference to speak of: {said}", figures=figures)
    length = best["words"] / max(best["sentences"], 1)
    longer = other["words"] / max(other["sentences"], 1)
    return Choice(easier=best["file"], why=f"{said}; {length:.0f} and {longer:.0f} words a sentence", figures=figures)


def _counted(ctx: agents.Context, text: Text, done: float) -> Figures:
    """Let another agent count: this attempt ends here, and the next one finds the answer."""
    ctx.progress(done, f"asks for figures of {text['name']}")
    (figures,) = cast("list[Figures]", ctx.call("text-count", {"texts": [{**text}]}))
    return figures
