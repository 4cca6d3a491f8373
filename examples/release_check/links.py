"""Follows links of Markdown texts to files and headings; what leads to the network is not followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

_CODE = re.compile(r"^```.*?^```[^\n]*$|`[^`\n]*`", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
_HEADING = re.compile(r"^#+[ \t]+(.+?)[ \t#]*$", re.M)
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.I)


def links_of(markdown: str) -> list[str]:
    """Return the targets of a text's links in order, without those that lead to the network or stand in code."""
    return [found for found in _LINK.findall(_CODE.sub("", markdown)) if not _ELSEWHERE.match(found)]


def dead(root: Path, file: str, markdown: str) -> Iterator[str]:
    """Yield each link of a text that leads nowhere, with the reason; `root` is the folder `file` lies in."""
    for target in links_of(markdown):
        path, _, anchor = unquote(target).partition("#")
        goal = ((root / file).parent / path).resolve() if path else root / file
        if not goal.is_relative_to(root.resolve().parent):
            yield f"{file}: {target} leads out of the project"
        elif not goal.exists():
            yield f"{file}: {target} leads to no file"
        elif anchor and goal.suffix == ".md" and anchor.lower() not in _anchors(goal):
            yield f"{file}: {target} leads to no heading"


def _anchors(file: Path) -> set[str]:
    text = _CODE.sub(lambda found: "" if found[0].startswith("```") else found[0], file.read_text(errors="replace"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}
