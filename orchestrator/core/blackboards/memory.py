"""What a board remembers: of each key its version and which turn wrote it, of each contributor how its turns went.

Never a value: those are the outputs of the turns. Its size depends on how many keys and contributors there are, not on
how long it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

from orchestrator.core import records
from orchestrator.core.blackboards.definition import FIRST
from orchestrator.core.codec import plain
from orchestrator.core.events import (
    BoardConflict,
    BoardRefused,
    BoardWritten,
    Fact,
    StepEnded,
    StepOpened,
    StepReopened,
)
from orchestrator.core.ids import StepPath, child, segments
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus


class Stand(StrEnum):
    """How a contributor stands."""

    IDLE = "idle"
    WORKING = "working"
    BACK = "back"  # its turn ended well, and is not on the board yet
    FAILED = "failed"  # its turn failed for good
    OUT = "out"  # what it wrote was refused, or it lost too often
    GONE = "gone"  # its turn was given up


_STANDS = {
    StepStatus.SUCCEEDED: Stand.BACK,
    StepStatus.SKIPPED: Stand.IDLE,
    StepStatus.FAILED: Stand.FAILED,
    StepStatus.CANCELLED: Stand.GONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key as it stands."""

    version: int
    by: str
    turn: int
    """Whose turn wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One contributor."""

    stand: Stand = Stand.IDLE
    turns: int = 0
    """The number of its latest turn, which is its step's generation."""
    counted: int = 0
    """How many of them count against limits: those since the board began, or was reopened."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """The versions of all keys when its latest turn began."""
    must: bool = False
    """Whether it is to be done over though nothing it looks at has changed."""
    lost: int = 0
    """How often in a row it lost to others."""
    notes: int = 0
    """The turn whose scratch is kept; 0 means none."""
    why: str = ""
    """Why it is out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """See the module."""

    keys: Mapping[str, Entry] = field(default_factory=dict)
    sides: Mapping[str, Side] = field(default_factory=dict)

    @classmethod
    def of(cls, state: StepState) -> Memory:
        """Read a step's memory."""
        memo = cast("Mapping[str, Mapping[str, Any]]", state.memo)
        return cls(
            keys={key: records.read(Entry, one) for key, one in memo.get("keys", {}).items()},
            sides={name: records.read(Side, one) for name, one in memo.get("sides", {}).items()},
        )

    def plain(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {
            "keys": {key: plain(records.plain(one)) for key, one in self.keys.items()},
            "sides": {name: plain(records.plain(one)) for name, one in self.sides.items()},
        }

    def side(self, name: str) -> Side:
        """Return how a contributor stands."""
        return self.sides.get(name, Side())

    def version(self, key: str) -> int:
        """Return the version of a key; 0 means that nobody has written it."""
        return self.keys[key].version if key in self.keys else 0

    @property
    def versions(self) -> dict[str, int]:
        """Return the versions of all keys that have been written."""
        return {key: one.version for key, one in self.keys.items()}

    @property
    def counted(self) -> int:
        """Return how many turns count against the limit of all."""
        return sum(side.counted for side in self.sides.values())

    @property
    def working(self) -> list[str]:
        """Return who is at work."""
        return [name for name, side in self.sides.items() if side.stand == Stand.WORKING]

    def after(self, fact: Fact, path: StepPath) -> Memory:
        """Return the memory of the board at `path` after a fact about it or about one of its turns."""
        match fact:
            case StepReopened() if fact.path == path:
                return replace(self, sides={name: _afresh(side) for name, side in self.sides.items()})
            case StepOpened() | StepReopened() if fact.path != path:
                return self._began(fact)
            case StepEnded() if fact.path != path:
                return self._ended(fact)
            case BoardWritten():
                return self._written(fact)
            case BoardConflict():
                lost = self.side(fact.by).lost + 1
                stand, why = (Stand.OUT, fact.reason) if fact.is_last else (Stand.IDLE, "")
                return self._with(fact.by, stand=stand, must=not fact.is_last, lost=lost, why=why)
            case BoardRefused():
                return self._with(fact.by, stand=Stand.OUT, must=False, why=fact.reason)
            case _:
                return self

    def _with(self, name: str, **changes: Any) -> Memory:
        return replace(self, sides={**self.sides, name: replace(self.side(name), **changes)})

    def _began(self, fact: StepOpened | StepReopened) -> Memory:
        last = segments(fact.path)[-1]
        is_new = isinstance(fact, StepOpened) and last.name != FIRST
        counted = self.side(last.name).counted + is_new
        return self._with(last.name, stand=Stand.WORKING, turns=last.generation, counted=counted, seen=self.versions,
                          must=False)  # fmt: skip

    def _ended(self, fact: StepEnded) -> Memory:
        last = segments(fact.path)[-1]
        return (
            self._with(last.name, stand=_STANDS[fact.status]) if last.generation == self.side(last.name).turns else self
        )

    def _written(self, fact: BoardWritten) -> Memory:
        keys = {key: Entry(version=version, by=fact.by, turn=fact.turn) for key, version in fact.keys.items()}
        notes = fact.turn if fact.scratch else self.side(fact.by).notes
        made = replace(self, keys={**self.keys, **keys})
        return made._with(fact.by, stand=Stand.IDLE, lost=0, notes=notes)


def _afresh(side: Side) -> Side:
    """Return a contributor of a board that was reopened: limits begin anew, and who is out may try again."""
    is_out = side.stand == Stand.OUT
    stand = Stand.IDLE if is_out else side.stand
    return replace(side, stand=stand, must=side.must or is_out, counted=0, lost=0, why="")


def turn_path(board: StepPath, name: str, turn: int) -> StepPath:
    """Return the path of a contributor's turn."""
    return child(board, name, turn)
