"""What a step remembers of the run it waits for, and what its run counts of it. Pure.

A child run that is at work counts as one attempt of its parent's, one that waits for people as one gate: so the parent
is said to wait when nothing is at work anywhere below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from orchestrator.core.events import ChildDropped, ChildEnded, ChildMoved, ChildRequested, ChildRetried, Fact
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import RunStatus

MEMO = "child"
"""Where the memory of a step of any kind holds its child run: `run`, its `number` and `status`, `usd` and `tokens`."""
KEPT = "kept"
"""Instead of a status: the run belongs to the run that this one was forked from."""
OF_CHILD = (ChildRequested, ChildRetried, ChildMoved, ChildEnded, ChildDropped)
_AT_REST = (RunStatus.WAITING, RunStatus.PAUSED)


def child_of(state: StepState) -> Mapping[str, Json]:
    """Return what is remembered of the child run; empty when there never was one."""
    return cast("Mapping[str, Json]", state.memo.get(MEMO, {}))


def awaited(state: StepState) -> str:
    """Return the id of the child run that a step waits for; empty when it waits for none."""
    child = child_of(state)
    return str(child["run"]) if child.get("status") in (RunStatus.RUNNING, *_AT_REST) else ""


def kept(state: StepState) -> StepState:
    """Return a step as another run takes it over: the run below it is another's; one that is over is only named."""
    if MEMO not in state.memo:
        return state
    rest = {name: value for name, value in state.memo.items() if name != MEMO}
    child: dict[str, Json] = {**child_of(state), "status": KEPT}
    return replace(state, memo=rest if awaited(state) else {**rest, MEMO: child})


def remember(state: StepState, fact: Fact) -> StepState:
    """Return the step after a fact about its child run."""
    child = dict(child_of(state))
    match fact:
        case ChildRequested():
            number = cast("int", child.get("number", 0)) + 1
            child = {"run": fact.run, "status": RunStatus.RUNNING.value, "number": number}
        case ChildRetried():
            child["status"] = RunStatus.RUNNING.value
        case ChildMoved() | ChildEnded():
            child["status"] = fact.status.value
        case ChildDropped():
            child["status"] = RunStatus.CANCELLED.value
        case _:
            return state
    if isinstance(fact, ChildEnded):
        child |= {"usd": _more(child.get("usd"), fact.cost_usd), "tokens": _sum(child.get("tokens"), fact.tokens)}
    return replace(state, memo={**state.memo, MEMO: child})


def counted(run: RunState, state: StepState | None, fact: Fact) -> dict[str, Any]:
    """Return what a fact about a child run changes of the run; `state` is the step before it."""
    before = child_of(state).get("status") if state is not None and awaited(state) else None
    after: str | None = None
    if isinstance(fact, ChildRequested | ChildRetried):
        after = RunStatus.RUNNING
    elif isinstance(fact, ChildMoved):
        after = fact.status
    active = run.active + (after == RunStatus.RUNNING) - (before == RunStatus.RUNNING)
    gates = run.gates + (after in _AT_REST) - (before in _AT_REST)
    changes: dict[str, Any] = {"active": active, "gates": gates}
    if isinstance(fact, ChildEnded):
        changes["cost_usd"] = _more(run.cost_usd, fact.cost_usd)
        changes["tokens"] = _sum(run.tokens, fact.tokens)
    return changes


def since(state: StepState, cost_usd: str | None, tokens: int | None) -> tuple[str | None, int | None]:
    """Return what a child run used up since it last ended, of what it has used up in all."""
    child = child_of(state)
    usd = None if cost_usd is None else str(Decimal(cost_usd) - Decimal(str(child.get("usd") or "0")))
    return usd, None if tokens is None else tokens - cast("int", child.get("tokens") or 0)


def _more(before: Json, more: str | None) -> str | None:
    if more is None:
        return cast("str | None", before)
    return str(Decimal(str(before or "0")) + Decimal(more))


def _sum(before: Json, more: int | None) -> int | None:
    return cast("int | None", before) if more is None else cast("int", before or 0) + more
