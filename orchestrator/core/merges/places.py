"""Places in what a branch gives, such as `review.verdict`: how they are read, checked and followed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.core import shapes
from orchestrator.core.merges.contract import Contribution, Share
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import Reader
from orchestrator.core.rules.contract import Refused
from orchestrator.core.schema_words import noun
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

_PLACE = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$")
NUMBERS = frozenset({"number", "integer"})


def read_place(tree: Tree | None, reader: Reader) -> str:
    """Read a place; empty where none is written, or it is not one."""
    text = reader.text(tree)
    if tree is not None and text and not _PLACE.match(text):
        reader.wrong(tree, f"'{text}' is not the name of a field", "write names with dots, such as review.verdict")
        return ""
    return text


def known(share: Share, place: str, reader: Reader) -> Shape:
    """Return the shape of what a share has at a place; where it can have nothing there, that is told on its line."""
    shape = share.shape
    done: list[str] = []
    for part in place.split(".") if place else ():
        found = shapes.inside(shape, part)
        if isinstance(found, Nowhere):
            said = f"what {share.who} gives {found.reason}" if not done else f"'{'.'.join(done)}' {found.reason}"
            reader.wrong(share.tree, f"{said}, but the merge needs it", found.hint)
            return UNKNOWN
        shape = found
        done.append(part)
    return shape


def known_number(share: Share, place: str, reader: Reader) -> None:
    """Check that a share can have a number at a place; an agent has to promise it in its contract."""
    before = len(reader.problems)
    types = shapes.types(known(share, place, reader))
    if len(reader.problems) > before:
        return
    if types and not types & NUMBERS:
        reader.wrong(share.tree, f"'{place}' of what {share.who} gives must be a number, but is {noun(sorted(types))}")
    elif not types and share.is_agent:
        hint = "say in the agent's contract that its output has it"
        reader.wrong(share.tree, f"the merge needs a number '{place}' from {share.who}, and nothing promises one", hint)


def found_at(given: Contribution, place: str) -> Json:
    """Return what a contribution has at a place; raises Refused where it has nothing there."""
    value = given.value
    for part in place.split(".") if place else ():
        if not isinstance(value, Mapping) or part not in value:
            raise Refused(f"what {given.who} gave has no '{place}', which the merge needs", Failure.SCHEMA)
        value = value[part]
    return value


def number_at(given: Contribution, place: str) -> int | float:
    """Return the number a contribution has at a place; raises Refused where there is none."""
    value = found_at(given, place)
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = f"'{place}' of what {given.who} gave must be a number, but is {type_of(value)}"
        raise Refused(reason, Failure.SCHEMA)
    return value
