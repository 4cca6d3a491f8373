"""What a run is drawn from as it ran: every generation of its steps, and of maps the items that are worth seeing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.core.ids import StepPath, child, segments
from orchestrator.core.status import StepStatus
from orchestrator.models import Step
from orchestrator.queries.scenes import Scene
from orchestrator.queries.track import FOLDED

ITEMS = 12
"""Items of a map that are drawn one by one; the others are counted."""
MAPS = 12
"""Maps whose items are drawn."""
FIRST = (StepStatus.FAILED, StepStatus.WAITING, StepStatus.RUNNING, StepStatus.QUEUED, StepStatus.CANCELLED,
         StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.PENDING)  # fmt: skip
"""Which items are worth seeing before others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run's steps by their paths, generations and all."""

    steps: dict[str, Step]
    generations: dict[str, int]
    """Path of a step in its first generation, under parents of any, to the number of its latest."""
    items: dict[str, tuple[str, ...]]
    """Path of a map to the paths of the items that are drawn."""
    rest: dict[str, tuple[tuple[str, int], ...]]
    """Path of a map to how many other items have which status."""
    tries: dict[str, tuple[str, ...]]
    """Path of a step to the statuses of its attempts that are over, where there were several."""

    def latest(self, parent: str, name: str) -> int:
        """Return the number of a step's latest generation."""
        return self.generations.get(child(StepPath(parent), name), 1)

    def status(self, path: str) -> str:
        """Return a step's status; `pending` for one that is not reached."""
        step = self.steps.get(path)
        return step.status if step else StepStatus.PENDING.value


def ran(scene: Scene) -> Ran:
    """Read what a run is drawn from."""
    steps = {step.path: step for step in scene.outer()}
    maps = [step.path for step in steps.values() if step.kind in FOLDED][-MAPS:]
    items: dict[str, tuple[str, ...]] = {}
    rest: dict[str, tuple[tuple[str, int], ...]] = {}
    while maps:
        fresh = _choose(scene.inner(maps), items, rest)
        found = scene.drawn(fresh) if fresh else []
        steps |= {step.path: step for step in found}
        inner = [step.path for step in found if step.kind in FOLDED and step.path not in items]
        maps = inner[: max(MAPS - len(items), 0)]
    tried = [step.path for step in steps.values() if step.attempt > 1]
    return Ran(steps=steps, generations=_generations(steps), items=items, rest=rest, tries=_tries(scene, tried))


def _choose(
    found: Iterable[tuple[str, str, str]], items: dict[str, tuple[str, ...]],
    rest: dict[str, tuple[tuple[str, int], ...]],
) -> list[str]:  # fmt: skip
    """Choose the items of maps that are drawn, note both kinds, and return the chosen."""
    by_map: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for parent, path, status in found:
        place = FIRST.index(StepStatus(status))
        by_map[parent].append((place, segments(StepPath(path))[-1].indices[-1], path, status))
    chosen: list[str] = []
    for parent, all_items in by_map.items():
        all_items.sort()
        few = len(all_items) <= ITEMS + 1
        shown = all_items if few else all_items[:ITEMS]
        items[parent] = tuple(path for _, _, path, _ in sorted(shown, key=lambda one: one[1]))
        counted = Counter(status for _, _, _, status in all_items[len(shown) :])
        rest[parent] = tuple((status.value, counted[status.value]) for status in FIRST if counted[status.value])
        chosen += items[parent]
    return chosen


def _generations(steps: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in steps:
        parent, _, last = path.rpartition("/")
        name, _, number = last.partition("#")
        if number.isdigit():
            first = child(StepPath(parent), name)
            found[first] = max(found.get(first, 1), int(number))
    return found


def _tries(scene: Scene, paths: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, _, status in scene.attempts(paths) if paths else ():
        found[path].append(status)
    return {path: tuple(statuses) for path, statuses in found.items()}
