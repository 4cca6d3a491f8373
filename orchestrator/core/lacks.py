"""What a result lacks because something inside failed or was degraded: remembered small, said in few words (R12).

An end says what it takes from what encloses it; that remembers it until the child is done over, and says it with its
own end, so that nothing that was contained on the way is forgotten at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from orchestrator.core.events import Fact, StepEnded, StepOpened, StepReopened, StepsReopened
from orchestrator.core.ids import ROOT, segments
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

MEMO = "lacks"
"""The name in a step's memory, beside what its kind remembers: `named` (child to words) and `items` (only counted)."""
MOST_REASONS = 3
MOST_LETTERS = 300
"""Of all that is said of one step."""

Memory = Mapping[str, Mapping[str, Json]]


def told(fact: StepEnded, state: StepState | None) -> StepEnded:
    """Return an end with what its result lacks, and with what that takes from what encloses it."""
    inside = words(state) if fact.status == StepStatus.SUCCEEDED and state is not None else ""
    if fact.degraded or inside:
        fact = replace(fact, degraded=_cut("; ".join(filter(None, (fact.degraded, inside))), MOST_LETTERS))
    is_sent_back = bool(fact.sent_back_to or fact.feedback)
    if fact.path == ROOT or is_sent_back:
        return fact
    return replace(fact, lack=_cut(lack(fact), MOST_LETTERS))


def lack(end: StepEnded | StepState) -> str:
    """Say what an ended step lacks; empty when it is whole, or was not meant to be done."""
    if end.status == StepStatus.FAILED:
        return f"it failed: {end.reason}" if end.reason else "it failed"
    return end.degraded


def words(state: StepState) -> str:
    """Say what the result of a step lacks by what is inside it; empty when nothing does."""
    memory = _memory(state)
    if not memory:
        return ""
    named, items = memory.get("named", {}), memory.get("items", {})
    reasons = [*_counted(items, state), *(f"{name}: {text}" for name, text in named.items())]
    more = len(reasons) - MOST_REASONS
    last = [f"and {more} more"] if more > 0 else []
    return "; ".join([*_sharing(reasons[:MOST_REASONS], MOST_LETTERS - sum(map(len, last)) - 2), *last])


def _sharing(texts: list[str], room: int) -> Iterator[str]:
    """Cut texts so that all of them have room; what a short one leaves goes to those after it."""
    for left, text in zip(range(len(texts), 0, -1), texts, strict=True):
        part = _cut(text, room // left - 2)
        room -= len(part) + 2
        yield part


def remembered(before: StepState, after: StepState, fact: Fact) -> StepState:
    """Return the state a kind made of a fact, with what the step lacks as the fact changes it."""
    if MEMO not in before.memo and not (isinstance(fact, StepEnded) and fact.lack):
        return after
    memory = _changed(_memory(before), before, fact)
    kept = {name: value for name, value in memory.items() if value}
    rest = {name: value for name, value in after.memo.items() if name != MEMO}
    return replace(after, memo={**rest, MEMO: cast("Json", kept)} if kept else rest)


def _changed(memory: Memory, state: StepState, fact: Fact) -> Memory:
    match fact:
        case StepsReopened() if fact.path == state.path:
            return _without(memory, fact.names)
        case StepEnded() if fact.path != state.path and fact.lack:
            return _counting(memory, state, fact) if fact.path.endswith("]") else _naming(memory, fact)
        case StepReopened() if fact.path != state.path and fact.path.endswith("]"):
            items = memory.get("items", {})
            left = max(cast("int", items.get("failed", 0)) - (fact.was == StepStatus.FAILED), 0)
            return {**memory, "items": _positive({**items, "failed": left})}
        case StepOpened() | StepReopened() if fact.path != state.path:
            return _without(memory, (segments(fact.path)[-1].name,))
        case _:
            return memory


def _naming(memory: Memory, fact: StepEnded) -> Memory:
    named = dict(_without(memory, (segments(fact.path)[-1].name,)).get("named", {}))
    return {**memory, "named": {**named, segments(fact.path)[-1].name: fact.lack}}


def _counting(memory: Memory, state: StepState, fact: StepEnded) -> Memory:
    items = memory.get("items", {})
    key = "failed" if fact.status == StepStatus.FAILED else "degraded"
    counted: dict[str, Json] = {**items, key: cast("int", items.get(key, 0)) + 1}
    if key == "degraded" and "first" not in items:
        index = segments(fact.path)[-1].indices[-1]
        which = f"round {index + 1}:" if state.kind == "loop" else f"[{index}]"
        counted["first"] = _cut(f"{which} {fact.lack}", MOST_LETTERS // 3)
    return {**memory, "items": counted}


def _without(memory: Memory, names: tuple[str, ...]) -> Memory:
    left = {name: text for name, text in memory.get("named", {}).items() if name not in names}
    return {**memory, "named": left}


def _positive(counts: Mapping[str, Json]) -> Mapping[str, Json]:
    return {name: value for name, value in counts.items() if value}


def _counted(items: Mapping[str, Json], state: StepState) -> list[str]:
    n, noun = (state.memo.get("judged"), "rounds") if state.kind == "loop" else (state.memo.get("n"), "items")
    of = f" of {n} {noun}" if isinstance(n, int) else f" {noun}"
    failed, degraded = items.get("failed", 0), items.get("degraded", 0)
    found = [f"{failed}{of} failed"] if failed else []
    return [*found, f"{degraded}{of} degraded, first {items.get('first')}"] if degraded else found


def _memory(state: StepState) -> Memory:
    return cast("Memory", state.memo.get(MEMO, {}))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
