"""Which steps of a run have a view, and which one is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.partials.views.catalogue import View, view_of
from dashboard.partials.views.contract import MOST, Seen
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.ids import ROOT, StepPath, child
from orchestrator.core.lookup import UnknownStep, node_at
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.models import Step
from orchestrator.queries.scenes import Scene
from orchestrator.queries.track import FOLDED, definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A step that has a view."""

    path: str
    title: str
    status: str
    is_shown: bool


def has_views(workflow: Workflow) -> bool:
    """Tell whether any step of a workflow has a view."""
    return any(view_of(node) for _, node, _ in _walk(workflow.root, ROOT))


def view_at(workflow: Workflow, path: str) -> View | None:
    """Return the view of a step; None where it has none."""
    node = _node(workflow, path)
    return view_of(node) if node is not None else None


def context(at: Scene, wanted: str) -> dict[str, object]:
    """Return what shows a step: the wanted one, or the first that has a view."""
    workflow = definition(at.run.workflow, at.run.version)
    choices = _choices(at, workflow, wanted)
    path = wanted or (choices[0].path if choices else "")
    shown: dict[str, object] = {"run": at.run, "at": at.event.n if at.event else None, "of": path}
    node = _node(workflow, path) if path else None
    view = view_of(node) if node is not None else None
    if view is None or node is None:
        return {**shown, "choices": choices, "view": None, "step": None}
    marked = [Choice(path=one.path, title=one.title, status=one.status, is_shown=one.path == path) for one in choices]
    step = _step(at, path)
    inner = view.context(Seen(at=at, node=node, step=step)) if step is not None else {}
    return {**shown, "choices": marked, "view": view, "step": step, **inner}


def _choices(at: Scene, workflow: Workflow, wanted: str) -> list[Choice]:
    """Return steps outside of maps and loops that somebody wrote and that have a view, and the wanted one."""
    found = []
    for path, node, is_listed in _walk(workflow.root, ROOT):
        view = view_of(node) if is_listed else None
        if view is not None:
            step = at.tracked.latest.get(path)
            found.append(Choice(path=step.path if step else path, title=view.title, is_shown=False,
                                status=step.status if step else "pending"))  # fmt: skip
    if wanted and all(one.path != wanted for one in found):
        view = view_at(workflow, wanted)
        if view is not None:
            step = _step(at, wanted)
            found.append(
                Choice(path=wanted, title=view.title, is_shown=True, status=step.status if step else "pending")
            )
    return found[-MOST:]


def _walk(node: Node, path: StepPath, is_listed: bool = True) -> Iterator[tuple[StepPath, Node, bool]]:
    """Go through the nodes of a workflow; those in maps and loops, and those a pattern made, are not listed."""
    for inner in KINDS[node.kind].children(node):
        listed = is_listed and node.kind not in FOLDED and not inner.id[:1].isupper()
        below = child(path, inner.id)
        yield below, inner, listed
        yield from _walk(inner, below, listed)


def _node(workflow: Workflow, path: str) -> Node | None:
    try:
        return node_at(workflow, StepPath(path))
    except (UnknownStep, ValueError):
        return None


def _step(at: Scene, path: str) -> Step | None:
    return at.rows([path]).get(path)
