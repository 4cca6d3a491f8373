"""View `graph`: the tasks of a plan with whom they need, who does them and what must hold; and their run (P3, P6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.partials.views.contract import MOST, Seen
from dashboard.partials.views.said import given_by
from orchestrator.core import child_runs
from orchestrator.core.ids import StepPath, child, item, name_of
from orchestrator.models import Run, Step
from orchestrator.queries.runs import value_of

ACCEPT, WORK, APPROVE, DONE, PLANNED = "Accept", "Work", "Approve", "Done", "Planned"
DRAFTS = ("Plan", "Outline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of the plan."""

    id: str
    agent: str
    needs: str
    done_when: tuple[str, ...]
    fallback: str
    part: str
    status: str
    """Of its step in the run that does the plan."""


def context(seen: Seen) -> dict[str, object]:
    """Return the tasks, how planning went, and the run that does them."""
    steps = seen.inside()
    if PLANNED in steps:
        steps = {name_of(StepPath(one.path)): one for one in seen.at.children(steps[PLANNED].path, MOST)}
    elif not steps.keys() & {*DRAFTS, ACCEPT}:
        return {"tasks": [], "template": next(iter(steps.values()), None), "drafts": None, "below": {}}
    plan, work = _value(steps.get(ACCEPT)), steps.get(WORK)
    below = _below(work)
    listed: Sequence[Mapping[str, Any]] = plan.get("tasks") or []
    states = _states(below, [str(one.get("id")) for one in listed[:MOST]], is_now=seen.at.event is None)
    drafts = next((steps[name] for name in DRAFTS if name in steps), None)
    return {
        "tasks": [_task(one, states) for one in listed[:MOST]], "more": max(len(listed) - MOST, 0), "below": below,
        "drafts": drafts, "drafted": int((drafts.memo or {}).get("judged", 0)) if drafts else 0,
        "words": _words(seen, drafts), "approve": steps.get(APPROVE), "accept": steps.get(ACCEPT),
        "done": given_by(steps.get(DONE)), "is_past": seen.at.event is not None,
    }  # fmt: skip


def _value(step: Step | None) -> Mapping[str, Any]:
    value = value_of(step) if step is not None and step.status == "succeeded" else None
    return value if isinstance(value, dict) else {}


def _below(step: Step | None) -> Mapping[str, Any]:
    memo = step.memo if step is not None and isinstance(step.memo, dict) else {}
    found = memo.get(child_runs.MEMO)
    return found if isinstance(found, dict) else {}


def _states(below: Mapping[str, Any], ids: Sequence[str], *, is_now: bool) -> Mapping[str, str]:
    """Return how the steps of the child run stand: those are of now, so of another moment they are left out."""
    run_id = below.get("run")
    if not run_id or not is_now or not Run.objects.filter(pk=run_id).exists():
        return {}
    paths = [child(StepPath(""), one) for one in ids]
    return dict(Step.objects.filter(run_id=run_id, path__in=paths).values_list("path", "status"))


def _task(one: Mapping[str, Any], states: Mapping[str, str]) -> Task:
    name = str(one.get("id"))
    return Task(id=name, agent=str(one.get("agent", "")), needs=", ".join(one.get("needs") or ()),
                done_when=tuple(str(each) for each in one.get("done_when") or ()), part=str(one.get("part") or ""),
                fallback=", ".join(one.get("fallback") or ()), status=states.get(name, "pending"))  # fmt: skip


def _words(seen: Seen, drafts: Step | None) -> str:
    """Return what is wrong with the latest plan: what the planner was told, or what was left in the end."""
    if drafts is None:
        return ""
    if isinstance(drafts.output, dict):
        return str(drafts.output.get("words") or "")
    path = item(StepPath(drafts.path), int((drafts.memo or {}).get("judged", 0)))
    latest = seen.at.rows([path]).get(path)
    return latest.feedback if latest is not None else ""
