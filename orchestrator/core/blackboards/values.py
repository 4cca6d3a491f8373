"""Where the values of a board are: each is a field of the output of the turn that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.core.blackboards.definition import Blackboard, Contributor
from orchestrator.core.blackboards.memory import Memory, Side, turn_path
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.contract import Kept, Look, Named, output_of
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState

Child = Callable[[StepPath], StepState | None]


def kept_of(memory: Memory, key: str, board: StepPath, child: Child) -> Json | Kept:
    """Return the value of a key, or where it is kept; null when nobody has written it."""
    entry = memory.keys.get(key)
    return None if entry is None else _field(child(turn_path(board, entry.by, entry.turn)), key)


def notes_of(side: Side, one: Contributor, board: StepPath, child: Child) -> Json | Kept:
    """Return what a contributor kept for itself; null at its first turn."""
    return _field(child(turn_path(board, one.name, side.notes)), one.scratch) if side.notes else None


def _field(turn: StepState | None, name: str) -> Json | Kept:
    output = output_of(turn)
    if isinstance(output, Kept):
        return Kept(output.ref, (name,))
    return output.get(name) if isinstance(output, dict) else None


def named(memory: Memory, keys: Iterable[str], every: Iterable[str], look: Look) -> Named:
    """Return `board` with the values of some keys, and `versions` of all, for expressions of the board itself."""
    kept = {key: kept_of(memory, key, look.path, look.child) for key in keys}
    return {"board": kept, "versions": {key: memory.version(key) for key in every}}


def whole(node: Blackboard, memory: Memory, look: Look) -> Named:
    """Return the names with every value there is."""
    return named(memory, node.keys, node.keys, look)


def read(turn: StepState | None, look: Look) -> Json:
    """Return what a turn came to, read where it is kept."""
    output = output_of(turn)
    return look.artifact(output.ref) if isinstance(output, Kept) else output
