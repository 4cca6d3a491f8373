"""Draws a run as it ran: each generation of a sequence under the one before, items of a map one by one as far as there
is room, and every attempt as a lamp. As it was defined, it is drawn in `layout`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from dashboard.track.folding import shortened
from dashboard.track.layers import layered
from dashboard.track.layout import (
    BOX,
    GAP,
    MARGIN,
    agent_box,
    crew_box,
    gate_post,
    how_long,
    in_layers,
    inside_names,
    left_open,
    review_box,
    route_box,
    single,
    stretch_box,
)
from dashboard.track.shapes import Box, Drawing, Rail, joined
from orchestrator.core.definition import Node
from orchestrator.core.ids import ROOT, StepPath, child
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.branch import Branch
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.loop import Loop
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.review import Review
from orchestrator.core.nodes.route import Route
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.status import STEP_ENDED
from orchestrator.queries.ran import Ran

Many: TypeAlias = Map | Loop | Supervise
"""Nodes with one node inside that stands for many steps."""
ROUND = 22.0
"""Height of the words over a round."""


def ran_track(root: Node, known: Ran) -> Drawing:
    """Lay out a whole run."""
    inner = lay_out(root, ROOT, known)
    boxes, rails = inner.moved(MARGIN, MARGIN)
    return Drawing(width=inner.width + 2 * MARGIN, height=inner.height + 2 * MARGIN, boxes=boxes, rails=rails)


def lay_out(node: Node, path: StepPath, known: Ran) -> Drawing:
    """Lay out one occurrence of a node and what is inside it."""
    return SHAPES.get(node.kind, _other)(node, path, known)


def _agent(node: AgentNode, path: StepPath, known: Ran) -> Drawing:
    step = known.steps.get(path)
    tries = known.tries.get(path, ())
    if step is not None and step.attempt > len(tries):
        tries = (*tries, step.attempt_status or step.status)
    return agent_box(node, path, step, tries if len(tries) > 1 else ())


def _gate(node: Gate, path: StepPath, known: Ran) -> Drawing:
    return gate_post(node, path, known.steps.get(path))


def _other(node: Node, path: StepPath, known: Ran) -> Drawing:
    return single("box", BOX, path, known.steps.get(path), about=node.kind)


def _handoff(node: Handoff, path: StepPath, known: Ran) -> Drawing:
    return single("box", BOX, path, known.steps.get(path), about=f"✓ {', '.join(node.agents)}")


def _review(node: Review, path: StepPath, known: Ran) -> Drawing:
    return review_box(node, path, known.steps.get(path))


def _route(node: Route, path: StepPath, known: Ran) -> Drawing:
    return route_box(node, path, known.steps.get(path))


def _crew(node: Node, path: StepPath, known: Ran) -> Drawing:
    return crew_box(node, path, known.steps.get(path))


def _map(node: Map | Supervise, path: StepPath, known: Ran) -> Drawing:
    inner = _items(node, path, known)
    return _many(node, path, known, inner, dict.fromkeys(inner, ()))


def _loop(node: Loop, path: StepPath, known: Ran) -> Drawing:
    inner = _items(node, path, known)
    names = list(inner)
    return _many(node, path, known, inner, {name: tuple(names[:place][-1:]) for place, name in enumerate(names)})


def _many(
    node: Many,
    path: StepPath,
    known: Ran,
    inner: Mapping[str, Drawing],
    needs: Mapping[str, tuple[str, ...]],
) -> Drawing:
    if not inner:
        return single("stack", BOX, path, known.steps.get(path), about=inside_names(node))
    return left_open(in_layers(layered(needs), inner), known.steps.get(path))


def _items(node: Many, path: StepPath, known: Ran) -> dict[str, Drawing]:
    """Lay out those items that are shown, and a stack for the others of each status."""
    inner = {name: lay_out(node.body, StepPath(name), known) for name in known.items.get(path, ())}
    for status, count in known.rest.get(path, ()):
        box = Box(x=0, y=0, width=BOX[0] + 20, height=BOX[1], shape="stack", path=path, name=f"{count} more", step=None,
                  about=status, shown=status, key=f"{path} {status}")  # fmt: skip
        leave = status if status in STEP_ENDED else "pending"
        inner[f"{path} {status}"] = Drawing(width=box.width, height=box.height, boxes=(box,), entry=status, leave=leave)
    return inner


def _branch(node: Branch, path: StepPath, known: Ran) -> Drawing:
    chosen = [case for case in node.cases if child(path, case.id) in known.steps]
    if not chosen:
        return single("box", BOX, path, known.steps.get(path), about=" | ".join(case.id for case in node.cases))
    return lay_out(chosen[0], child(path, chosen[0].id), known)


def _parallel(node: Parallel, path: StepPath, known: Ran) -> Drawing:
    inner = {branch.id: lay_out(branch, child(path, branch.id, known.latest(path, branch.id)), known)
             for branch in node.branches}  # fmt: skip
    return left_open(in_layers(layered(dict.fromkeys(inner, ())), inner), known.steps.get(path))


def _sequence(node: Sequence, path: StepPath, known: Ran) -> Drawing:
    rounds = max((known.latest(path, step.id) for step in node.steps), default=1)
    return _stacked([_round(node, path, known, number) for number in range(1, rounds + 1)], path)


def _round(node: Sequence, path: StepPath, known: Ran, number: int) -> Drawing:
    """Lay out what a sequence did in one round: the first time everything, later only what was done again."""
    names = {step.id for step in node.steps if number == 1 or known.latest(path, step.id) >= number}
    needs = {step.id: tuple(need for need in node.needs_of(place) if need in names)
             for place, step in enumerate(node.steps) if step.id in names}  # fmt: skip
    layers, stretches = shortened(layered(needs), lambda name: known.status(child(path, name, number)))
    shown = {slot.name for layer in layers for slot in layer}
    inner = {step.id: lay_out(step, child(path, step.id, number), known) for step in node.steps if step.id in shown}
    return in_layers(layers, inner | {name: stretch_box(one, path) for name, one in stretches.items()})


def _stacked(rounds: list[Drawing], path: StepPath) -> Drawing:
    if len(rounds) == 1:
        return rounds[0]
    y = 0.0
    parts: list[tuple[tuple[Box, ...], tuple[Rail, ...]]] = []
    for number, drawn in enumerate(rounds, start=1):
        words = Box(x=0, y=y, width=0, height=ROUND, shape="text", path=path, name=f"round {number}", step=None,
                    key=f"{path} round {number}")  # fmt: skip
        parts.append(((words,), ()))
        parts.append(drawn.moved(0, y + ROUND))
        y += ROUND + drawn.height + GAP
    boxes, rails = joined(parts)
    width = max(drawn.width for drawn in rounds)
    return Drawing(
        width=width, height=y - GAP, boxes=boxes, rails=rails, entry=rounds[-1].entry, leave=rounds[-1].leave
    )


SHAPES: dict[str, Callable[[Any, StepPath, Ran], Drawing]] = {
    "agent": _agent,
    "blackboard": _crew,
    "converse": _crew,
    "branch": _branch,
    "loop": _loop,
    "wait": lambda node, path, known: single("box", BOX, path, known.steps.get(path), about=how_long(node)),
    "gate": _gate,
    "handoff": _handoff,
    "map": _map,
    "parallel": _parallel,
    "review": _review,
    "route": _route,
    "sequence": _sequence,
    "supervise": _map,
}
"""How each kind is drawn; a kind without a shape of its own is a box."""
