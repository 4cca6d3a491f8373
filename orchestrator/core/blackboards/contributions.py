"""What comes of a turn: its writes enter the board all at once, or it has lost to others, or is refused (P10, R13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.core import codec, schema
from orchestrator.core.blackboards import values
from orchestrator.core.blackboards.definition import Blackboard, Contributor, asked
from orchestrator.core.blackboards.memory import Memory, Side, turn_path
from orchestrator.core.events import BoardConflict, BoardRefused, BoardWritten
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.contract import Look
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import listed
from orchestrator.core.words import type_of

Taken = BoardWritten | BoardConflict | BoardRefused


def taken(node: Blackboard, one: Contributor, memory: Memory, path: StepPath, look: Look) -> Taken:
    """Say what comes of a contributor's turn that ended well."""
    side = memory.side(one.name)
    output = values.read(look.child(turn_path(path, one.name, side.turns)), look)
    if output is not None and not isinstance(output, dict):
        reason = f"its output is {type_of(output)}, but must be an object with what it writes: {', '.join(one.writes)}"
        return BoardRefused(path=path, by=one.name, turn=side.turns, reason=reason)
    given: Mapping[str, Json] = output or {}
    written = {key: given[key] for key in one.writes if key in given}
    faster = moved(memory, side, (*one.reads, *written))
    if faster:
        return _lost(node, one, memory, faster, path)
    wrong = {key: found for key in written if (found := schema.problems(dict(node.keys[key]), written[key]))}
    if wrong:
        reasons = "; ".join(f"'{key}' does not fit its key: {listed(found, 3)}" for key, found in wrong.items())
        return BoardRefused(path=path, by=one.name, turn=side.turns, reason=reasons, keys=tuple(wrong))
    same = tuple(key for key in written if memory.version(key) and _same(written[key], _now(memory, key, look)))
    return BoardWritten(
        path=path, by=one.name, turn=side.turns, same=same, scratch=bool(one.scratch) and one.scratch in given,
        keys={key: memory.version(key) + 1 for key in written if key not in same},
        read={key: side.seen.get(key, 0) for key in one.reads},
    )  # fmt: skip


def moved(memory: Memory, side: Side, keys: Iterable[str]) -> list[str]:
    """Return those keys that were written since the contributor's latest turn began."""
    return [key for key in dict.fromkeys(keys) if memory.version(key) != side.seen.get(key, 0)]


def holds(condition: str, node: Blackboard, memory: Memory, look: Look) -> bool:
    """Tell whether a condition holds now; one that asks for a value nobody has written yet does not."""
    needs, _, every = asked(condition)
    if any(not memory.version(key) for key in needs):
        return False
    return look.test(condition, values.named(memory, node.keys if every else needs, node.keys, look))


def _lost(node: Blackboard, one: Contributor, memory: Memory, faster: list[str], path: StepPath) -> BoardConflict:
    side = memory.side(one.name)
    keys: dict[str, Json] = {
        key: {"read": side.seen.get(key, 0), "now": memory.version(key), "by": memory.keys[key].by} for key in faster
    }
    moves = "; ".join(
        f"'{key}' was {side.seen.get(key, 0)} when it began and is {memory.version(key)} by {memory.keys[key].by}"
        for key in faster
    )
    is_last = side.lost + 1 >= node.tries
    often = f"it lost {side.lost + 1} times in a row, the last time" if side.lost else "it lost"
    reason = f"{often} because {moves}" if is_last else moves
    return BoardConflict(path=path, by=one.name, turn=side.turns, keys=keys, reason=reason, is_last=is_last)


def _now(memory: Memory, key: str, look: Look) -> Json:
    entry = memory.keys[key]
    output = values.read(look.child(turn_path(look.path, entry.by, entry.turn)), look)
    return output.get(key) if isinstance(output, dict) else None


def _same(one: Json, other: Json) -> bool:
    return codec.canonical(one) == codec.canonical(other)
