"""Where a step of a dry run stands, seen from the outermost run, and which node that is."""

from __future__ import annotations

from orchestrator.core.definition import Node
from orchestrator.core.drill.places import plain
from orchestrator.core.ids import RunId, StepPath, segments
from orchestrator.core.lookup import node_at
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.engine.memory.world import MemoryWorld


def node_of(world: MemoryWorld, run_id: RunId, path: StepPath) -> Node:
    """Return the node a step of a run is an occurrence of."""
    state = world.store.tables.runs[run_id].state
    return node_at(world.library.workflow(state.workflow, state.version), path)


def spot_of(world: MemoryWorld, run_id: RunId, path: str) -> str:
    """Return where a step stands: its path, behind the path of the step that its run was started by, and so on."""
    above = world.store.tables.runs[run_id].request
    if not above.parent:
        return path
    return "/".join(one for one in (spot_of(world, RunId(above.parent), above.parent_path), path) if one)


def place_of(world: MemoryWorld, run_id: RunId, path: StepPath) -> str:
    """Return the same by names alone."""
    return plain(spot_of(world, run_id, path))


def item_of(world: MemoryWorld, run_id: RunId, path: StepPath) -> str:
    """Return the same by names and the items of maps and pools: work that is different, unlike another round of it."""
    done, parts = "", []
    for one in segments(path):
        done = f"{done}/{one.name}" if done else one.name
        part, node = one.name, node_of(world, run_id, StepPath(done))
        for index in one.indices:
            part += "" if node.kind == "loop" else f"[{index}]"
            done += f"[{index}]"
            node = KINDS[node.kind].children(node)[0]
        parts.append(part)
    above = world.store.tables.runs[run_id].request
    outer = [item_of(world, RunId(above.parent), above.parent_path)] if above.parent else []
    return "/".join([*outer, *parts])
