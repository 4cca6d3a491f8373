"""Lays a workflow's tree out: a sequence is track, a parallel forks and joins, a map is folded, a gate is a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.track.layers import Slot, layered
from dashboard.track.shapes import Box, Drawing, Rail, joined
from orchestrator.core.definition import Node
from orchestrator.core.ids import ROOT, StepPath, child
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.status import STEP_ENDED
from orchestrator.queries.track import Tracked

BOX = (132.0, 46.0)
BOX_WIDEST = 220.0
STACK = (176.0, 78.0)
POST = (76.0, 96.0)
LANE_HEIGHT = 14.0
GAP, RAIL, FORK = 20.0, 34.0, 56.0
"""Between rows; between layers of one step; where track forks or joins."""
MARGIN = 14.0
LETTER = 7.8
"""About how wide a letter of a name is."""


def track(root: Node, known: Tracked | None = None) -> Drawing:
    """Lay out a whole workflow, with the states of a run's steps where there is one."""
    inner = lay_out(root, ROOT, known or Tracked(latest={}, lamps={}))
    boxes, rails = inner.moved(MARGIN, MARGIN)
    return Drawing(width=inner.width + 2 * MARGIN, height=inner.height + 2 * MARGIN, boxes=boxes, rails=rails)


def lay_out(node: Node, path: StepPath, states: Tracked) -> Drawing:
    """Lay out one node and what is inside it."""
    return SHAPES.get(node.kind, _other)(node, path, states)


def _agent(node: AgentNode, path: StepPath, states: Tracked) -> Drawing:
    step = states.latest.get(path)
    return _single("box", BOX, path, states, about=(step.agent if step else "") or node.agent)


def _gate(node: Gate, path: StepPath, states: Tracked) -> Drawing:
    return _single("post", POST, path, states, about=node.title)


def _map(node: Map, path: StepPath, states: Tracked) -> Drawing:
    inside = ", ".join(dict.fromkeys(_agents(node.body)))
    return _single("stack", STACK, path, states, about=inside, lamps=states.lamps.get(path, ()))


def _other(node: Node, path: StepPath, states: Tracked) -> Drawing:
    return _single("box", BOX, path, states, about=node.kind)


def _single(
    shape: str, size: tuple[float, float], path: StepPath, states: Tracked, about: str, lamps: tuple[str, ...] = ()
) -> Drawing:
    name = path.rpartition("/")[2]
    width = size[0] if shape == "post" else min(max(size[0], len(name) * LETTER + 44), BOX_WIDEST)
    box = Box(x=0, y=0, width=width, height=size[1], shape=shape, path=path, name=name, step=states.latest.get(path),
              about=about, lamps=lamps)  # fmt: skip
    leave = box.status if box.status in STEP_ENDED else "pending"
    return Drawing(width=width, height=size[1], boxes=(box,), entry=box.status, leave=leave)


def _sequence(node: Sequence, path: StepPath, states: Tracked) -> Drawing:
    needs = {step.id: node.needs_of(number) for number, step in enumerate(node.steps)}
    return _in_layers(layered(needs), {step.id: lay_out(step, child(path, step.id), states) for step in node.steps})


def _parallel(node: Parallel, path: StepPath, states: Tracked) -> Drawing:
    inner = {branch.id: lay_out(branch, child(path, branch.id), states) for branch in node.branches}
    drawn = _in_layers(layered(dict.fromkeys(inner, ())), inner)
    step = states.latest.get(path)
    # The rail away from a parallel waits for its merge, not for its branches.
    return drawn if step is None or step.status in STEP_ENDED else _left(drawn)


def _left(drawn: Drawing) -> Drawing:
    return Drawing(width=drawn.width, height=drawn.height, boxes=drawn.boxes, rails=drawn.rails, entry=drawn.entry)


def _in_layers(layers: list[list[Slot]], inner: Mapping[str, Drawing]) -> Drawing:
    """Set layers side by side and lay rails from each slot to those it leads to."""
    sizes = {id(slot): _size(slot, inner) for layer in layers for slot in layer}
    height = max((_tall(layer, sizes) for layer in layers), default=0.0)
    ends: dict[int, tuple[float, float, str]] = {}
    parts: list[tuple[tuple[Box, ...], tuple[Rail, ...]]] = []
    rails: list[Rail] = []
    x = 0.0
    for number, layer in enumerate(layers):
        if number:
            x += FORK if len(layer) > 1 or len(layers[number - 1]) > 1 else RAIL
        column = max(sizes[id(slot)][0] for slot in layer)
        y = (height - _tall(layer, sizes)) / 2
        for slot in layer:
            wide, high = sizes[id(slot)]
            drawn, middle = inner.get(slot.name), y + high / 2
            if drawn is not None and not slot.is_lane:
                parts.append(drawn.moved(x, y))
            before = [ends[id(one)] for one in slot.before]
            entry = _entry(slot, drawn, before)
            rails.extend(Rail(from_x=ex, from_y=ey, to_x=x, to_y=middle, status=_rail(slot, entry, left))
                         for ex, ey, left in before)  # fmt: skip
            leave = drawn.leave if drawn is not None and not slot.is_lane else entry
            if wide < column:
                rails.append(Rail(from_x=x + wide, from_y=middle, to_x=x + column, to_y=middle, status=leave))
            ends[id(slot)] = (x + column, middle, leave)
            y += high + GAP
        x += column
    boxes, laid = joined(parts)
    first, last = (layers[0][0], layers[-1][0]) if layers else (None, None)
    return Drawing(
        width=x, height=height, boxes=boxes, rails=(*rails, *laid),
        entry=_first_status(first, layers, inner), leave=ends[id(last)][2] if last else "pending",
    )  # fmt: skip


def _size(slot: Slot, inner: Mapping[str, Drawing]) -> tuple[float, float]:
    if slot.is_lane:
        return 0.0, LANE_HEIGHT
    drawn = inner.get(slot.name)
    return (drawn.width, drawn.height) if drawn else (0.0, 0.0)


def _tall(layer: list[Slot], sizes: Mapping[int, tuple[float, float]]) -> float:
    return sum(sizes[id(slot)][1] for slot in layer) + GAP * (len(layer) - 1)


def _entry(slot: Slot, drawn: Drawing | None, before: list[tuple[float, float, str]]) -> str:
    """Return the status of the rail to a slot: what it leads to, or for a point or lane what came before."""
    if drawn is not None and not slot.is_lane:
        return drawn.entry
    left = [status for _, _, status in before]
    return left[0] if left and all(one == left[0] for one in left) else "pending"


def _rail(slot: Slot, entry: str, left: str) -> str:
    return left if slot.name.startswith("$") or slot.is_lane else entry


def _first_status(first: Slot | None, layers: list[list[Slot]], inner: Mapping[str, Drawing]) -> str:
    if first is None:
        return "pending"
    if first.name in inner:
        return inner[first.name].entry
    # A fork is entered as soon as one of its branches is.
    entries = [inner[slot.name].entry for slot in layers[1] if slot.name in inner]
    return next((entry for entry in entries if entry != "pending"), "pending")


def _agents(node: Node) -> list[str]:
    if isinstance(node, AgentNode):
        return [node.agent]
    kind = KINDS.get(node.kind)
    return [name for inner in (kind.children(node) if kind else ()) for name in _agents(inner)]


SHAPES: dict[str, Callable[[Any, StepPath, Tracked], Drawing]] = {
    "agent": _agent,
    "gate": _gate,
    "map": _map,
    "parallel": _parallel,
    "sequence": _sequence,
}
"""How each kind is drawn; a kind without a shape of its own is a box."""
