"""View `pool`: what a supervisor found of the work each time it came back, and how each agent does (P4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.partials.story import told
from dashboard.partials.views.contract import MOST, Seen
from orchestrator.core.events import HandoffJudged
from orchestrator.core.ids import StepPath, segments
from orchestrator.models import Event
from orchestrator.queries.heard import heard

MOVES = ("slots.set", "work.taken", "work.moved")
"""Facts about who may do how much, and about work that goes to somebody else."""
HEARD = 500
"""Judgements that are counted; a pool counts all of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One agent; what is unknown is None."""

    name: str
    at_work: int
    passed: int
    failed: int
    seconds: float | None
    """About how long a piece of work takes it."""
    slots: int | None
    status: str
    has_none: bool
    """Whether it rests: it gets nothing but a trial now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one piece of work."""

    n: int
    path: str
    name: str
    agent: str
    status: str
    what: str
    why: str
    seconds: float | None


def context(seen: Seen) -> dict[str, object]:
    """Return agents, the last verdicts and the last moves, newest first."""
    judged = heard(seen.at.run, seen.path, (HandoffJudged.type,), HEARD, below=True)
    moves = heard(seen.at.run, seen.path, MOVES, MOST) if _is_pool(seen) else []
    return {
        "workers": _workers(seen, judged)[:MOST], "verdicts": [_verdict(one) for one in judged[: -MOST - 1 : -1]],
        "earlier": max(len(judged) - MOST, 0), "moves": [(one.n, told(one)) for one in reversed(moves)],
        "total": seen.memo.get("n"), "is_pool": _is_pool(seen),
        "over": int(seen.memo.get("ok", 0)) + int(seen.memo.get("failed", 0)),
        "waiting": len(seen.memo.get("waiting", ())), "checks": getattr(_work(seen), "checks", ()),
    }  # fmt: skip


def _is_pool(seen: Seen) -> bool:
    """Tell whether it is a list that is worked off, and not one hand-off."""
    return hasattr(seen.node, "bounds")


def _work(seen: Seen) -> object:
    """Return the hand-off it is about: of a pool its body, of a ladder with levels the one with all its rungs."""
    cases = getattr(seen.node, "cases", ())
    return cases[0] if cases else getattr(seen.node, "body", seen.node)


def _workers(seen: Seen, judged: Sequence[Event]) -> list[Worker]:
    """Return the agents as their pool remembers them; those of a single hand-off by what was found of their work."""
    names: Sequence[str] = getattr(seen.node, "agents", ()) or getattr(_work(seen), "agents", ())
    if _is_pool(seen):
        kept: Mapping[str, Mapping[str, Any]] = seen.memo.get("agents") or {}
        bounds = getattr(seen.node, "bounds", None)
        return [_pooled(name, kept.get(name, {}), getattr(bounds, "least", None)) for name in names]
    passed = Counter(str(one.data["agent"]) for one in judged if one.data["verdict"] == "pass")
    every = Counter(str(one.data["agent"]) for one in judged)
    times = {str(one.data["agent"]): one.data.get("seconds") for one in judged}
    at_work = str(seen.memo.get("agent", "")) if seen.step.status == "running" else ""
    return [
        Worker(name=name, at_work=int(name == at_work), passed=passed[name], failed=every[name] - passed[name],
               seconds=times.get(name), slots=None, status=_status(name == at_work), has_none=False)
        for name in names
    ]  # fmt: skip


def _pooled(name: str, kept: Mapping[str, Any], least: int | None) -> Worker:
    slots = kept.get("slots", least)
    at_work = len(kept.get("at", ()))
    return Worker(name=name, at_work=at_work, passed=kept.get("passed", 0), failed=kept.get("failed", 0),
                  seconds=kept.get("seconds"), slots=slots, status=_status(bool(at_work)),
                  has_none=slots == 0)  # fmt: skip


def _status(is_at_work: bool) -> str:
    return "running" if is_at_work else "idle"


def _verdict(event: Event) -> Verdict:
    sentence, path = told(event), str(event.data.get("child") or event.path)
    item, tries = segments(StepPath(event.path))[-1].indices, segments(StepPath(path))[-1].generation
    name = f"[{item[-1]}], try {tries}" if item else f"try {tries}"
    return Verdict(n=event.n, path=path, name=name, agent=str(event.data.get("agent") or ""), status=sentence.status,
                   what=str(event.data.get("verdict", "")), why=str(event.data.get("why") or ""),
                   seconds=event.data.get("seconds"))  # fmt: skip
