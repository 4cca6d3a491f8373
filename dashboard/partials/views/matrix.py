"""View `matrix`: rounds × voices with each answer, the outcome, votes, dissent and what is flagged (P8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import Said, given_by, said
from orchestrator.core.definition import Node
from orchestrator.core.ids import StepPath, name_of
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence as Sequential
from orchestrator.models import Step
from orchestrator.queries.runs import value_of

ANSWERS, REBUTTAL, JUDGE, TALLY, REVIEW, DECIDE, VERDICT = (
    "Answers", "Rebuttal_", "Judge", "Tally", "Review", "Decide", "Verdict",
)  # fmt: skip
BY = {"vote": "by vote", "judge": "by the judge", "person": "by a person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a voice said in a round."""

    who: str
    path: str
    status: str
    gave: Said | None
    reason: str
    """Why there is none."""
    has_changed: bool
    """Whether it is another answer than in the round before."""
    dissents: bool
    """Whether it is its last word, and not the outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One round."""

    name: str
    cells: tuple[Cell | None, ...]
    """In the order of voices; None where one has not been asked."""
    agreement: float | None


def context(seen: Seen) -> dict[str, object]:
    """Return rounds as far as they went, who decides, and the outcome once there is one."""
    steps = seen.inside()
    rounds = [steps[name] for name in steps if name == ANSWERS or name.startswith(REBUTTAL)]
    rounds.sort(key=lambda one: (not one.path.endswith(ANSWERS), one.opened_at is None, one.opened_at, one.path))
    answers = [seen.at.children(one.path, MOST) for one in rounds]
    voices = _voices(seen.node) or list(dict.fromkeys(_name(one) for asked in answers for one in asked))
    found = _outcome(steps.get(VERDICT)) or _outcome(steps.get(TALLY))
    against = {one.get("who") for one in found.get("dissent") or ()}
    agreed = [one.get("agreement") for one in found.get("rounds") or ()]
    return {
        "voices": voices, "lines": _lines(rounds, answers, voices, against, agreed),
        "outcome": said(found.get("value")),
        "is_over": "rounds" in found, "has_tally": bool(found), "by": BY.get(str(found.get("by")), ""),
        "agreement": found.get("agreement"), "tie": found.get("tie"), "split": found.get("split") or "",
        "votes": [(said(one.get("value")), ", ".join(one.get("who") or ()), one.get("votes"))
                  for one in (found.get("votes") or [])[:MOST]],
        "dissent": [(one.get("who"), said(one.get("said") or one.get("value")))
                    for one in (found.get("dissent") or [])[:MOST]],
        "flags": (found.get("flags") or [])[:MOST],
        "deciders": [(words, steps[name], given_by(steps[name]))
                     for name, words in ((JUDGE, "judge"), (REVIEW, "review"), (DECIDE, "a person"))
                     if name in steps and steps[name].status not in ("pending", "skipped")],
    }  # fmt: skip


def _voices(node: Node) -> list[str]:
    """Return who is asked, in the order in which that was written."""
    first = node.steps[0] if isinstance(node, Sequential) else node
    return [one.id for one in first.branches] if isinstance(first, Parallel) else []


def _name(step: Step) -> str:
    return name_of(StepPath(step.path))


def _lines(
    rounds: Sequence[Step], answers: Sequence[Sequence[Step]], voices: Sequence[str], against: set[Any],
    agreed: Sequence[Any],
) -> list[Line]:  # fmt: skip
    lines: list[Line] = []
    before: dict[str, Any] = {}
    for number, asked in enumerate(answers):
        by_name = {_name(one): one for one in asked}
        is_last = number == len(rounds) - 1
        cells = tuple(_cell(by_name.get(who), before.get(who), is_last and who in against) for who in voices)
        name = "Answers" if not number else f"Rebuttal {number}"
        lines.append(Line(name=name, cells=cells, agreement=agreed[number] if number < len(agreed) else None))
        before |= {who: one.output for who, one in by_name.items() if one.output is not None}
    return lines


def _cell(step: Step | None, before: Any, dissents: bool) -> Cell | None:
    if step is None:
        return None
    has_changed = before is not None and step.output is not None and step.output != before
    return Cell(who=_name(step), path=step.path, status=step.status, gave=given_by(step), has_changed=has_changed,
                reason=step.reason if step.output is None else "", dissents=dissents)  # fmt: skip


def _outcome(step: Step | None) -> Mapping[str, Any]:
    value = value_of(step) if step is not None and (step.output or step.output_ref) else None
    return value if isinstance(value, dict) else {}
