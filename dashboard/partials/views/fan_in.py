"""View `fan-in`: what each branch or item gave, how that became one result, and what speaks against it (P2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import Said, given_by, said
from orchestrator.core.definition import Node
from orchestrator.core.ids import StepPath, item, name_of, segments
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence as Sequential
from orchestrator.core.outcomes import Json
from orchestrator.core.status import STEP_ENDED
from orchestrator.models import Step
from orchestrator.queries.runs import value_of

PARTS, MERGE = "Parts", "Merge"
"""Steps of a merge that an agent does."""
RULES = {
    "majority": "the answer that most gave stands",
    "confidence": "answers weigh as much as who gave them is sure of them",
    "best": "the one with the highest score is taken whole",
    "fields": "objects are put together field by field",
    "agent": "an agent makes one result of them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one branch or item gave."""

    who: str
    path: str
    status: str
    gave: Said | None
    reason: str
    mark: str = ""
    """Where it stands to the result: `dissents`, `taken`, `absent`."""
    weight: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Equal answers."""

    value: Said | None
    who: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A field about which two said different things."""

    field: str
    stands: Said | None
    values: tuple[tuple[str, Said | None], ...]


def context(seen: Seen) -> dict[str, object]:
    """Return the shares as far as they are in, the rule, and the merged result once there is one."""
    node, parts = seen.node, seen.step
    inside = seen.inside() if node.kind == "sequence" else {}
    if inside:
        parts = inside.get(PARTS, parts)
    merged = _merged(seen.step)
    shares = [_share(one, merged) for one in _children(seen, parts)]
    total = int((parts.memo or {}).get("n", len(shares))) if parts.kind == "map" else len(shares)
    sides = cast("list[Mapping[str, Any]]", merged.get("votes") or [])
    how = str(merged.get("how") or _how(node))
    return {
        "shares": shares, "more": max(total - len(shares), 0), "how": how, "rule": RULES.get(how, ""),
        "options": _options(node), "merged": merged, "value": said(merged.get("value")), "is_over": bool(merged),
        "sides": [_side(one) for one in sides[:MOST]], "agreement": merged.get("agreement"),
        "contradictions": [_contradiction(one) for one in (merged.get("contradictions") or [])[:MOST]],
        "dissent": [one.get("who") for one in (merged.get("dissent") or [])[:MOST]], "tie": merged.get("tie"),
        "absent": (merged.get("absent") or [])[:MOST], "waits": parts.status not in STEP_ENDED,
        "by_agent": inside.get(MERGE),
    }  # fmt: skip


def _children(seen: Seen, parts: Step) -> Sequence[Step]:
    """Return the first branches in the order they were written, or items in theirs."""
    if parts.kind == "map":
        made = int((parts.memo or {}).get("made", 0))
        rows = seen.at.rows(item(StepPath(parts.path), index) for index in range(min(made, MOST)))
        return sorted(rows.values(), key=lambda one: segments(StepPath(one.path))[-1].indices)
    order = {one.id: place for place, one in enumerate(_branches(seen.node))}
    found = seen.at.children(parts.path, MOST)
    return sorted(found, key=lambda one: order.get(name_of(StepPath(one.path)), len(order)))


def _branches(node: Node) -> Sequence[Node]:
    inner = node.steps[0] if isinstance(node, Sequential) else node
    return inner.branches if isinstance(inner, Parallel) else ()


def _share(step: Step, merged: Mapping[str, Any]) -> Share:
    last = segments(StepPath(step.path))[-1]
    who = f"[{last.indices[-1]}]" if last.indices else last.name
    scores = {one["who"]: one.get("score") for one in merged.get("rejected") or ()}
    scores[merged.get("who")] = merged.get("score")
    score = scores.get(who)
    return Share(who=who, path=step.path, status=step.status, gave=given_by(step), mark=_mark(who, merged),
                 reason=step.reason, weight="" if score is None else f"{score:.6g}")  # fmt: skip


def _mark(who: str, merged: Mapping[str, Any]) -> str:
    if who in (merged.get("absent") or ()):
        return "absent"
    if any(one.get("who") == who for one in merged.get("dissent") or ()):
        return "dissents"
    return "taken" if merged.get("who") == who else ""


def _merged(step: Step) -> Mapping[str, Any]:
    value = value_of(step) if step.status == "succeeded" else None
    return value if isinstance(value, dict) and "how" in value else {}


def _side(one: Mapping[str, Any]) -> Side:
    return Side(value=_word(one.get("value")), who=", ".join(one.get("who") or ()), weight=float(one["weight"]))


def _contradiction(one: Mapping[str, Any]) -> Contradiction:
    values = tuple((str(each.get("who")), _word(each.get("value"))) for each in (one.get("values") or [])[:MOST])
    return Contradiction(field=str(one.get("field")), stands=_word(one.get("stands")), values=values)


def _word(value: Json) -> Said | None:
    return said("null") if value is None else said(value)


def _how(node: Node) -> str:
    return node.merge.how if isinstance(node, Parallel | Map) else "agent"


def _options(node: Node) -> str:
    options = node.merge.options if isinstance(node, Parallel | Map) else {}
    return ", ".join(f"{name}: {_plain(value)}" for name, value in options.items() if value)


def _plain(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
