"""Shortens a long sequence: stretches of steps that are all done, or all ahead, are drawn as one stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dashboard.track.layers import Slot
from orchestrator.core.status import StepStatus

LONG = 48
"""Layers that are drawn one by one."""
KEPT = 3
"""Layers at either end, and on either side of what is at work, that are never put away."""
FAILED = 16
"""Layers with failures that are shown one by one; with more they are put away like others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Steps that are drawn as one."""

    slot: Slot
    first: str
    last: str
    count: int
    status: str


def shortened(layers: list[list[Slot]], status_of: Callable[[str], str]) -> tuple[list[list[Slot]], dict[str, Stretch]]:
    """Return the layers with long stretches put away, and those stretches by the names of their slots."""
    if len(layers) <= LONG:
        return layers, {}
    kinds = [_kind(layer, status_of) for layer in layers]
    kept = _kept(kinds)
    made: list[list[Slot]] = []
    stretches: dict[str, Stretch] = {}
    now: dict[int, Slot] = {}
    for first, upto in _ranges(kinds, kept):
        before = _unique(now[id(slot)] for slot in layers[first - 1]) if first else ()
        if upto - first == 1:
            fresh = [replace(slot, before=_unique(now[id(one)] for one in slot.before)) for slot in layers[first]]
            now.update((id(old), new) for old, new in zip(layers[first], fresh, strict=True))
        else:
            stretch = _stretch(layers[first:upto], kinds[first], before)
            stretches[stretch.slot.name] = stretch
            fresh = [stretch.slot]
            now.update((id(slot), stretch.slot) for layer in layers[first:upto] for slot in layer)
        made.append(fresh)
    return made, stretches


def _kind(layer: list[Slot], status_of: Callable[[str], str]) -> str:
    found = {status_of(slot.name) for slot in layer if not slot.is_lane}
    if found <= {StepStatus.SUCCEEDED, StepStatus.SKIPPED}:
        return "succeeded"
    for status in (StepStatus.WAITING, StepStatus.RUNNING, StepStatus.QUEUED, StepStatus.FAILED, StepStatus.CANCELLED):
        if status in found:
            return status.value
    return "pending"


def _kept(kinds: list[str]) -> set[int]:
    last = len(kinds) - 1
    kept = {*range(KEPT), *range(last - KEPT + 1, last + 1)}
    failed = [place for place, kind in enumerate(kinds) if kind == "failed"]
    busy = [place for place, kind in enumerate(kinds) if kind in ("waiting", "running", "queued")][:LONG]
    for place in busy + failed[:FAILED]:
        kept.update(range(max(place - KEPT, 0), min(place + KEPT, last) + 1))
    return kept


def _ranges(kinds: list[str], kept: set[int]) -> Iterator[tuple[int, int]]:
    place = 0
    while place < len(kinds):
        end = place + 1
        while place not in kept and end < len(kinds) and end not in kept and kinds[end] == kinds[place]:
            end += 1
        yield place, end
        place = end


def _stretch(layers: list[list[Slot]], kind: str, before: tuple[Slot, ...]) -> Stretch:
    names = [slot.name for layer in layers for slot in layer if not slot.is_lane]
    slot = Slot(name=f"…{names[0]}", before=before)
    return Stretch(slot=slot, first=names[0], last=names[-1], count=len(names), status=kind)


def _unique(slots: Iterator[Slot]) -> tuple[Slot, ...]:
    return tuple({id(slot): slot for slot in slots}.values())
