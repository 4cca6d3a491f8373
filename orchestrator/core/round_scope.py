"""What names mean in a loop, and what its own expressions come to after a round.

After a round that gave nothing (skipped, failed, null) an expression that asks for what it gave has no value instead of
a fault: the condition does not hold, there is no score and no feedback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from orchestrator.core import codec, rounds
from orchestrator.core.expression_scan import ExpressionFault
from orchestrator.core.ids import StepPath, item
from orchestrator.core.nodes.contract import Kept, Look, Named, output_of
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.words import type_of

LONGEST_FEEDBACK = 20_000
"""Characters that are handed on; what is longer is cut, and says so."""
Child = Callable[[StepPath], StepState | None]
T = TypeVar("T")


def named(state: StepState, index: int, child: Child, *, is_scored: bool) -> dict[str, Json | Kept]:
    """Return what names mean in the round of that index."""
    before = rounds.remembered(state)
    found: dict[str, Json | Kept] = {"round": index + 1, "last": None}
    if index:
        found["last"] = given(child(item(state.path, index - 1)))
    if is_scored:
        found["best"] = given(child(item(state.path, before.best - 1))) if before.best else None
        found["scores"] = list(before.scores)
    return found


def given(over: StepState | None) -> Json | Kept:
    """Return what a round came to, as a value or where it is kept; None for one that did not come to its end."""
    return output_of(over) if over is not None and over.status == StepStatus.SUCCEEDED else None


def score(look: Look, expression: str, names: Named) -> float | None:
    """Return how good a round was; raises ExpressionFault where that is no number."""
    if not expression or names["last"] is None:
        return None
    value = look.value(expression, names)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    hint = "point it at a number, as in last.score"
    raise ExpressionFault(f"score: '{expression}' is {type_of(value)}, not a number", hint)


def holds(look: Look, condition: str, names: Named) -> bool:
    """Tell whether a loop's condition holds after a round."""
    return bool(condition) and _unless_nothing(names, lambda: look.test(condition, names), instead=False)


def feedback(look: Look, expression: str, names: Named) -> str:
    """Return what the next round is told."""
    if not expression:
        return ""
    value = _unless_nothing(names, lambda: look.value(expression, names), instead=None)
    text = value if isinstance(value, str) else "" if value is None else codec.dumps(value)
    more = len(text) - LONGEST_FEEDBACK
    return text if more <= 0 else f"{text[:LONGEST_FEEDBACK]}… ({more} more characters)"


def _unless_nothing(names: Named, evaluate: Callable[[], T], instead: T) -> T:
    try:
        return evaluate()
    except ExpressionFault:
        if names["last"] is None:
            return instead
        raise
