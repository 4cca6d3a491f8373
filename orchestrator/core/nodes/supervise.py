"""Kind `supervise`: a pool of agents with equal contracts works off a list, watched by their supervisor (P4).

Each item is a hand-off. Work stays in one queue until an agent has a free slot, so a slow agent holds back only what it
has. How many slots an agent has, who is slow, who rests and who is tried again is decided in `reliability.slots`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, cast

from orchestrator.core import breach, lists, pools
from orchestrator.core.breach import Breach
from orchestrator.core.definition import Node
from orchestrator.core.events import (
    AttemptQueued,
    Fact,
    MapResumed,
    MapSized,
    SlotsSet,
    StepEnded,
    StepReopened,
    StepsOpened,
    SubtreeCancelled,
)
from orchestrator.core.ids import StepPath
from orchestrator.core.merges import agent as by_agent
from orchestrator.core.merges import keyed
from orchestrator.core.merges.contract import Merging, Share
from orchestrator.core.merges.reading import PLAIN, asked, check_merge, read_merge
from orchestrator.core.nodes.contract import Look, Named, Usual, taken_up
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_steps import Blank, StepReader, StepTree
from orchestrator.core.patterns.contract import made, written_out
from orchestrator.core.pool_moves import filled, mended, taken
from orchestrator.core.pools import count, index
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape, of_list
from orchestrator.core.signals import Ended, Judged, More, Reopen, Reported, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, StepStatus
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of
from orchestrator.reliability import slots
from orchestrator.reliability.slots import Bounds, Worker

MERGE = "merge"
CHUNK = 250
"""Items that come into being in one advance."""
MOST_SLOTS = 100
UNHEARD = "it is not heard of while others are"

_WORK = ("agents", "with", "retry", "timeout", "check", "judge", "retries", "degrade", "escalate")
_OF_LIST = ("as", "slots", "tolerate", "merge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervise(Node):
    """Have a list worked off by a pool of agents."""

    kind: ClassVar[str] = "supervise"

    agents: tuple[str, ...]
    over: str
    """Path of the list."""
    as_: str = "item"
    body: Node
    """The hand-off each item is."""
    bounds: Bounds = field(default_factory=Bounds)
    """Slots of each agent."""
    tolerate: int = 0
    """How many items may fail; their result is then null."""
    merge: Merging = field(default_factory=Merging)
    """How their results become one."""


class SuperviseKind(Usual):
    """See the module. Its memory: `n` items, `made` of them exist, `next` to begin, `ok`, `failed`; `core.pools`."""

    name = Supervise.kind

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read the agents, the list, and what must hold of each result; without a list it is a single hand-off."""
        if by_agent.is_meant(step) and "over" in step.own.inner_names():
            return written_out(by_agent.write(self.name, step, reader), step, reader, "merge")
        fields = reader.fields(step.own, ("over", *_OF_LIST, *_WORK), "'supervise'", required=("agents",))
        work: dict[str, Tree] = {one: fields[one] for one in _WORK if one in fields}
        if "agents" not in work:
            return Blank(**step.common)
        if "over" not in fields:
            return self._single(step, fields, work, reader)
        name = lists.item_name(fields.get("as"), reader)
        body = made({"handoff": {**work, "pool": True}}, step.own)
        return Supervise(
            agents=tuple(dict.fromkeys(_names(fields["agents"]))),
            over=reader.expression(fields.get("over")),
            as_=name,
            body=reader.step(body, name=step.common["id"]),
            bounds=_read_bounds(fields.get("slots"), reader),
            tolerate=reader.whole(fields.get("tolerate"), 0, least=0),
            merge=keyed.settled(read_merge(fields.get("merge"), None, reader), name),
            **step.common,
        )

    def _single(self, step: StepTree, fields: Mapping[str, Tree], work: dict[str, Tree], reader: StepReader) -> Node:
        for name in (name for name in _OF_LIST if name in fields):
            reader.wrong(fields[name], f"'{name}' goes with 'over'", "name the list, or remove it", at_name=True)
        return written_out({"handoff": work}, step, reader, self.name)

    def check(self, node: Supervise, types: Types) -> Shape:
        """Check that it goes over a list, the hand-off once for any item, and that results can be put together."""
        own = types.written(node).own
        over = own.value.get("over") if isinstance(own.value, dict) else None
        items = lists.items(node.over, over, types)
        given = types.within(node.as_, items).check(node.body)
        if node.merge.how in PLAIN:
            at = own.at("merge.key")
            return keyed.check(node.merge, items, given, at, types.reader) if node.merge.options else of_list(given)
        return check_merge(node.merge, [Share(who="each item", shape=given, tree=own, is_agent=False)], types.reader)

    def children(self, node: Supervise) -> tuple[Node, ...]:
        """Return the hand-off that each item is."""
        return (node.body,)

    def agents(self, node: Supervise) -> tuple[str, ...]:
        """Return the pool."""
        return node.agents

    def view(self, node: Supervise) -> str:
        """Show what was found of each result, and how each agent does."""
        return "pool"

    def names(
        self, node: Supervise, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return the item."""
        return {node.as_: inside.item}

    def start(self, node: Supervise, look: Look) -> Sequence[Fact]:
        """Read the list, and give every agent what it has slots for."""
        items = look.value(node.over)
        if not isinstance(items, list):
            reason = f"over: '{node.over}' is {type_of(items)}, not a list; point it at a list"
            return [StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.EXPRESSION, reason=reason)]
        sized = MapSized(path=look.path, n=len(items))
        if not items:
            return [sized, self._of_nothing(node, look.path)]
        return self._filled(node, look.state, [sized, _chunk(look.path, items, 0)], look)

    def _of_nothing(self, node: Supervise, path: StepPath) -> Fact:
        if node.merge.how in PLAIN:
            return StepEnded(path=path, status=StepStatus.SUCCEEDED, output={} if node.merge.options else [])
        return self._merge(node, path, 0, 1)

    def on(self, node: Supervise, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Measure who was heard of, move what waits behind the slow, give out what can begin, merge at the end."""
        match signal:
            case Judged():
                return self._heard(node, state, signal, look)
            case Ended() if signal.sent_back is not None:
                return self._stop(state, StepEnded(
                    path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                    sent_back_to=signal.sent_back.to, feedback=signal.sent_back.feedback))  # fmt: skip
            case Ended():
                return self._ended(node, state, signal, look)
            case More():
                return self._more(node, state, look)
            case Reported() if signal.attempt == state.attempt:
                return [self._collected(state, signal)]
            case TakenOver():
                return self._take_up(node, state, look)
            case Reopen():
                return self._resume(node, state, signal, look)
            case _:
                return []

    def _heard(self, node: Supervise, state: StepState, signal: Judged, look: Look) -> list[Fact]:
        """Set the agent's slots by what was found, and take from whoever has too much what it has not begun."""
        if self._broke(node, state):
            return self._settled(node, state)
        if not signal.agent:
            return self._filled(node, state, [], look)
        known, good = self._workers(node, state), pools.is_good(signal.verdict, signal.failed)
        waits = count(state, "next") < count(state, "n") or bool(pools.waiting(state))
        changes = slots.changes(signal.agent, known, node.bounds, good, waits)
        facts: list[Fact] = [
            SlotsSet(path=state.path, agent=name, slots=now, was=known[name].slots, why=why)
            for name, (now, why) in changes.items()
        ]  # fmt: skip
        facts += self._taken(node, state, known, changes, look) if len(known) > 1 else []
        return facts if signal.verdict in ("pass", "degrade", "fail") else self._filled(node, state, facts, look)

    def _taken(
        self,
        node: Supervise,
        state: StepState,
        known: Mapping[str, Worker],
        changes: Mapping[str, tuple[int, str]],
        look: Look,
    ) -> list[Fact]:
        """Take what is more than an agent has slots for now, and all that waits behind one nobody hears of."""
        facts: list[Fact] = []
        for name, one in known.items():
            now, why = (
                (0, UNHEARD) if slots.is_overdue(name, known, node.bounds) else changes.get(name, (one.slots, ""))
            )
            if why and len(one.at) > now:
                facts += taken(state, name, one.at, len(one.at) - now, why, look)
        return facts

    def _workers(self, node: Supervise, state: StepState) -> dict[str, Worker]:
        return pools.workers(state, node.agents, node.bounds.least)

    def _filled(self, node: Supervise, state: StepState, facts: list[Fact], look: Look) -> list[Fact]:
        return filled(state, node.agents, node.bounds, facts, look)

    def _ended(self, node: Supervise, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        n, failed = count(state, "n"), count(state, "failed")
        if self._broke(node, state):
            return self._settled(node, state)
        if failed > node.tolerate:
            return self._failed(node, state, signal.failure or Failure.BRANCH, signal.reason)
        if count(state, "ok") + failed == n:
            return [] if state.attempt_status in LIVE else [self._merge(node, state.path, n, state.attempt + 1)]
        return self._filled(node, state, [], look)

    def _failed(self, node: Supervise, state: StepState, failure: Failure, last: str) -> list[Fact]:
        reason = f"{count(state, 'failed')} of {count(state, 'n')} items failed, {node.tolerate} may; last: {last}"
        ended = StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=reason)
        return self._stop(state, ended)

    def _broke(self, node: Supervise, state: StepState) -> Breach | None:
        """Return what no budget held, where more failed than may: then nothing begins any more (S20)."""
        return breach.remembered(state) if count(state, "failed") > node.tolerate else None

    def _settled(self, node: Supervise, state: StepState) -> list[Fact]:
        """Fail after a breach once nothing is at work; what waits for an agent gets none."""
        broke, over = self._broke(node, state), count(state, "ok") + count(state, "failed")
        at_work = count(state, "next") - over - len(pools.waiting(state))
        return self._failed(node, state, Failure.OVER_BUDGET, broke.reason) if broke and not at_work else []

    def _more(self, node: Supervise, state: StepState, look: Look) -> Sequence[Fact]:
        facts = [] if self._broke(node, state) else self._rest(node, state, look)
        return self._filled(node, state, facts, look) if facts else []

    def _take_up(self, node: Supervise, state: StepState, look: Look) -> Sequence[Fact]:
        n, failed = count(state, "n"), count(state, "failed")
        if "n" not in state.memo:
            return self.start(node, look)
        if failed > node.tolerate:
            reason = "it failed in the run this one was taken from"
            return self._ended(node, state, Ended(child=state.path, status=StepStatus.FAILED, reason=reason), look)
        if count(state, "ok") + failed == n:
            return [self._merge(node, state.path, n, taken_up(state))]
        facts = mended(state, node.agents, node.bounds, look)
        return self._filled(node, state, [*facts, *self._rest(node, state, look)], look)

    def _rest(self, node: Supervise, state: StepState, look: Look) -> list[Fact]:
        """Open the chunk that it had not come to: the message that would have done so is gone."""
        if count(state, "made") >= count(state, "n"):
            return []
        return [_chunk(state.path, cast("list[Json]", look.value(node.over)), count(state, "made"))]

    def _resume(self, node: Supervise, state: StepState, signal: Reopen, look: Look) -> Sequence[Fact]:
        """Reopen what was given up, and what failed as far as it is wanted; give it out with what had not begun."""
        if "n" not in state.memo:
            return self.start(node, look)
        fallen, waits = look.fallen(), {one.item for one in pools.waiting(state)}
        failed = [one.path for one in fallen if one.status == StepStatus.FAILED and index(one.path) not in waits]
        wanted = [path for path in failed if path == signal.child]
        redo = failed if len(failed) - len(wanted) > node.tolerate else wanted
        again = [one.path for one in fallen if one.status == StepStatus.CANCELLED] + redo
        again.sort(key=index)
        waiting = count(state, "made") - count(state, "next") if signal.revived else 0
        facts: list[Fact] = [MapResumed(path=state.path, waiting=waiting)] if waiting else []
        facts += [StepReopened(path=path, was=_status(look.child(path))) for path in again]
        facts += self._rest(node, state, look) if signal.revived else []
        found = facts if again else self._filled(node, state, facts, look)  # who is reopened asks for somebody itself
        return found or [self._merge(node, state.path, count(state, "n"), state.attempt + 1)]

    def _merge(self, node: Supervise, path: StepPath, n: int, attempt: int) -> Fact:
        given: dict[str, Json] = {"how": "items", "n": n, **asked(node.merge)}
        return AttemptQueued(path=path, attempt=attempt, agent=MERGE, input=given)

    def _collected(self, state: StepState, signal: Reported) -> Fact:
        if signal.failure == Failure.LOST:
            return AttemptQueued(path=state.path, attempt=state.attempt + 1, agent=MERGE, why=signal.reason)
        if not signal.ok:
            return StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure, reason=signal.reason)
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=signal.output,
                         output_ref=signal.output_ref, degraded=signal.degraded)  # fmt: skip

    def _stop(self, state: StepState, ended: StepEnded) -> list[Fact]:
        is_merging = state.attempt_status in LIVE  # several ended at once, and the first of them began it
        unfinished = count(state, "ok") + count(state, "failed") < count(state, "made") or is_merging
        return [SubtreeCancelled(path=state.path, reason=ended.reason), ended] if unfinished else [ended]

    def why_not_again(self, node: Supervise, state: StepState, child: StepPath) -> str:
        """An item can be done again until the results are put together."""
        if state.attempt_status in LIVE:
            return "the results are being put together without it"
        return "it waits for an agent already" if index(child) in {one.item for one in pools.waiting(state)} else ""

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Count, and keep the books of who has what."""
        return pools.fold(state, fact)


def _chunk(path: StepPath, items: Sequence[Json], first: int) -> StepsOpened:
    return StepsOpened(path=path, first=first, items=tuple(items[first : first + CHUNK]))


def _names(tree: Tree) -> Iterable[str]:
    return (one.value.strip() for one in tree.inner() if isinstance(one.value, str) and one.value.strip())


def _read_bounds(tree: Tree | None, reader: StepReader) -> Bounds:
    if tree is None:
        return Bounds()
    fields = reader.fields(tree, ("least", "most"), "'slots'")
    least = reader.whole(fields.get("least"), 1, least=1, most=MOST_SLOTS)
    most = reader.whole(fields.get("most"), max(least, Bounds().most), least=1, most=MOST_SLOTS)
    if most < least:
        reader.wrong(tree, f"'most' is {most}, but 'least' is {least}", "let most be the larger one")
    return Bounds(least=least, most=max(most, least))


def _status(state: StepState | None) -> StepStatus:
    return StepStatus.FAILED if state is None else state.status
