"""Kind `map`: the same node for every item of a list, so many at a time.

Its output is the results in order, or what a merge makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, cast

from orchestrator.core import breach, lists
from orchestrator.core.definition import Node
from orchestrator.core.events import (
    AttemptQueued,
    Fact,
    MapResumed,
    MapSized,
    StepEnded,
    StepOpened,
    StepReopened,
    StepsOpened,
    SubtreeCancelled,
)
from orchestrator.core.ids import StepPath, item, segments
from orchestrator.core.merges import agent as by_agent
from orchestrator.core.merges import keyed
from orchestrator.core.merges.contract import Merging, Share
from orchestrator.core.merges.reading import PLAIN, asked, check_merge, read_merge
from orchestrator.core.nodes.contract import Look, Named, Usual, taken_up
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_body import BODY, read_body
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import written_out
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape, of_list
from orchestrator.core.signals import Ended, More, Reopen, Reported, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, StepStatus
from orchestrator.core.words import type_of

MERGE = "merge"
"""The built-in agent that collects the results; it runs in the worker, where references are resolved."""
CHUNK = 250
"""Items opened in one advance; the rest follows with the next."""

_OWN = ("over", "as", "concurrency", "tolerate", "merge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Node):
    """Do one node for each item of a list."""

    kind: ClassVar[str] = "map"

    over: str
    """Path of the list."""
    as_: str = "item"
    """Name of the item in expressions inside."""
    body: Node
    concurrency: int | None = None
    """How many items are at work at once; None means all."""
    tolerate: int = 0
    """How many items may fail; their result is then null."""
    merge: Merging = field(default_factory=Merging)
    """How their results become one."""


class MapKind(Usual):
    """See the module. Its memory: `n` items, `made` of them exist, `next` to begin, `ok` and `failed` so far.

    Of one that was reopened also `again`: failed items that begin again when there is room.
    """

    name = Map.kind

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read the list, the name of its items, and what is done with each."""
        if by_agent.is_meant(step):
            return written_out(by_agent.write(self.name, step, reader), step, reader, "merge")
        fields = reader.fields(step.own, (*_OWN, *BODY), "'map'", required=("over",))
        item_name = lists.item_name(fields.get("as"), reader)
        return Map(
            merge=keyed.settled(read_merge(fields.get("merge"), None, reader), item_name),
            over=reader.expression(fields.get("over")),
            as_=item_name,
            body=read_body(step, fields, _OWN, reader),
            concurrency=reader.whole(fields.get("concurrency"), None, least=1, most=10_000),
            tolerate=reader.whole(fields.get("tolerate"), 0, least=0),
            **step.common,
        )

    def check(self, node: Map, types: Types) -> Shape:
        """Check that it goes over a list, and its body once, for any item."""
        own = types.written(node).own
        over = own.value.get("over") if isinstance(own.value, dict) else None
        items = lists.items(node.over, over, types)
        given = types.within(node.as_, items).check(node.body)
        if node.merge.how in PLAIN:
            at = types.written(node).own.at("merge.key")
            return keyed.check(node.merge, items, given, at, types.reader) if node.merge.options else of_list(given)
        body = types.reader.written(node.body)
        share = Share(who="each item", shape=given, tree=body.tree if body else own, is_agent=node.body.kind == "agent")
        return check_merge(node.merge, [share], types.reader)

    def children(self, node: Map) -> tuple[Node, ...]:
        """Return the node that is done for each item."""
        return (node.body,)

    def names(
        self, node: Map, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return the item."""
        return {node.as_: inside.item}

    def view(self, node: Map) -> str:
        """Show how its results become one, where they do."""
        return "" if node.merge.how in PLAIN else "fan-in"

    def start(self, node: Map, look: Look) -> Sequence[Fact]:
        """Read the list and open the first chunk."""
        items = look.value(node.over)
        if not isinstance(items, list):
            reason = f"over: '{node.over}' is {type_of(items)}, not a list; point it at a list"
            return [StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.EXPRESSION, reason=reason)]
        sized = MapSized(path=look.path, n=len(items))
        if not items:
            return [sized, self._of_nothing(node, look.path)]
        return [sized, *self._chunk(node, look.path, items, 0, 0)]

    def _of_nothing(self, node: Map, path: StepPath) -> Fact:
        if node.merge.how in PLAIN:
            return StepEnded(path=path, status=StepStatus.SUCCEEDED, output={} if node.merge.options else [])
        return self._merge(node, path, 0, 1)

    def on(self, node: Map, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Begin the next item, open the next chunk, fail when too many failed, collect at the end."""
        match signal:
            case TakenOver():
                return self._take_up(node, state, look)
            case More():
                if _int(state, "made") >= _int(state, "n"):
                    return []
                items = cast("list[Json]", look.value(node.over))
                return self._chunk(node, state.path, items, _int(state, "made"), self._working(state))
            case Ended() if signal.sent_back is not None:
                return self._stop(state, StepEnded(
                    path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                    sent_back_to=signal.sent_back.to, feedback=signal.sent_back.feedback))  # fmt: skip
            case Ended():
                return self._ended(node, state, signal)
            case Reported() if signal.attempt == state.attempt:
                return [self._collected(state, signal)]
            case Reopen():
                return self._resume(node, state, signal, look)
            case _:
                return []

    def _chunk(self, node: Map, path: StepPath, items: list[Json], made: int, working: int) -> list[Fact]:
        upto = min(made + CHUNK, len(items))
        facts: list[Fact] = [StepsOpened(path=path, first=made, items=tuple(items[made:upto]))]
        room = (node.concurrency or len(items)) - working
        facts += [StepOpened(path=item(path, index)) for index in range(made, min(upto, made + max(room, 0)))]
        return facts

    def _ended(self, node: Map, state: StepState, signal: Ended) -> Sequence[Fact]:
        n, failed = _int(state, "n"), _int(state, "failed")
        if failed > node.tolerate:
            broke = breach.remembered(state)
            if broke and self._working(state):
                return []
            reason = (
                f"{failed} of {n} items failed, {node.tolerate} may; last: {broke.reason if broke else signal.reason}"
            )
            failure = Failure.OVER_BUDGET if broke else signal.failure or Failure.BRANCH
            return self._stop(state, StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure,
                                               reason=reason))  # fmt: skip
        if _int(state, "ok") + failed == n:
            if state.attempt_status in LIVE:  # several ended at once, and the first of them began it
                return []
            return [self._merge(node, state.path, n, state.attempt + 1)]
        if again := _again(state):
            return [StepReopened(path=item(state.path, again[0]))]
        if _int(state, "next") < _int(state, "made"):
            return [StepOpened(path=item(state.path, _int(state, "next")))]
        return []

    def _take_up(self, node: Map, state: StepState, look: Look) -> Sequence[Fact]:
        n, failed = _int(state, "n"), _int(state, "failed")
        if failed > node.tolerate:
            reason = "it failed in the run this one was taken from"
            return self._ended(node, state, Ended(child=state.path, status=StepStatus.FAILED, reason=reason))
        if _int(state, "ok") + failed == n:
            return [self._merge(node, state.path, n, taken_up(state))]
        return self._fill(node, state, _again(state), look)

    def _resume(self, node: Map, state: StepState, signal: Reopen, look: Look) -> Sequence[Fact]:
        """Reopen what was given up; begin what failed and what had not begun, as far as there is room; else collect."""
        if "n" not in state.memo:
            return self.start(node, look)
        fallen, before = look.fallen(), _again(state)
        failed = [_index(one) for one in fallen if one.status == StepStatus.FAILED and _index(one) not in before]
        wanted = [index for index in failed if item(state.path, index) == signal.child]
        redo = failed if len(failed) - len(wanted) > node.tolerate else wanted
        waiting = _int(state, "made") - _int(state, "next") if signal.revived else 0
        facts: list[Fact] = [StepReopened(path=one.path) for one in fallen if one.status == StepStatus.CANCELLED]
        facts += self._fill(node, state, (*before, *redo), look if signal.revived else None)
        if waiting or redo:
            facts.insert(0, MapResumed(path=state.path, waiting=waiting, again=tuple(redo)))
        return facts or [self._merge(node, state.path, _int(state, "n"), state.attempt + 1)]

    def _fill(self, node: Map, state: StepState, again: Sequence[int], look: Look | None) -> list[Fact]:
        """Begin what waits, as far as there is room; of a reopened map, also open the chunk that it had not come to."""
        n, made, working = _int(state, "n"), _int(state, "made"), self._working(state)
        room = max((node.concurrency or n) - working, 0)
        facts: list[Fact] = [StepReopened(path=item(state.path, index)) for index in again[:room]]
        fresh = range(_int(state, "next"), made)[: room - len(facts)]
        facts += [StepOpened(path=item(state.path, index)) for index in fresh]
        if look is not None and made < n:
            items = cast("list[Json]", look.value(node.over))
            facts += self._chunk(node, state.path, items, made, working + len(facts))
        return facts

    def _merge(self, node: Map, path: StepPath, n: int, attempt: int) -> Fact:
        return AttemptQueued(
            path=path, attempt=attempt, agent=MERGE, input={"how": "items", "n": n, **asked(node.merge)}
        )

    def why_not_again(self, node: Map, state: StepState, child: StepPath) -> str:
        """An item can be done again until the results are collected."""
        if state.attempt_status in LIVE:
            return "the results are being collected without it"
        return "it waits for room already" if segments(child)[-1].indices[-1] in _again(state) else ""

    def _stop(self, state: StepState, ended: StepEnded) -> list[Fact]:
        is_merging = state.attempt_status in LIVE  # several ended at once, and the first of them began it
        unfinished = _int(state, "ok") + _int(state, "failed") < _int(state, "made") or is_merging
        return [SubtreeCancelled(path=state.path, reason=ended.reason), ended] if unfinished else [ended]

    def _collected(self, state: StepState, signal: Reported) -> Fact:
        if signal.failure == Failure.LOST:
            return AttemptQueued(path=state.path, attempt=state.attempt + 1, agent=MERGE, why=signal.reason)
        if not signal.ok:
            return StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure, reason=signal.reason)
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=signal.output,
                         output_ref=signal.output_ref, degraded=signal.degraded)  # fmt: skip

    def _working(self, state: StepState) -> int:
        return _int(state, "next") - _int(state, "ok") - _int(state, "failed") - len(_again(state))

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Count."""
        match fact:
            case MapSized():
                return _count(state, n=fact.n, made=0, next=0, ok=0, failed=0)
            case StepsOpened():
                return _count(state, made=fact.first + len(fact.items))
            case StepOpened() if fact.path != state.path:
                return _count(state, next=_int(state, "next") + 1)
            case StepReopened() if fact.path != state.path:
                return _begun_again(state, fact)
            case MapResumed():
                failed = _int(state, "failed") - len(fact.again)
                kept = breach.forgotten(state.memo)
                return replace(state, memo={**kept, "failed": failed, "again": [*_again(state), *fact.again]})
            case StepEnded() if fact.path != state.path:
                bad = fact.status in (StepStatus.FAILED, StepStatus.CANCELLED)
                key = "failed" if bad else "ok"
                counted = _count(state, **{key: _int(state, key) + 1})
                return replace(counted, memo={**counted.memo, **breach.noted(state, fact)})
            case _:
                return state


def _int(state: StepState, key: str) -> int:
    return cast("int", state.memo.get(key, 0))


def _count(state: StepState, **counts: int) -> StepState:
    return replace(state, memo={**state.memo, **counts})


def _again(state: StepState) -> tuple[int, ...]:
    """Return the failed items that begin again when there is room."""
    return tuple(cast("list[int]", state.memo.get("again", ())))


def _index(state: StepState) -> int:
    return segments(state.path)[-1].indices[-1]


def _begun_again(state: StepState, fact: StepReopened) -> StepState:
    index = segments(fact.path)[-1].indices[-1]
    if index in _again(state):
        return replace(state, memo={**state.memo, "again": [one for one in _again(state) if one != index]})
    return _count(state, failed=_int(state, "failed") - (fact.was == StepStatus.FAILED))
