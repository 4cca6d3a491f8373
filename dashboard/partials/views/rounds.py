"""View `rounds`: each round of a loop with its score, what it was told, what changed in it, and why it was the last."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.partials.differences import Change, changes
from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import Said, given_by, lines
from orchestrator.core import records
from orchestrator.core.events import RoundJudged
from orchestrator.core.ids import StepPath, item
from orchestrator.core.rounds import Rounds
from orchestrator.core.status import STEP_ENDED
from orchestrator.models import Step
from orchestrator.queries.heard import heard

LONGEST = 40_000
"""Characters of outputs that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round."""

    number: int
    path: str
    status: str
    score: float | None
    width: int
    """Of its score's bar, from 0 to 100."""
    is_best: bool
    told: str
    """What it was told of the round before."""
    gave: Said | None
    changes: tuple[Change, ...]
    """How its output differs from that of the round before."""
    is_same: bool
    reason: str

    @property
    def name(self) -> str:
        """Return what it is called."""
        return f"Round {self.number}"

    @property
    def added(self) -> int:
        """Return how many lines are new."""
        return sum(one.mark == "+" for one in self.changes)

    @property
    def taken(self) -> int:
        """Return how many lines are gone."""
        return sum(one.mark == "-" for one in self.changes)


def context(seen: Seen) -> dict[str, object]:
    """Return the last rounds, newest last, and why there is no other."""
    memory = records.read(Rounds, seen.memo)
    facts = {one.data["round"]: one.data for one in heard(seen.at.run, seen.path, (RoundJudged.type,), MOST)}
    first = max(memory.judged + 1 - MOST, 0)
    paths = [item(StepPath(seen.path), index) for index in range(max(first - 1, 0), memory.judged + 1)]
    steps = seen.at.rows(paths)
    scores = [one["score"] for one in facts.values() if one.get("score") is not None]
    made = []
    for index in range(first, memory.judged + 1):
        step = steps.get(item(StepPath(seen.path), index))
        if step is not None:
            before = steps.get(item(StepPath(seen.path), index - 1)) if index else None
            score = facts.get(index + 1, {}).get("score")
            made.append(_round(index + 1, step, before, score, scores, memory))
    return {
        "rounds": made, "is_scored": bool(scores), "earlier": first, "best": memory.best,
        "best_score": memory.best_score,
        "end": _end(seen.step, memory), "until": getattr(seen.node, "until", ""),
    }  # fmt: skip


def _round(
    number: int, step: Step, before: Step | None, score: float | None, scores: list[float], memory: Rounds
) -> Round:
    told, differs = step.feedback, _differs(before, step)
    return Round(
        number=number, path=step.path, status=step.status, score=score, width=_width(score, scores),
        is_best=number == memory.best, told=told, gave=given_by(step), changes=differs or (), is_same=differs == (),
        reason=step.reason,
    )  # fmt: skip


def _width(score: float | None, scores: list[float]) -> int:
    """Return how long a score's bar is: from zero, or from the lowest where that is below it."""
    if score is None:
        return 0
    low, high = min(0.0, *scores), max(scores)
    return round(100 * (score - low) / (high - low)) if high > low else 100


def _differs(before: Step | None, step: Step) -> tuple[Change, ...] | None:
    """Return what differs; nothing where it is the same, None where there is nothing to compare, or too much."""
    if before is None or before.output is None or step.output is None:
        return None
    texts = lines(before.output), lines(step.output)
    return changes(*texts) if max(map(len, texts)) <= LONGEST else None


def _end(step: Step, memory: Rounds) -> str:
    if step.status not in STEP_ENDED:
        return ""
    if step.reason or step.degraded:
        return step.reason or step.degraded
    if memory.done:
        return f"its condition holds with round {memory.judged}"
    return f"all {memory.judged} rounds are done" if memory.judged else ""
