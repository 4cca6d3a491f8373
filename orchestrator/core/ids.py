"""Identifiers: their types, how run ids are made, and the grammar of step paths."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, NewType

RunId = NewType("RunId", str)
"""A UUIDv7 in its 36-character form, so that ids sort by time."""
StepPath = NewType("StepPath", str)
"""Where a step stands in its run, such as `scan[3]/tools/ruff`; the root is the empty string."""
Fence = NewType("Fence", str)
"""The token of one claim of an attempt; a report with another one is refused."""

ROOT = StepPath("")
_SEGMENT = re.compile(r"^(?P<name>[A-Za-z_][A-Za-z0-9_-]*)(?:#(?P<generation>\d+))?(?P<indices>(?:\[\d+\])*)$")


class Segment(NamedTuple):
    """One part of a path: the node's name, its generation (1 unless sent back) and its indices in maps or loops."""

    name: str
    generation: int
    indices: tuple[int, ...]


def run_id(milliseconds: int, random_bits: int) -> RunId:
    """Make a UUIDv7 from a time in milliseconds and 74 random bits (RFC 9562, section 5.7)."""
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76
    value |= (random_bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | random_bits & ((1 << 62) - 1)
    text = f"{value:032x}"
    return RunId("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))


@lru_cache(maxsize=16384)
def segments(path: StepPath) -> tuple[Segment, ...]:
    """Read a path; raises ValueError naming the part that is not one."""
    if path == ROOT:
        return ()
    return tuple(_segment(part) for part in path.split("/"))


def _segment(part: str) -> Segment:
    found = _SEGMENT.match(part)
    if found is None:
        raise ValueError(f"'{part}' is not part of a step path; write name, name#2 or name[3]")
    indices = tuple(int(number) for number in re.findall(r"\[(\d+)\]", found["indices"]))
    return Segment(found["name"], int(found["generation"] or 1), indices)


def child(parent: StepPath, name: str, generation: int = 1) -> StepPath:
    """Return the path of a named child."""
    last = name if generation == 1 else f"{name}#{generation}"
    return StepPath(f"{parent}/{last}" if parent else last)


def item(parent: StepPath, index: int) -> StepPath:
    """Return the path of an item of a map, or a round of a loop."""
    return StepPath(f"{parent}[{index}]")


def parent(path: StepPath) -> StepPath | None:
    """Return the enclosing step's path, or None for the root."""
    if path == ROOT:
        return None
    if path.endswith("]"):
        return StepPath(path[: path.rindex("[")])
    return StepPath(path.rpartition("/")[0])


def ancestors(path: StepPath) -> list[StepPath]:
    """Return the enclosing paths, nearest first, the root last."""
    found: list[StepPath] = []
    above = parent(path)
    while above is not None:
        found.append(above)
        above = parent(above)
    return found


def under(path: StepPath, top: StepPath) -> bool:
    """Tell whether `path` lies strictly below `top`."""
    return path != top and (top == ROOT or path.startswith((top + "/", top + "[")))


def name_of(path: StepPath) -> str:
    """Return the name of the last part without generation and indices; the root has none."""
    return segments(path)[-1].name if path else ""
