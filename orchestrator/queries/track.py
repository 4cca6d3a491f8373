"""What a track diagram shows: a run's workflow, its steps outside of maps as they are now, and the lamps of maps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orchestrator.core import asking
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.ids import StepPath, child, segments
from orchestrator.core.lists import OVER_LISTS
from orchestrator.core.people import FORM
from orchestrator.core.status import StepStatus
from orchestrator.models import AgentVersion, Run, Step
from orchestrator.store.library import DjangoLibrary

LAMPS = 60
"""Items of a map that are shown one by one; with more, they are only counted."""
FOLDED = (*OVER_LISTS, "loop")
"""Kinds whose children are items: many steps of one node."""
DRAWN = ("run_id", "path", "kind", "status", "agent", "attempt", "attempt_status", "degraded", "memo", "opened_at",
         "started_at", "ended_at", "reason")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What is known of a run's steps, by their paths without generations."""

    latest: dict[str, Step]
    lamps: dict[str, tuple[str, ...]]
    """Path of a map or loop to the status of each of its items, in order."""

    def status(self, path: str) -> str:
        """Return a step's status; `pending` for one that is not reached."""
        step = self.latest.get(path)
        return lamp_of(step) if step else "pending"


def lamp_of(step: Step) -> str:
    """Return the status a step is shown by: an agent's that waits for nobody but people is waiting."""
    memo = step.memo if isinstance(step.memo, dict) else {}
    asked = memo.get(asking.MEMO) if step.status == StepStatus.RUNNING else None
    names = {str(name).partition("#")[0] for name in asked or ()}
    return StepStatus.WAITING.value if names and names <= {asking.ASK, asking.APPROVE, FORM} else step.status


def definition(name: str, version: str) -> Workflow:
    """Return a version of a workflow as it was when it was applied."""
    return DjangoLibrary().workflow(name, version)


def agent_spec(name: str, version: int) -> AgentSpec | None:
    """Return the version of an agent a run is bound to; None for one that Signalbox itself provides."""
    try:
        return DjangoLibrary().agent(name, version)
    except AgentVersion.DoesNotExist:
        return None


def tracked(run: Run) -> Tracked:
    """Read the steps of a run's track diagram."""
    rows = Step.objects.filter(run_id=run.id).exclude(path__contains="[").only(*DRAWN)
    items = Step.objects.filter(run_id=run.id).values_list("parent", "path", "status")
    return track_of(rows, lambda maps: items.filter(parent__in=maps))


def track_of(steps: Iterable[Step], items: Callable[[list[str]], Iterable[tuple[str, str, str]]]) -> Tracked:
    """Put together what is drawn, of steps outside of maps and of maps' items as (map, path, status)."""
    latest: dict[str, Step] = {}
    for step in sorted(steps, key=lambda step: _generations(step.path)):
        latest[plain(step.path)] = step
    maps = [step.path for step in latest.values() if step.kind in FOLDED and counted(step) <= LAMPS]
    return Tracked(latest=latest, lamps=_lamps(maps, items(maps)) if maps else {})


def counted(step: Step) -> int:
    """Return how many items a map has, or how many rounds of a loop are over."""
    memo = step.memo or {}
    return int(memo.get("n" if step.kind in OVER_LISTS else "judged", 0))


def plain(path: str) -> str:
    """Return a path as it would be in the first generation: `draft#2/check` becomes `draft/check`."""
    whole = StepPath("")
    for segment in segments(StepPath(path)):
        whole = child(whole, segment.name)
    return whole


def _lamps(maps: list[str], items: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[tuple[int, str]]] = {path: [] for path in maps}
    for parent, path, status in items:
        found[parent].append((segments(StepPath(path))[-1].indices[-1], status))
    return {path: tuple(status for _, status in sorted(one)) for path, one in found.items()}


def _generations(path: str) -> tuple[int, ...]:
    return tuple(segment.generation for segment in segments(StepPath(path)))
