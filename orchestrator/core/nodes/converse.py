"""Kind `converse`: agents write to each other through inboxes, until everybody is quiet or all have answered.

Whoever has mail and is not at work takes a turn: a step of its own, the next generation of its peer, which is given its
whole inbox. What it sends goes into the inboxes of others; mail of one that failed waits until it is tried again or
replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from orchestrator.core import breach, ids, sharing
from orchestrator.core.conversations import ending, guard, routing, words
from orchestrator.core.conversations.checking import check_converse
from orchestrator.core.conversations.definition import ARBITER, BEGIN, PERSON, Converse
from orchestrator.core.conversations.memory import OUTSIDE, Memory, Stand
from orchestrator.core.conversations.reading import read_converse
from orchestrator.core.definition import Node
from orchestrator.core.events import (
    Fact,
    MessageSent,
    PeerDown,
    PeerRevived,
    StepEnded,
    StepOpened,
    StepReopened,
    TimerSet,
)
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.nodes.contract import Look, Named, Usual
from orchestrator.core.outcomes import Failure
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape
from orchestrator.core.signals import Due, Ended, Reopen, SentBack, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

MINUTES, REVIVE, UNREAD = "minutes", "revive:", "unread:"
"""Timers: of the whole; of a peer that is down; of a message that nobody reads."""


class ConverseKind(Usual):
    """See the module. Its memory: `core.conversations.memory`."""

    wakes = True

    def parse(self, step: StepTree, reader: StepReader) -> Converse:
        """Read who takes part, the first messages, rules and limits."""
        return read_converse(step, reader)

    def check(self, node: Converse, types: Types) -> Shape:
        """Check that peers can read their inbox, and that what they return can be messages."""
        return check_converse(node, types)

    def children(self, node: Converse) -> tuple[Node, ...]:
        """Return the first messages, what peers do, and who decides when answers differ."""
        begin = (node.begin,) if node.begin is not None else ()
        return (*begin, *(one.node for one in node.peers), *node.deciders)

    def agents(self, node: Converse) -> tuple[str, ...]:
        """Return those who take over."""
        return tuple(one.replacement for one in node.peers if one.replacement)

    def counts(self, node: Converse) -> bool:
        """Return yes: what a turn cost is shared out over those whose messages it read."""
        return True

    def view(self, node: Converse) -> str:
        """Show who wrote what to whom."""
        return "thread"

    def names(
        self, node: Converse, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return a peer's inbox and its own notes; to who decides, what each answered."""
        memory, name = Memory.of(state), segments(inside.path)[-1].name
        if name in (ARBITER, PERSON):
            given = ending.kept_answers(node, memory, state.path, child)
            return {"answers": given, "first": next(iter(given.values()), None)}
        if name == BEGIN:
            return {}
        peer, box = node.by_name[name], memory.box(name)
        notes = {"scratch": words.notes(box, name, peer.scratch, state.path, child)} if peer.scratch else {}
        others = [one.name for one in node.peers if one.name != name]
        return {"inbox": words.inbox(box, state.path, child), "me": name, "peers": [*others], **notes}

    def start(self, node: Converse, look: Look) -> Sequence[Fact]:
        """Have the first messages put together."""
        return [*self._clock(node, look.path), StepOpened(path=words.turn_path(look.path, BEGIN, 1))]

    def on(self, node: Converse, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Take in what came back, deliver it, let those with mail take their turn, end when nobody has any."""
        match signal:
            case Ended() if signal.sent_back is not None:
                return self._pass_on(state, signal.sent_back)
            case Ended():
                return self._go_on(node, state, [], look)
            case TakenOver():
                return self._go_on(node, state, self._wound_up(node, state), look)
            case Reopen():
                return self._resume(node, state, signal, look)
            case Due():
                return self._due(node, state, signal.timer, look)
            case _:
                return []

    def _clock(self, node: Converse, path: StepPath) -> list[Fact]:
        if node.minutes is None:
            return []
        return [TimerSet(path=path, timer=MINUTES, delay_seconds=node.minutes * 60)]

    def _wound_up(self, node: Converse, state: StepState) -> list[Fact]:
        """Set every timer again, in a run that was taken over."""
        memory, path = Memory.of(state), state.path
        facts = self._clock(node, path)
        facts += [
            TimerSet(path=path, timer=f"{REVIVE}{name}", delay_seconds=node.revive_seconds or 0.0)
            for name in memory.standing(Stand.DOWN)
        ]
        letters = [one for box in memory.boxes.values() for one in box.inbox] if node.unread_seconds else []
        return facts + [_unread(node, path, one.id) for one in letters if not one.note]

    def _due(self, node: Converse, state: StepState, timer: str, look: Look) -> list[Fact]:
        memory = Memory.of(state)
        if timer == MINUTES and node.minutes is not None:
            return ending.failed(node, memory, state.path, MINUTES, f"{node.minutes:g} minutes are over", look)
        name, number = timer.removeprefix(REVIVE), timer.removeprefix(UNREAD)
        if timer.startswith(REVIVE) and memory.box(name).stand == Stand.DOWN:
            return self._go_on(node, state, [PeerRevived(path=state.path, peer=name)], look)
        if timer.startswith(UNREAD) and number.isdecimal() and not memory.judge:
            made = routing.unread(memory, int(number), state.path, node.unread_seconds or 0.0)
            return self._go_on(node, state, made, look) if made else []
        return []

    def _go_on(self, node: Converse, state: StepState, before: Sequence[Fact], look: Look) -> list[Fact]:
        """Look at everything anew: what came back, what has to stop, who can take a turn, whether it is over."""
        path, facts = state.path, list(before)
        memory = Memory.of(state)
        for fact in facts:
            memory = memory.after(fact, path)
        if memory.judge:
            return [*facts, *ending.judged(node, memory, path, look)]
        broke = self._broke(node, memory, path, look)
        for made in self._came_back(node, memory, path, look):
            memory = memory.after(made, path)
            facts.append(made)
        if broke is not None:  # what is at work ends by itself, and nobody takes a turn any more (S20)
            is_busy = bool(memory.standing(Stand.WORKING))
            return facts if is_busy else [*facts, *ending.breached(node, memory, path, *broke, look)]
        if memory.box(BEGIN).stand == Stand.FAILED:
            return [*facts, *self._not_begun(memory, path, look)]
        over = guard.beyond(node, memory)
        if over is not None:
            return [*facts, *ending.failed(node, memory, path, *over, look)]
        turns = self._turns(node, memory, path)
        if turns or memory.standing(Stand.WORKING) or memory.standing(Stand.DOWN):
            return [*facts, *turns]
        return [*facts, *self._at_rest(node, memory, path, look)]

    def _came_back(self, node: Converse, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
        """Take in every turn that is over, one after the other, and set the timers that follow."""
        facts: list[Fact] = []
        for name in (BEGIN, *node.by_name):
            stand = memory.box(name).stand
            made: list[Fact] = []
            if stand == Stand.BACK:
                made = (routing.opened(node, memory, path, look) if name == BEGIN
                        else routing.spoken(node, node.by_name[name], memory, path, look))  # fmt: skip
            elif stand == Stand.FAILED and name != BEGIN:
                turn = _turn(memory, path, name, look)
                if breach.is_one(turn) and not node.by_name[name].node.optional:
                    continue
                reason = turn.reason or turn.status.value if turn is not None else ""
                made = [routing.down(node, node.by_name[name], memory, path, reason, look)]
            for fact in made:
                memory = memory.after(fact, path)
                facts += [fact, *self._timers(node, fact)]
        return facts

    def _broke(self, node: Converse, memory: Memory, path: StepPath, look: Look) -> tuple[str, str] | None:
        """Return a peer that no budget held, and the reason; it is not tried again later, and nobody replaces it."""
        for one in node.peers:
            turn = _turn(memory, path, one.name, look)
            is_down = memory.box(one.name).stand == Stand.FAILED and not one.node.optional
            if is_down and turn is not None and breach.is_one(turn):
                return one.name, turn.reason
        return None

    def _timers(self, node: Converse, fact: Fact) -> list[Fact]:
        if isinstance(fact, MessageSent) and node.unread_seconds is not None:
            return [_unread(node, fact.path, fact.id)]
        if isinstance(fact, PeerDown) and fact.then == "revive":
            return [TimerSet(path=fact.path, timer=f"{REVIVE}{fact.peer}", delay_seconds=fact.delay_seconds)]
        return []

    def _turns(self, node: Converse, memory: Memory, path: StepPath) -> list[Fact]:
        """Open a turn for everybody who has mail; nobody takes another once all have nothing to add."""
        if all(memory.box(one.name).answered or memory.box(one.name).is_done for one in node.peers):
            return []
        free = [one for one in node.peers if memory.box(one.name).stand == Stand.IDLE and memory.box(one.name).inbox]
        return [
            StepOpened(path=words.turn_path(path, one.name, memory.box(one.name).turns + 1),
                       agent=memory.box(one.name).agent)
            for one in free
            if not guard.is_tired(node, memory, one.name)
        ]  # fmt: skip

    def _at_rest(self, node: Converse, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
        if all(memory.box(one.name).answered or memory.box(one.name).is_done for one in node.peers):
            return ending.concluded(node, memory, path, "answered", look)
        tired = guard.tired(node, memory)
        if tired:
            return ending.failed(node, memory, path, "turns", tired, look)
        return ending.concluded(node, memory, path, "quiet", look)

    def _not_begun(self, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
        turn = look.child(words.turn_path(path, BEGIN, memory.box(BEGIN).turns))
        reason, failure = (turn.reason, turn.failure) if turn is not None else ("", None)
        return [StepEnded(path=path, status=StepStatus.FAILED, failure=failure or Failure.BRANCH,
                          reason=f"{BEGIN}: {reason}")]  # fmt: skip

    def _pass_on(self, state: StepState, back: SentBack) -> list[Fact]:
        ended = StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                          sent_back_to=back.to, feedback=back.feedback)  # fmt: skip
        return ending.stopped(Memory.of(state), ended)

    def _resume(self, node: Converse, state: StepState, signal: Reopen, look: Look) -> list[Fact]:
        """Reopen the turns that were given up and the one that is wanted; mail that waited is read anew."""
        if not signal.revived:
            return [] if signal.child is None else [StepReopened(path=signal.child)]
        memory = Memory.of(state)
        facts: list[Fact] = []
        for turn in look.fallen():
            last = segments(turn.path)[-1]
            is_meant = turn.status == StepStatus.CANCELLED or turn.path == signal.child or last.name in OUTSIDE
            is_meant = is_meant or breach.is_one(turn)
            if last.generation == memory.box(last.name).turns and is_meant:
                facts.append(StepReopened(path=turn.path))
        facts = [*self._clock(node, state.path), *facts]
        is_judged_again = any(isinstance(one, StepReopened) and ids.name_of(one.path) == memory.judge for one in facts)
        return facts if is_judged_again else self._go_on(node, state, facts, look)

    def why_not_again(self, node: Converse, state: StepState, child: StepPath) -> str:
        """A turn can be done again as long as it is its peer's latest."""
        last = segments(child)[-1]
        box = Memory.of(state).box(last.name)
        if box.turns != last.generation:
            return f"{last.name} has taken turn {box.turns} since"
        is_idle = last.name in node.by_name and not (box.inbox or box.hand)
        return "its mail was returned to who sent it" if is_idle else ""

    def why_not_shared(self, node: Converse, child: StepPath, told: Sequence[str]) -> str:
        """A peer may send to anybody; what goes to nobody comes back. There is nothing to write to."""
        keys = sharing.keys_of(told)
        return f"there is no '{keys[0]}' to write to in a conversation; send it" if keys else ""

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Keep inboxes, how each peer stands, and how much was talked."""
        before = Memory.of(state)
        after = before.after(fact, state.path)
        return state if after is before else replace(state, memo={**state.memo, **after.plain()})


def _turn(memory: Memory, path: StepPath, name: str, look: Look) -> StepState | None:
    """Return the latest turn of a peer."""
    return look.child(words.turn_path(path, name, memory.box(name).turns))


def _unread(node: Converse, path: StepPath, number: int) -> TimerSet:
    return TimerSet(path=path, timer=f"{UNREAD}{number}", delay_seconds=node.unread_seconds or 0.0)
