"""What a hand-off remembers, and how its children are called: for the hand-off itself, and for a pool around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from orchestrator.core.checks import Unmet
from orchestrator.core.ids import StepPath, child
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.supervision import PERSON

WORK, JUDGE = "Work", "Judge"
UNJUDGED = "no judgement"
"""Name of what does not hold when a judge could not say whether the rest does."""


def count(state: StepState, key: str) -> int:
    """Return a number it remembers."""
    return cast("int", state.memo.get(key, 0))


def remember(state: StepState, **memo: Json) -> StepState:
    """Return the state with something more to remember."""
    return replace(state, memo={**state.memo, **memo})


def tried_of(state: StepState) -> tuple[str, ...]:
    """Return the agents that have had the work and are not asked again."""
    return tuple(cast("list[str]", state.memo.get("tried", ())))


def agent_of(agents: Sequence[str], state: StepState) -> str:
    """Return who has the work now."""
    return str(state.memo.get("agent", "")) or agents[0]


def work_of(state: StepState, more: int = 0) -> StepPath:
    """Return the path of the work, or of the try that comes `more` after it."""
    return child(state.path, WORK, max(count(state, "gen") + more, 1))


def person_of(state: StepState, more: int = 0) -> StepPath:
    """Return the path of the last question to a person, or of the one that comes `more` after it."""
    return child(state.path, PERSON, count(state, "asked") + more)


def heard(judge: StepState | None, reason: str) -> tuple[Unmet, ...]:
    """Return what does not hold as a judge sees it; one that says nothing of use has not judged."""
    said = judge.output if judge is not None and isinstance(judge.output, dict) else {}
    passed, why = said.get("passed"), str(said.get("why") or "")
    if judge is None or judge.status != StepStatus.SUCCEEDED or not isinstance(passed, bool):
        return (Unmet(UNJUDGED, reason or "it did not say whether it passed"),)
    named = said.get("failed")
    names = [str(name) for name in named] if isinstance(named, list) and named else ["judge"]
    return () if passed else (Unmet(names[0], why), *(Unmet(name) for name in names[1:]))
