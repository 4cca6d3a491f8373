"""Single mutations of a YAML text, made in place so that lines stay: what changed, and where its error is expected.

Places come from PyYAML's own composer, not from the reader under test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class Spot:
    """A key or a value of the text."""

    path: str
    role: str  # "key", "scalar", "mapping" or "list"
    text: str
    begin: int
    end: int
    line: int
    holder_line: int
    """Of the mapping or list around it."""
    name_line: int
    """Of the key of a value, of the item for items of lists."""


@dataclass(frozen=True)
class Mutation:
    what: str
    path: str
    text: str
    """The whole mutated text."""
    lines: frozenset[int]
    """Where an error must stand: at each of them."""
    begin: int = 0
    end: int = 0
    new: str = ""


def spots(text: str) -> list[Spot]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return list(_walk(root, "", root.start_mark.line + 1, root.start_mark.line + 1))


def _walk(node: yaml.Node, path: str, name_line: int, holder_line: int) -> Iterator[Spot]:
    role = {"scalar": "scalar", "mapping": "mapping", "sequence": "list"}[node.id]
    line = node.start_mark.line + 1 if role == "scalar" else name_line
    words = node.value if role == "scalar" else ""
    yield Spot(path, role, words, node.start_mark.index, node.end_mark.index, line, holder_line, name_line)
    if role == "mapping":
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else key.value
            at = key.start_mark.line + 1
            yield Spot(inner, "key", key.value, key.start_mark.index, key.end_mark.index, at, name_line, at)
            yield from _walk(value, inner, at, name_line)
    elif role == "list":
        for number, item in enumerate(node.value):
            yield from _walk(item, f"{path}[{number}]", item.start_mark.line + 1, name_line)


def replace(text: str, spot: Spot, new: str, what: str, lines: set[int] | None = None) -> Mutation:
    expected = frozenset({spot.line} if lines is None else lines)
    return Mutation(what, spot.path, text[: spot.begin] + new + text[spot.end :], expected, spot.begin, spot.end, new)


def misspelt(word: str) -> str:
    return f"{word[:-1]}zq" if len(word) > 2 else f"{word}zq"


def without(text: str, spot: Spot) -> str:
    """Drop a key with its value, and keep every other line where it was."""
    value = next(one for one in spots(text) if one.path == spot.path and one.role != "key")
    inline = re.compile(r"[ \t]*,[ \t]*")
    before, after = text[: spot.begin], text[value.end :]
    if value.role != "scalar" and text[value.begin] not in "[{":  # a block ends where the next key begins
        body = text[spot.begin : value.end]
        tail = body[len(body.rstrip()) :]
        return _repaired(before, "\n" * (body.rstrip().count("\n")), tail + after)
    if inline.match(after):
        return before + after[inline.match(after).end() :]
    if re.search(r",[ \t]*$", before):
        return re.sub(r",[ \t]*$", "", before) + after
    return _repaired(before, "", after)


def _repaired(before: str, blank: str, after: str) -> str:
    """After the dash of an item, the next key has to stand beside it; the dash moves down to it."""
    dash = re.search(r"^( *)- $", before.split("\n")[-1])
    following = re.match(r"\n*( *)(?=\S)", after)
    if dash and following and len(following[1]) > len(dash[1]):
        skipped = after[: following.end()]
        moved = skipped.count("\n") + blank.count("\n")
        return before[: -len(dash[0])] + "\n" * moved + dash[0] + after[following.end() :]
    return before + blank + after
