"""Every view by its name: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.partials.views import board, candidates, fan_in, graph, matrix, pool, rounds, thread
from dashboard.partials.views.contract import Seen
from orchestrator.core.definition import Node
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.patterns.catalogue import PATTERNS

WRITTEN = {"merge": "fan-in"}
"""View of what is written out as steps without being a pattern of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way of showing what a step did."""

    title: str
    """What it shows, in a word, as a button says it."""
    template: str
    context: Callable[[Seen], dict[str, object]]


VIEWS: dict[str, View] = {
    "rounds": View(title="Rounds", template="dashboard/runs/views/_rounds.html", context=rounds.context),
    "candidates": View(
        title="Candidates", template="dashboard/runs/views/_candidates.html", context=candidates.context
    ),
    "fan-in": View(title="Fan-in", template="dashboard/runs/views/_fan-in.html", context=fan_in.context),
    "board": View(title="Board", template="dashboard/runs/views/_board.html", context=board.context),
    "pool": View(title="Supervision", template="dashboard/runs/views/_pool.html", context=pool.context),
    "matrix": View(title="Debate", template="dashboard/runs/views/_matrix.html", context=matrix.context),
    "graph": View(title="Plan", template="dashboard/runs/views/_graph.html", context=graph.context),
    "thread": View(title="Messages", template="dashboard/runs/views/_thread.html", context=thread.context),
}


def view_of(node: Node) -> View | None:
    """Return how a node's runs are shown: as its pattern says, else as its kind says."""
    pattern = PATTERNS.get(node.pattern)
    name = pattern.view if pattern is not None else WRITTEN.get(node.pattern, "")
    return VIEWS.get(name or KINDS[node.kind].view(node))
