"""Tools for agents in these tests."""

from __future__ import annotations

from pathlib import Path


def stock(item: str) -> int:
    """Say how many of an item are there."""
    if item == "ghost":
        raise LookupError("there is no such item")
    return len(item)


def order(item: str, count: int, out: str) -> dict[str, int]:
    """Order an item, and write it down."""
    with Path(out).open("a") as file:
        file.write(f"{item} {count}\n")
    return {item: count}
