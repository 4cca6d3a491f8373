"""View `candidates`: who proposed what, with scores, which one was chosen, and why each other one was not (P9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import Said, given_by, said
from orchestrator.core.ids import StepPath, name_of
from orchestrator.models import Step
from orchestrator.queries.runs import value_of

PROPOSALS, CRITIC, AGAIN, CHECK, CHOSEN = "Proposals", "Critic", "Again", "Check", "Chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One proposal."""

    who: str
    path: str
    status: str
    """Of the explorer's step."""
    agent: str = ""
    gave: Said | None = None
    score: float | None = None
    reason: str = ""
    """What the critic says of it."""
    is_chosen: bool = False
    failure: str = ""
    """Why there is no proposal."""


def context(seen: Seen) -> dict[str, object]:
    """Return candidates as far as they are known, the chosen one first, then by score."""
    steps = seen.inside()
    branches = seen.at.children(steps[PROPOSALS].path, MOST) if PROPOSALS in steps else ()
    outcome = _outcome(steps.get(CHOSEN))
    judged = {one.get("from"): one for one in outcome.get("candidates", ())}
    listed = sorted((_judged(_proposed(one), judged.get(name_of(StepPath(one.path)))) for one in branches), key=_place)
    return {
        "candidates": listed, "critic": _critic(steps), "problems": _problems(steps.get(CHECK)),
        "chosen": outcome.get("chosen"),
        "is_over": bool(outcome), "is_scored": any(one.score is not None for one in listed),
        "made": said(outcome["value"]) if outcome and outcome.get("chosen") is None else None,
    }  # fmt: skip


def _proposed(step: Step) -> Candidate:
    return Candidate(who=name_of(StepPath(step.path)), path=step.path, status=step.status, agent=step.agent,
                     gave=given_by(step), failure=step.reason if step.status != "succeeded" else "")  # fmt: skip


def _judged(one: Candidate, told: Mapping[str, Any] | None) -> Candidate:
    if told is None:
        return one
    return replace(one, score=told.get("score"), reason=told.get("reason") or "", is_chosen=bool(told.get("chosen")))


def _place(one: Candidate) -> tuple[bool, float, str]:
    return (not one.is_chosen, -(one.score if one.score is not None else float("-inf")), one.who)


def _outcome(step: Step | None) -> Mapping[str, Any]:
    value = value_of(step) if step is not None and step.status == "succeeded" else None
    return value if isinstance(value, dict) else {}


def _problems(step: Step | None) -> str:
    found = step.output if step is not None else None
    return str(found.get("problems") or "") if isinstance(found, dict) else ""


def _critic(steps: Mapping[str, Step]) -> Sequence[Step]:
    """Return the critic's steps that were begun: the second one only where its first word could not be used."""
    found = [steps.get(name) for name in (CRITIC, AGAIN)]
    return [one for one in found if one is not None and one.status not in ("pending", "skipped")]
