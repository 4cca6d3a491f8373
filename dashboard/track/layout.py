"""Lays a workflow's tree out: a sequence is track, a parallel forks and joins, a map is folded, a gate is a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.templatetags.show import seconds as span
from dashboard.track.folding import Stretch, shortened
from dashboard.track.layers import Slot, layered
from dashboard.track.shapes import RULE, SMALL_LETTER, Box, Drawing, Rail, joined
from orchestrator.core.definition import Node
from orchestrator.core.ids import ROOT, StepPath, child
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.branch import Branch
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.loop import Loop
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.review import Review
from orchestrator.core.nodes.route import Route
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.nodes.wait import Wait
from orchestrator.core.nodes.workflow import WorkflowNode
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.status import STEP_ENDED
from orchestrator.models import Step
from orchestrator.queries.track import Tracked

BOX = (132.0, 46.0)
BOX_WIDEST = 220.0
STACK = (176.0, 78.0)
QUIET = (64.0, 32.0)
"""A box of a rule, which nobody wrote and nobody waits for."""
TRIED = (172.0, 58.0)
"""A box with a lamp for each attempt."""
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
    return agent_box(node, path, states.latest.get(path))


def agent_box(node: AgentNode, path: StepPath, step: Step | None, tries: tuple[str, ...] = ()) -> Drawing:
    """Draw an agent's step; with the status of each of its attempts, where they are to be shown."""
    agent = (step.agent if step else "") or node.agent
    about = agent if agent == node.agent else f"↪ {agent}"
    size = TRIED if tries else QUIET if about.startswith(RULE) else BOX
    return single("box", size, path, step, about=about, lamps=tries)


def _gate(node: Gate, path: StepPath, states: Tracked) -> Drawing:
    return gate_post(node, path, states.latest.get(path))


def gate_post(node: Gate, path: StepPath, step: Step | None) -> Drawing:
    """Draw a gate."""
    return single("post", POST, path, step, about=node.title)


def _handoff(node: Handoff, path: StepPath, states: Tracked) -> Drawing:
    return single("box", BOX, path, states.latest.get(path), about=f"✓ {', '.join(node.agents)}")


def _route(node: Route, path: StepPath, states: Tracked) -> Drawing:
    return route_box(node, path, states.latest.get(path))


def route_box(node: Route, path: StepPath, step: Step | None) -> Drawing:
    """Draw a choice with who was chosen, or with whom it can be."""
    chosen = (step.memo or {}).get("agent") if step else ""
    return single("box", BOX, path, step, about=f"⇢ {chosen or node.asked.capability or ', '.join(node.asked.among)}")


def _map(node: Map, path: StepPath, states: Tracked) -> Drawing:
    step, lamps = states.latest.get(path), states.lamps.get(path, ())
    return single("stack", STACK, path, step, about=inside_names(node), lamps=lamps)


def _loop(node: Loop, path: StepPath, states: Tracked) -> Drawing:
    step, lamps = states.latest.get(path), states.lamps.get(path, ())
    return single("stack", STACK, path, step, about=f"↻ {inside_names(node)}", lamps=lamps)


def _wait(node: Wait, path: StepPath, states: Tracked) -> Drawing:
    return single("box", BOX, path, states.latest.get(path), about=how_long(node))


def how_long(node: Wait) -> str:
    """Say what is waited for."""
    if node.seconds is not None:
        return f"⧗ {span(node.seconds)}"
    return f"⧗ {node.for_}" if node.for_ else f"⧗ until {node.until or 'a moment'}"


def _branch(node: Branch, path: StepPath, states: Tracked) -> Drawing:
    inner = {case.id: lay_out(case, child(path, case.id), states) for case in node.cases}
    return in_layers(layered(dict.fromkeys(inner, ())), inner)


def _workflow(node: WorkflowNode, path: StepPath, states: Tracked) -> Drawing:
    return single("box", BOX, path, states.latest.get(path), about=f"↳ {node.workflow or 'a run of its own'}")


def _review(node: Review, path: StepPath, states: Tracked) -> Drawing:
    return review_box(node, path, states.latest.get(path))


def review_box(node: Review, path: StepPath, step: Step | None) -> Drawing:
    """Draw a review with the names of what it checks."""
    has = {"schema": bool(node.schema), "score": bool(node.score), "similar": node.similar is not None}
    names = [*(name for name, there in has.items() if there), *(rule.name for rule in node.rules)]
    return single("box", BOX, path, step, about=f"✓ {', '.join(names)}")


def _pool(node: Supervise, path: StepPath, states: Tracked) -> Drawing:
    step, lamps = states.latest.get(path), states.lamps.get(path, ())
    return single("stack", STACK, path, step, about=", ".join(node.agents), lamps=lamps)


