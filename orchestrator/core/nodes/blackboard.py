"""Kind `blackboard`: agents read what they share and contribute when their condition holds, until nobody has to add.

Each contribution is a turn: a step of its own, the next generation of its contributor. What it wrote comes onto the
board all at once, if nothing it read or wrote has moved meanwhile; else it has lost, and is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from orchestrator.core import breach, sharing
from orchestrator.core.blackboards import contributions, ending
from orchestrator.core.blackboards.definition import FIRST, Blackboard, Contributor
from orchestrator.core.blackboards.memory import Memory, Side, Stand, turn_path
from orchestrator.core.blackboards.reading import check_blackboard, read_blackboard
from orchestrator.core.blackboards.values import kept_of, notes_of
from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded, StepOpened, StepReopened, TimerSet
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.nodes.contract import Look, Named, Usual
from orchestrator.core.outcomes import Failure
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape
from orchestrator.core.signals import Due, Ended, Reopen, SentBack, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

MINUTES = "minutes"
"""The timer of the longest it may take."""


class BlackboardKind(Usual):
    """See the module. Its memory: `core.blackboards.memory`."""

    wakes = True

    def parse(self, step: StepTree, reader: StepReader) -> Blackboard:
        """Read keys, contributors and limits."""
        return read_blackboard(step, reader)

    def check(self, node: Blackboard, types: Types) -> Shape:
        """Check that keys, contributors and conditions fit each other."""
        return check_blackboard(node, types)

    def children(self, node: Blackboard) -> tuple[Node, ...]:
        """Return what contributors do."""
        return tuple(one.node for one in node.contributors)

    def view(self, node: Blackboard) -> str:
        """Show what stands on it, and who wrote what."""
        return "board"

    def names(
        self, node: Blackboard, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return what a contributor reads, with versions, and its own notes; all else on the board it does not see."""
        memory, one = Memory.of(state), node.by_name[segments(inside.path)[-1].name]
        if one.name == FIRST:
            return {}
        kept = {key: kept_of(memory, key, state.path, child) for key in one.reads}
        notes = {"scratch": notes_of(memory.side(one.name), one, state.path, child)} if one.scratch else {}
        return {"board": kept, "versions": {key: memory.version(key) for key in one.reads}, **notes}

    def start(self, node: Blackboard, look: Look) -> Sequence[Fact]:
        """Let those begin whose condition holds, after the first values are written."""
        return [*self._clock(node, look.path), *self._go_on(node, look.state, [], look)]

    def on(self, node: Blackboard, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Take in what came back, let those begin whose condition holds now, end when nobody does."""
        match signal:
            case Ended() if signal.sent_back is not None:
                return self._pass_on(state, signal.sent_back)
            case Ended():
                return self._go_on(node, state, [], look)
            case TakenOver():
                return [*self._clock(node, state.path), *self._go_on(node, state, [], look)]
            case Reopen():
                return self._resume(node, state, signal, look)
            case Due(timer="minutes"):
                return ending.exhausted(
                    node, state, Memory.of(state), MINUTES, f"{node.minutes:g} minutes are over", look
                )
            case _:
                return []

    def _clock(self, node: Blackboard, path: StepPath) -> list[Fact]:
        if node.minutes is None:
            return []
        return [TimerSet(path=path, timer=MINUTES, delay_seconds=node.minutes * 60)]

    def _go_on(self, node: Blackboard, state: StepState, before: list[Fact], look: Look) -> list[Fact]:
        """Look at everything anew: what came back, who failed, whether it is over, who can begin."""
        facts = list(before)
        memory = _folded(Memory.of(state), facts, state.path)
        for one in node.contributors:
            if memory.side(one.name).stand == Stand.BACK:
                made = contributions.taken(node, one, memory, state.path, look)
                memory = memory.after(made, state.path)
                facts.append(made)
        bad = [one for one in node.contributors if _has_failed(one, memory.side(one.name))]
        broke = [one for one in bad if breach.is_one(_turn(one, memory, state.path, look))]
        if broke and memory.working:  # what is at work ends by itself, and nothing begins any more (S20)
            return facts
        if bad:
            return [*facts, *self._fail(state, memory, [*broke, *bad][0], look)]
        if node.until and self._holds(node, node.until, "until", memory, look):
            return [*facts, *ending.ended(node, state, memory, "until", look)]
        ready = [one for one in node.contributors if self._is_ready(node, one, memory, look)]
        opened = self._begin(node, memory, ready, state.path)
        if opened or memory.working:
            return [*facts, *opened]
        return [*facts, *ending.at_rest(node, state, memory, ready, look)]

    def _is_ready(self, node: Blackboard, one: Contributor, memory: Memory, look: Look) -> bool:
        side = memory.side(one.name)
        if side.stand != Stand.IDLE or (one.name != FIRST and _waits_for_first(node, memory)):
            return False
        has_changed = not side.turns or side.must or contributions.moved(memory, side, one.watches(node.keys))
        if not has_changed or any(not memory.version(key) for key in one.needs):
            return False
        return not one.when or self._holds(node, one.when, f"'when' of {one.name}", memory, look)

    def _holds(self, node: Blackboard, condition: str, what: str, memory: Memory, look: Look) -> bool:
        try:
            return contributions.holds(condition, node, memory, look)
        except ExpressionFault as fault:
            raise ExpressionFault(f"{what}: {fault.reason}", fault.hint) from fault

    def _begin(self, node: Blackboard, memory: Memory, ready: Sequence[Contributor], path: StepPath) -> list[Fact]:
        """Open a turn for those who are ready, as far as limits allow."""
        may = [one for one in ready if one.limit is None or memory.side(one.name).counted < one.limit]
        room = max(node.contributions - memory.counted, 0)
        if may and may[0].name == FIRST:
            room += 1
        return [StepOpened(path=turn_path(path, one.name, memory.side(one.name).turns + 1)) for one in may[:room]]

    def _fail(self, state: StepState, memory: Memory, bad: Contributor, look: Look) -> list[Fact]:
        side = memory.side(bad.name)
        turn = _turn(bad, memory, state.path, look)
        reason, failure = side.why, Failure.SCHEMA if not side.lost else Failure.BRANCH
        if side.stand != Stand.OUT and turn is not None:
            reason, failure = turn.reason or turn.status.value, turn.failure or Failure.BRANCH
        ended = StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=f"{bad.name}: {reason}")
        return ending.stopped(state, memory, ended, f"{bad.name} failed")

    def _pass_on(self, state: StepState, back: SentBack) -> list[Fact]:
        ended = StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                          sent_back_to=back.to, feedback=back.feedback)  # fmt: skip
        return ending.stopped(state, Memory.of(state), ended, "sent back")

    def _resume(self, node: Blackboard, state: StepState, signal: Reopen, look: Look) -> list[Fact]:
        """Reopen the turns that were given up or failed, then look at everything anew with limits that begin anew."""
        if not signal.revived:
            return [] if signal.child is None else [StepReopened(path=signal.child)]
        memory = Memory.of(state)
        facts: list[Fact] = []
        for turn in look.fallen():
            last = segments(turn.path)[-1]
            one, side = node.by_name[last.name], memory.side(last.name)
            is_meant = turn.status == StepStatus.CANCELLED or turn.path == signal.child or not one.node.optional
            if last.generation == side.turns and is_meant:
                facts.append(StepReopened(path=turn.path))
        return [*self._clock(node, state.path), *self._go_on(node, state, facts, look)]

    def why_not_again(self, node: Blackboard, state: StepState, child: StepPath) -> str:
        """A turn can be done again as long as it is its contributor's latest."""
        last = segments(child)[-1]
        turns = Memory.of(state).side(last.name).turns
        return f"{last.name} has taken turn {turns} since" if turns != last.generation else ""

    def why_not_shared(self, node: Blackboard, child: StepPath, told: Sequence[str]) -> str:
        """A contributor may write its keys; there is nobody to send to."""
        one = node.by_name[segments(child)[-1].name]
        wrong = [key for key in sharing.keys_of(told) if key not in one.writes]
        if wrong:
            return f"{one.name} may not write '{wrong[0]}'; it may write {', '.join(one.writes)}"
        return "nobody has an inbox on a blackboard; write to a key instead" if sharing.names_of(told) else ""

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Keep versions, and how each contributor stands."""
        before = Memory.of(state)
        after = before.after(fact, state.path)
        return state if after is before else replace(state, memo={**state.memo, **after.plain()})


def _folded(memory: Memory, facts: Sequence[Fact], path: StepPath) -> Memory:
    for fact in facts:
        memory = memory.after(fact, path)
    return memory


def _turn(one: Contributor, memory: Memory, path: StepPath, look: Look) -> StepState | None:
    """Return the latest turn of a contributor."""
    return look.child(turn_path(path, one.name, memory.side(one.name).turns))


def _waits_for_first(node: Blackboard, memory: Memory) -> bool:
    first = memory.side(FIRST)
    return FIRST in node.by_name and (first.stand != Stand.IDLE or not first.turns or first.must)


def _has_failed(one: Contributor, side: Side) -> bool:
    """Tell whether a contributor's end is the board's end."""
    return side.stand in (Stand.FAILED, Stand.OUT, Stand.GONE) and not one.node.optional
