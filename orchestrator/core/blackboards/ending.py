"""How a board ends: quiet, as it was meant to, or stopped by a limit, which is no success unless that was declared."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.blackboards import contributions, values
from orchestrator.core.blackboards.definition import FIRST, Blackboard, Contributor
from orchestrator.core.blackboards.memory import Memory, Stand, turn_path
from orchestrator.core.events import BoardClosed, Fact, StepEnded, SubtreeCancelled
from orchestrator.core.nodes.contract import Look
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

_MOST_NAMED = 3


def at_rest(node: Blackboard, state: StepState, memory: Memory, ready: Sequence[Contributor], look: Look) -> list[Fact]:
    """End a board where nobody is at work and nobody may begin; `ready` are those who would."""
    if ready:
        why = "contributions" if memory.counted >= node.contributions else "limit"
        spent = ready[0].limit if why == "limit" else node.contributions
        turns = "only turn" if spent == 1 else f"{spent} turns"
        whose = f"{ready[0].name} has taken its {turns}" if why == "limit" else f"the {turns} of all are taken"
        return exhausted(
            node, state, memory, why, f"{whose} without coming to rest; {_eager(node, memory, ready)}", look
        )
    if node.until:
        reason = f"nobody has anything to add, but '{node.until}' does not hold; {_versions(node, memory)}"
        return exhausted(node, state, memory, "stuck", reason, look)
    return ended(node, state, memory, "quiet", look)


def ended(node: Blackboard, state: StepState, memory: Memory, why: str, look: Look) -> list[Fact]:
    """End well."""
    output = _output(node, node.output, memory, look)
    done = StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output, degraded=_lacking(node, memory, look))
    return [_closed(node, state, memory, why), *stopped(state, memory, done, "the board is done")]


def exhausted(node: Blackboard, state: StepState, memory: Memory, why: str, reason: str, look: Look) -> list[Fact]:
    """End without rest, with the evidence: as a failure, or with what was declared for that, degraded."""
    closed = _closed(node, state, memory, why, reason)
    if not node.otherwise:
        failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.STUCK, reason=reason)
        return [closed, *stopped(state, memory, failed, reason)]
    output = _output(node, node.otherwise, memory, look)
    degraded = "; ".join(filter(None, (reason, _lacking(node, memory, look))))
    done = StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output, degraded=degraded)
    return [closed, *stopped(state, memory, done, reason)]


def stopped(state: StepState, memory: Memory, ended: StepEnded, reason: str) -> list[Fact]:
    """Return an end, before which everything that is at work is given up."""
    cancelled: list[Fact] = [SubtreeCancelled(path=state.path, reason=reason)] if memory.working else []
    return [*cancelled, ended]


def _output(node: Blackboard, expression: str, memory: Memory, look: Look) -> Json:
    names = values.whole(node, memory, look)
    return look.value(expression or "board", names)


def _closed(node: Blackboard, state: StepState, memory: Memory, why: str, reason: str = "") -> BoardClosed:
    turns = {name: side.turns for name, side in memory.sides.items() if name != FIRST}
    return BoardClosed(path=state.path, why=why, reason=reason, turns=turns, versions=memory.versions)


def _eager(node: Blackboard, memory: Memory, ready: Sequence[Contributor]) -> str:
    """Say who would go on, and what has changed for them."""
    said = []
    for one in ready[:_MOST_NAMED]:
        side = memory.side(one.name)
        changed = contributions.moved(memory, side, sorted(one.watches(node.keys)))
        about = ", ".join(
            f"'{key}' went from {side.seen.get(key, 0)} to {memory.version(key)} by {memory.keys[key].by}"
            for key in changed
        )
        said.append(f"{one.name} would go on after turn {side.turns}" + (f" because {about}" if about else ""))
    return "; ".join(said)


def _versions(node: Blackboard, memory: Memory) -> str:
    never = [key for key in node.keys if not memory.version(key)]
    stand = ", ".join(f"{key} at version {version}" for key, version in memory.versions.items())
    nobody = f"nobody wrote {', '.join(never)}" if never else ""
    return "; ".join(filter(None, (stand, nobody)))


def _lacking(node: Blackboard, memory: Memory, look: Look) -> str:
    """Say what the result lacks beyond what its latest turns lack: older turns whose values stand, and who is out."""
    said = [f"{name}: {side.why}" for name, side in memory.sides.items() if side.stand == Stand.OUT and side.why]
    for key, entry in memory.keys.items():
        turn = look.child(turn_path(look.path, entry.by, entry.turn))
        if turn is not None and turn.degraded and entry.turn != memory.side(entry.by).turns:
            said.append(f"{key} by {entry.by}: {turn.degraded}")
    return "; ".join(said[:_MOST_NAMED])
