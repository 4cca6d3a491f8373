"""The documentation as tests see it: pages, their code blocks, their links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.running import PROJECT

PAGES = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (PROJECT / "docs").rglob("*.md")
)
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One code block."""

    language: str
    text: str
    file: str
    """What the line above it says it is the content of; may be empty."""


def blocks(page: str) -> list[Block]:
    """Return the code blocks of a page, in order."""
    found = BLOCK.finditer((PROJECT / page).read_text())
    return [Block(language=one["language"], text=one["text"], file=one["file"] or "") for one in found]


def links(page: Path) -> list[str]:
    """Return where a page leads to."""
    return [one["target"] for one in LINK.finditer(BLOCK.sub("", page.read_text()))]


def anchors(page: Path) -> set[str]:
    """Return the places of a page that can be linked to, as they are spelt on the web."""
    titles = HEADING.findall(BLOCK.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
