"""Puts the steps of a sequence into layers by what they need, with a lane where a rail passes by other steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a layer: a step, or a lane for a rail that passes."""

    name: str
    """Id of the step; for a lane, of the step the rail comes from."""
    is_lane: bool = False
    before: tuple[Slot, ...] = ()
    """Slots of the layer before that lead here."""


START, END = "$start", "$end"
"""Points where several first steps fork and several last ones join."""


def layered(needs: Mapping[str, Sequence[str]]) -> list[list[Slot]]:
    """Return the layers of steps given in order with what each needs; rails lead from one layer to the next only."""
    needs = _with_ends(needs)
    depth: dict[str, int] = {}
    for name, wanted in needs.items():
        depth[name] = max((depth[need] + 1 for need in wanted), default=0)
    last: dict[str, int] = {}
    for name, wanted in needs.items():
        for need in wanted:
            last[need] = max(last.get(need, 0), depth[name])
    levels: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        levels[level].append(name)
    layers: list[list[Slot]] = []
    for level, names in enumerate(levels):
        above = {slot.name: slot for slot in layers[-1]} if layers else {}
        steps = [Slot(name=name, before=tuple(above[need] for need in needs[name] if need in above)) for name in names]
        lanes = [Slot(name=name, is_lane=True, before=(above[name],))
                 for name in above if depth[name] < level and last.get(name, 0) > level]  # fmt: skip
        layers.append(_in_order(steps + lanes, layers[-1] if layers else []))
    return layers


def _with_ends(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    first = [name for name, wanted in needs.items() if not wanted]
    needed = {need for wanted in needs.values() for need in wanted}
    last = tuple(name for name in needs if name not in needed)
    whole = {name: tuple(wanted) for name, wanted in needs.items()}
    if len(first) > 1:
        whole = {START: (), **{name: wanted or (START,) for name, wanted in whole.items()}}
    return {**whole, END: last} if len(last) > 1 else whole


def _in_order(slots: list[Slot], before: list[Slot]) -> list[Slot]:
    """Keep rails from crossing: a slot stands about where the slots that lead to it stand."""
    place = {id(slot): number for number, slot in enumerate(before)}
    middle = (len(before) - 1) / 2

    def wanted(slot: Slot) -> float:
        places = [place[id(one)] for one in slot.before]
        return sum(places) / len(places) if places else middle

    return sorted(slots, key=wanted)
