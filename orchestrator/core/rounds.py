"""What a loop remembers of its rounds, in a size that does not grow with them, and why it has to stop (R8). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import cast

from orchestrator.core import codec, records
from orchestrator.core.events import AttemptEnded, ChildEnded, RoundJudged
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

MOST_SCORES = 20
"""Scores that are remembered, and shown as evidence: the last ones."""
_SHOWN = 10
LONGEST_CIRCLE = 4
"""Outputs that come again and again in turn are found up to so many; more in a circle are left to the other limits."""
MOST_SAME = 10
"""The most that may be asked for as `same`, so that what is remembered stays small."""
_NEAR = 1e-9
"""So that 0.6 counts as 0.05 more than 0.55."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a loop has to stop."""

    rounds: int
    improve: float | None = None
    """How much the best score must go up; None for any more, or where nothing is asked for."""
    patience: int | None = None
    """Within how many rounds; None where that is not asked for."""
    same: int = 3
    """How often the same may come in a row, or in turn; 0 for as often as it likes."""
    budget: Mapping[str, Json] = field(default_factory=dict)
    """The most that its rounds may use: `usd`, `tokens`, `minutes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """A loop's memory. Rounds are named by their numbers, from 1; 0 is none."""

    judged: int = 0
    """How many are over."""
    begun: int = 0
    """How many were over when it was last begun anew, after it had come to no good end."""
    failed: int = 0
    kept: int = 0
    """The last round that gave something."""
    best: int = 0
    best_score: float | None = None
    mark: float | None = None
    """The score from which on an improvement is measured."""
    since: int = 0
    """How many rounds ago that was."""
    scores: tuple[float, ...] = ()
    digests: tuple[str, ...] = ()
    seconds: float = 0.0
    """How long its rounds took, since it was last begun anew."""
    usd: str | None = None
    tokens: int | None = None
    done: bool = False
    out: bool = False
    """Whether it has come to no good end."""
    more: bool = False
    """Whether the next round begins with another advance."""

    @property
    def result(self) -> int:
        """Return the round whose output is the loop's, unless its condition holds: the best, or the last."""
        return self.best or self.kept


def remembered(state: StepState) -> Rounds:
    """Read a loop's memory."""
    return records.read(Rounds, state.memo)


def written(rounds: Rounds) -> dict[str, Json]:
    """Write a loop's memory as plain JSON."""
    return cast("dict[str, Json]", codec.plain(records.plain(rounds)))


def digest(state: StepState) -> str:
    """Return the content hash of what a round came to; empty when that is nothing."""
    if state.status != StepStatus.SUCCEEDED or (state.output is None and not state.output_ref):
        return ""
    return state.output_ref[:16] or hashlib.sha256(codec.canonical(state.output).encode()).hexdigest()[:16]


def is_better(limits: Limits, rounds: Rounds, score: float) -> bool:
    """Tell whether a score goes beyond those before by as much as is asked for."""
    if rounds.mark is None:
        return True
    return score > rounds.mark and score >= rounds.mark + (limits.improve or 0.0) - _NEAR


def after(rounds: Rounds, fact: RoundJudged) -> Rounds:
    """Return the memory after a round."""
    is_well = fact.status == StepStatus.SUCCEEDED
    scores = rounds.scores if fact.score is None else (*rounds.scores, fact.score)[-MOST_SCORES:]
    digests = (*rounds.digests, fact.digest)[-LONGEST_CIRCLE * MOST_SAME :] if fact.digest else rounds.digests
    made = replace(
        rounds, judged=fact.round, failed=rounds.failed + (fact.status == StepStatus.FAILED),
        kept=fact.round if is_well and fact.digest else rounds.kept, since=0 if fact.better else rounds.since + 1,
        scores=scores, digests=digests, seconds=round(rounds.seconds + fact.seconds, 6), done=fact.done, more=fact.more,
    )  # fmt: skip
    if fact.better:
        made = replace(made, mark=fact.score)
    return replace(made, best=fact.round, best_score=fact.score) if fact.best else made


def anew(rounds: Rounds) -> Rounds:
    """Return the memory of a loop that is begun anew after it came to no good end: its limits count from here."""
    return replace(rounds, begun=rounds.judged, since=0, digests=(), seconds=0.0, usd=None, tokens=None, out=False)


def spent(rounds: Rounds, fact: AttemptEnded | ChildEnded) -> Rounds:
    """Return the memory with what something inside has used up."""
    usd, tokens = rounds.usd, rounds.tokens
    if fact.cost_usd is not None:
        usd = str(Decimal(usd or "0") + Decimal(fact.cost_usd))
    if fact.tokens is not None:
        tokens = (tokens or 0) + fact.tokens
    return replace(rounds, usd=usd, tokens=tokens)


def are_all_done(limits: Limits, rounds: Rounds) -> bool:
    """Tell whether all rounds were done."""
    return rounds.judged - rounds.begun >= limits.rounds


def why_stop(limits: Limits, rounds: Rounds) -> str:
    """Say why there is to be no other round, with the evidence; empty when there may be one."""
    reason = _in_circles(limits, rounds) or _no_better(limits, rounds) or _used_up(limits, rounds)
    if not reason and are_all_done(limits, rounds):
        reason = f"not done after {_count(limits.rounds, 'round')}"
    return "; ".join(filter(None, (reason, evidence(rounds)))) if reason else ""


def evidence(rounds: Rounds) -> str:
    """Say which scores there were, and which was the best."""
    if not rounds.scores:
        return ""
    shown = ", ".join(f"{score:.6g}" for score in rounds.scores[-_SHOWN:])
    earlier = "… " if len(rounds.scores) > _SHOWN else ""
    return f"scores {earlier}{shown}, best {rounds.best_score:.6g} in round {rounds.best}"


def _in_circles(limits: Limits, rounds: Rounds) -> str:
    for length in range(1, LONGEST_CIRCLE + 1) if limits.same else ():
        last = rounds.digests[-length * limits.same :]
        if len(last) == length * limits.same and last == last[:length] * limits.same:
            what = "the same output came" if length == 1 else f"the same {length} outputs came in turn,"
            return f"{what} {limits.same} times, up to round {rounds.judged}"
    return ""


def _no_better(limits: Limits, rounds: Rounds) -> str:
    if limits.patience is None or rounds.since < limits.patience:
        return ""
    by = f" by {limits.improve:g}" if limits.improve else ""
    return f"no better{by} for {_count(rounds.since, 'round')}, up to round {rounds.judged}"


def _used_up(limits: Limits, rounds: Rounds) -> str:
    used = {"usd": float(rounds.usd or 0), "tokens": rounds.tokens or 0, "minutes": rounds.seconds / 60}
    for name, most in limits.budget.items():
        if used[name] >= cast("float", most):
            return f"its budget is used up after round {rounds.judged}: {used[name]:.6g} of {most} {name}"
    return ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
