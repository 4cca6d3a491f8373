"""View `board`: each key with its versions and who wrote them, who contributes, and who lost to whom (P10, R13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.partials.story import told
from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import Said, said
from orchestrator.core.blackboards.definition import FIRST, Blackboard
from orchestrator.core.blackboards.memory import Memory, Side, turn_path
from orchestrator.core.events import BoardClosed, BoardConflict, BoardRefused, BoardWritten
from orchestrator.core.ids import StepPath
from orchestrator.core.state import StepState
from orchestrator.models import Event, Step
from orchestrator.queries.heard import heard

VERSIONS = 10
"""Versions of a key that are listed."""
STANDS = {
    "idle": ("pending", "waits for its condition"), "working": ("running", "at work"), "back": ("running", "is back"),
    "failed": ("failed", "failed"), "out": ("failed", "is out"), "gone": ("cancelled", "was given up"),
}  # fmt: skip
"""How a contributor stands: the colour of its lamp, and words."""
Wrote = tuple[int, str, int, int]
"""A version, who wrote it, in which of its turns, and the number of the event that tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one turn wrote under a key."""

    version: int
    who: str
    path: str
    value: Said | None
    n: int
    """Of the event that tells it; 0 where this run's events do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key; its newest version stands first."""

    name: str
    versions: tuple[Version, ...]
    more: int
    """Versions that are not listed."""

    @property
    def version(self) -> int:
        """Return its version; 0 where nobody has written it."""
        return self.versions[0].version if self.versions else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """Who contributes."""

    name: str
    path: str
    status: str
    stands: str
    turns: int
    reads: str
    writes: str
    lost: int
    """How often it lost to others, as far as that is listed."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A contribution that did not come onto the board."""

    n: int
    who: str
    path: str
    what: str
    why: str

    @property
    def number(self) -> str:
        """Return what its event is called."""
        return f"#{self.n}"


def context(seen: Seen) -> dict[str, object]:
    """Return keys, contributors, lost contributions and how it ended."""
    node, top = seen.node, StepPath(seen.path)
    assert isinstance(node, Blackboard)  # nothing else says that it is shown so
    memory = Memory.of(StepState(path=top, kind=seen.step.kind, memo=seen.memo))
    written = heard(seen.at.run, seen.path, (BoardWritten.type,), MOST * 2)
    trouble = heard(seen.at.run, seen.path, (BoardConflict.type, BoardRefused.type), MOST)
    closed = heard(seen.at.run, seen.path, (BoardClosed.type,), 1)
    history = {key: _history(key, memory, written)[:VERSIONS] for key in list(node.keys)[:MOST]}
    turns = {turn_path(top, who, turn) for found in history.values() for _, who, turn, _ in found}
    steps = seen.at.rows(sorted(turns))
    lost = [str(one.data["by"]) for one in trouble if one.type == BoardConflict.type]
    return {
        "keys": [_key(key, found, memory, top, steps) for key, found in history.items()],
        "contributors": [_contributor(node, name, side, top, lost.count(name)) for name, side in _sides(node, memory)],
        "trouble": [_trouble(one, top) for one in reversed(trouble)], "closed": told(closed[0]) if closed else None,
        "until": node.until, "more": max(len(node.keys) - MOST, 0),
    }  # fmt: skip


def _history(key: str, memory: Memory, written: Iterable[Event]) -> list[Wrote]:
    """Return who wrote each version, the newest first; a fork knows the newest without an event of its own."""
    found = [(int(one.data["keys"][key]), str(one.data["by"]), int(one.data["turn"]), one.n)
             for one in written if key in (one.data.get("keys") or {})]  # fmt: skip
    entry = memory.keys.get(key)
    if entry is not None and all(version != entry.version for version, *_ in found):
        found.append((entry.version, entry.by, entry.turn, 0))
    return sorted(found, reverse=True)


def _key(key: str, history: list[Wrote], memory: Memory, top: StepPath, steps: Mapping[str, Step]) -> Key:
    versions = []
    for version, who, turn, n in history:
        path = turn_path(top, who, turn)
        value = _value(steps.get(path), key)
        versions.append(Version(version=version, who=_who(who, turn), path=path, value=value, n=n))
    return Key(name=key, versions=tuple(versions), more=max(memory.version(key) - len(versions), 0))


def _value(step: Step | None, key: str) -> Said | None:
    if step is None:
        return None
    if step.output_ref:
        return Said(line="", is_kept=True)
    return said(step.output.get(key)) if isinstance(step.output, dict) else None


def _who(name: str, turn: int) -> str:
    return "the first value" if name == FIRST else f"{name}, turn {turn}"


def _sides(node: Blackboard, memory: Memory) -> list[tuple[str, Side]]:
    return [(one.name, memory.side(one.name)) for one in node.contributors if one.name != FIRST][:MOST]


def _contributor(node: Blackboard, name: str, side: Side, top: StepPath, lost: int) -> Contributor:
    one, (status, stands) = node.by_name[name], STANDS[side.stand]
    return Contributor(
        name=name, path=turn_path(top, name, side.turns) if side.turns else "", status=status, stands=stands,
        turns=side.turns, reads=", ".join(one.reads), writes=", ".join(one.writes), lost=lost, why=side.why,
    )  # fmt: skip


def _trouble(event: Event, top: StepPath) -> Trouble:
    who, turn, sentence = str(event.data["by"]), int(event.data["turn"]), told(event)
    return Trouble(n=event.n, who=_who(who, turn), path=turn_path(top, who, turn), what=sentence.what,
                   why=sentence.aside)  # fmt: skip
