"""A budget that does not hold a call: what encloses the step begins nothing new and lets what is at work end (S20).

Any other failure that can't be tolerated gives its siblings up at once. Calls in flight are paid for in any case, so
after a breach their results are waited for, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, cast

from orchestrator.core.events import StepEnded
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.state import StepState

MEMO = "breach"


class Breach(NamedTuple):
    """The child that no budget held."""

    path: StepPath
    reason: str

    @property
    def name(self) -> str:
        """Return its name among its siblings."""
        return segments(self.path)[-1].name


def noted(state: StepState, fact: StepEnded) -> dict[str, Json]:
    """Return what to remember of a breach once a child has ended; nothing without one."""
    if fact.failure == Failure.OVER_BUDGET:
        return {MEMO: [fact.path, fact.reason]}
    return kept(state)


def forgotten(memo: Mapping[str, Json]) -> dict[str, Json]:
    """Return a memory without a breach: what failed is tried again."""
    return {name: value for name, value in memo.items() if name != MEMO}


def remembered(state: StepState) -> Breach | None:
    """Return what no budget held; None where there was no breach."""
    found = state.memo.get(MEMO)
    return Breach(*cast("tuple[StepPath, str]", found)) if found else None


def among(state: StepState, paths: Iterable[StepPath], child: Callable[[StepPath], StepState | None]) -> Breach | None:
    """Return the first of some ended children that no budget held: of several, the last one noted may not count."""
    if MEMO not in state.memo:
        return None
    states = (child(path) for path in paths)
    broke = (one for one in states if one is not None and one.failure == Failure.OVER_BUDGET)
    return next((Breach(one.path, one.reason) for one in broke), None)


def kept(state: StepState) -> dict[str, Json]:
    """Return what a step still knows of a breach, when the rest of its memory is written anew."""
    return {MEMO: state.memo[MEMO]} if MEMO in state.memo else {}


def is_one(state: StepState | None) -> bool:
    """Tell whether a step ended because no budget held it."""
    return state is not None and state.failure == Failure.OVER_BUDGET
