"""Prose for the examples: Markdown files as plain text, sentences, and words. Only the standard library is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

from orchestrator import agents

PROJECT = Path(agents.__file__).resolve().parents[1]
MOST_BYTES = 200_000
"""Of one file; longer ones are left out."""
MOST_FILES = 300
_DULL = """a about after all also an and any are as at be been before but by can do does each for from had has have he
her his how i if in into is it its like may more most no not of on one only or other our out over own same she so some
such than that the their them then there these they this those to too two under until up was we were what when
where which who will with without would you your"""
DULL = frozenset(_DULL.split())
"""Words that say nothing about what a text is about."""
_FENCE = re.compile(r"^```.*?^```[^\n]*$", re.M | re.S)
_NO_PROSE = re.compile(r"^[ \t]*(?:\||#|!\[|[-=+*_]{3,}[ \t]*$|(?:    |\t)\S).*$", re.M)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d+\.|>)[ \t]+", re.M)
_SENTENCE = re.compile(r"(?<=[.!?])[\"”)]*\s+(?=[\"“(]?[A-Z0-9])")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Text(TypedDict):
    """A text with the name of its file."""

    name: str
    text: str


def texts_of(folder: Path) -> list[Text]:
    """Return the first Markdown and text files of a folder and those below it, by name; nothing hidden, no links."""
    found = (file.relative_to(folder) for file in folder.rglob("*") if file.suffix in (".md", ".txt"))
    files = sorted(file for file in found if not any(part.startswith((".", "node_modules")) for part in file.parts))
    fit = [file for file in files if _is_fit(folder / file)][:MOST_FILES]
    return [Text(name=str(file), text=(folder / file).read_text(errors="replace")) for file in fit]


def plain(markdown: str) -> str:
    """Return the prose of a Markdown text: no code blocks, tables, headings or marks; a paragraph a line."""
    text = _NO_PROSE.sub("", _FENCE.sub("", markdown))
    text = re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", _BULLET.sub("\n\n", _LINK.sub(r"\1", text)))
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text))
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def sentences(text: str) -> list[str]:
    """Return the sentences of a plain text in order; a paragraph ends one."""
    return [one.strip() for line in text.splitlines() for one in _SENTENCE.split(line) if one.strip()]


def words(text: str) -> list[str]:
    """Return the words of a text in order, in small letters."""
    return [word.lower() for word in _WORD.findall(text)]


def telling(text: str) -> list[str]:
    """Return the words that say what a text is about, in order."""
    return [word for word in words(text) if len(word) > 2 and word not in DULL]


def _is_fit(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.stat().st_size <= MOST_BYTES
