"""Tools and agents that use them, for tests: each act leaves a line in a file."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from orchestrator import agents


@dataclass(frozen=True)
class Item:
    name: str
    count: int = 1


def _note(out: str, line: object) -> None:
    with Path(out).open("a") as file:
        file.write(f"{line}\n")


def pay(to: str, amount: Annotated[int, "In cents"], out: str) -> dict[str, int]:
    """Pay somebody."""
    _note(out, f"{to} {amount}")
    return {"paid": amount}


def order(item: Item, out: str, request_id: str) -> str:
    """Order an item."""
    _note(out, f"{item.count} {item.name} {request_id}")
    return f"{item.count} of {item.name}"


async def look_up(word: str) -> str:
    return word.upper()


def breaks(out: str) -> None:
    _note(out, "tried")
    raise ValueError("no such vendor")


def dies(out: str) -> None:
    _note(out, "half")
    os.kill(os.getpid(), signal.SIGKILL)


def nosy(ctx: agents.Context) -> None:
    """Wants more than a tool is given."""


def uses(ctx: agents.Context, tool: str, given: dict[str, object], times: int = 1) -> list[object]:
    """Call a tool so many times with the same arguments."""
    return [ctx.use(tool, **given) for _ in range(times)]


def uses_all(ctx: agents.Context, calls: list[list[object]]) -> list[object]:
    """Make calls one after the other; what came to nothing is its words."""
    said: list[object] = []
    for name, given in calls:
        assert isinstance(given, dict)
        try:
            said.append(ctx.use(str(name), **given))
        except agents.NotDone as error:
            said.append(f"{type(error).__name__}: {error}")
    return said


def uses_and_fails_first(ctx: agents.Context, given: dict[str, object]) -> object:
    """Fail after the act, until the third attempt."""
    made = ctx.use("pay", **given)
    if ctx.attempt < 3:
        raise RuntimeError("once more")
    return made


def calls_and_uses(ctx: agents.Context) -> list[object]:
    """Ask another agent by both doors, in turns."""
    return [ctx.call("plain", {"n": 1}), ctx.use("helper", n=2), ctx.call("plain", {"n": 3}), ctx.use("helper", n=4)]