def inside_names(node: Map | Loop | Supervise) -> str:
    """Name the agents that work inside a map, loop or pool."""
    return ", ".join(dict.fromkeys(_agents(node.body)))


def _crew(node: Node, path: StepPath, states: Tracked) -> Drawing:
    return crew_box(node, path, states.latest.get(path))


def crew_box(node: Node, path: StepPath, step: Step | None) -> Drawing:
    """Draw agents that work on something together, in no order that is known beforehand."""
    agents = dict.fromkeys(name for name in _agents(node) if not name.startswith("rule."))
    return single("stack", STACK, path, step, about=", ".join(agents))


def _other(node: Node, path: StepPath, states: Tracked) -> Drawing:
    return single("box", BOX, path, states.latest.get(path), about=node.kind)


def single(
    shape: str, size: tuple[float, float], path: StepPath, step: Step | None, about: str, lamps: tuple[str, ...] = ()
) -> Drawing:
    """Draw one step that has nothing inside."""
    name = path.rpartition("/")[2]
    width = size[0] if shape == "post" else _box_width(shape, size[0], name, about, lamps)
    box = Box(x=0, y=0, width=width, height=size[1], shape=shape, path=path, name=name, step=step, about=about,
              lamps=lamps)  # fmt: skip
    leave = box.status if box.status in STEP_ENDED else "pending"
    return Drawing(width=width, height=size[1], boxes=(box,), entry=box.status, leave=leave)


def _box_width(shape: str, least: float, name: str, about: str, lamps: tuple[str, ...]) -> float:
    """Return a width for what a step is called and for what it is, with room for its time: none grows as it ends."""
    if about.startswith(RULE) and not lamps:
        return max(least, len(name) * LETTER + 40)
    said = len(about) + (len(" · 12.4 s.") + len("attempt 2 · ") * bool(lamps) if shape == "box" else 0)
    return min(max(least, len(name) * LETTER + 44, said * SMALL_LETTER + 26), BOX_WIDEST)


def _sequence(node: Sequence, path: StepPath, states: Tracked) -> Drawing:
    needs = {step.id: node.needs_of(number) for number, step in enumerate(node.steps)}
    layers, stretches = shortened(layered(needs), lambda name: states.status(child(path, name)))
    shown = {slot.name for layer in layers for slot in layer}
    inner = {step.id: lay_out(step, child(path, step.id), states) for step in node.steps if step.id in shown}
    return in_layers(layers, inner | {name: stretch_box(one, path) for name, one in stretches.items()})


def stretch_box(one: Stretch, path: StepPath) -> Drawing:
    """Draw steps that are put away as one stack."""
    name = f"{one.count} steps"
    box = Box(x=0, y=0, width=BOX[0] + 30, height=BOX[1], shape="stack", path=path, name=name, step=None,
              about=f"{one.first} – {one.last}", shown=one.status, key=one.slot.name)  # fmt: skip
    leave = one.status if one.status in STEP_ENDED else "pending"
    return Drawing(width=box.width, height=box.height, boxes=(box,), entry=one.status, leave=leave)


def _parallel(node: Parallel, path: StepPath, states: Tracked) -> Drawing:
    inner = {branch.id: lay_out(branch, child(path, branch.id), states) for branch in node.branches}
    return left_open(in_layers(layered(dict.fromkeys(inner, ())), inner), states.latest.get(path))


def left_open(drawn: Drawing, step: Step | None) -> Drawing:
    """Return a fan-out whose rail onwards waits for its merge, not for its branches."""
    if step is None or step.status in STEP_ENDED:
        return drawn
    return Drawing(width=drawn.width, height=drawn.height, boxes=drawn.boxes, rails=drawn.rails, entry=drawn.entry)


def in_layers(layers: list[list[Slot]], inner: Mapping[str, Drawing]) -> Drawing:
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
        return [] if node.agent in RULES else [node.agent]
    if isinstance(node, Route):
        return [f"⇢ {node.asked.capability}"] if node.asked.capability else [*node.asked.among]
    kind = KINDS.get(node.kind)
    return [name for inner in (kind.children(node) if kind else ()) for name in _agents(inner)]


SHAPES: dict[str, Callable[[Any, StepPath, Tracked], Drawing]] = {
    "agent": _agent,
    "blackboard": _crew,
    "converse": _crew,
    "branch": _branch,
    "loop": _loop,
    "wait": _wait,
    "gate": _gate,
    "handoff": _handoff,
    "map": _map,
    "parallel": _parallel,
    "review": _review,
    "route": _route,
    "sequence": _sequence,
    "supervise": _pool,
    "workflow": _workflow,
}
"""How each kind is drawn; a kind without a shape of its own is a box."""
