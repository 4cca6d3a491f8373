"""Where a fault can happen: what around a step several answer, and what asks it again."""

from __future__ import annotations

from collections.abc import Container, Mapping

from orchestrator.core.blackboards.definition import FIRST, Blackboard
from orchestrator.core.definition import Node
from orchestrator.core.drill.catches import Told
from orchestrator.core.drill.places import plain, shape
from orchestrator.core.events import StepEnded
from orchestrator.core.ids import ROOT, StepPath, ancestors
from orchestrator.core.merges.reading import PLAIN
from orchestrator.core.outcomes import Json

ASKS_AGAIN = ("loop", "handoff", "supervise", "converse", "blackboard")
NOBODY_ELSE = "nobody else answers the same: there is nothing to contradict"
ONCE = "it is asked once: the same answer again changes nothing"


def rival(spot: str, nodes: Mapping[str, Node]) -> str:
    """Return the spot of the nearest step in which several answers become one; empty where there is none."""
    inside = spot
    for above in ancestors(StepPath(spot)):
        node = nodes.get(shape(above))
        if node is not None and _is_shared(node, plain(inside).rpartition("/")[2]):
            return above or "/"
        inside = above
    return ""


def _is_shared(node: Node, inside: str) -> bool:
    if isinstance(node, Blackboard):
        own = node.by_name[inside].writes if inside in node.by_name else ()
        return any({*own} & {*one.writes} for one in node.contributors if one.name not in (inside, FIRST))
    if node.kind == "converse":
        return True
    merge = getattr(node, "merge", None)
    return node.kind in ("parallel", "map") and merge is not None and merge.how not in PLAIN


def asking_again(spot: str, nodes: Mapping[str, Node], kinds: Container[str] = ASKS_AGAIN) -> str:
    """Return the nearest step of such kinds around one, which may ask it again; empty where there is none."""
    for above in ancestors(StepPath(spot)):
        node = nodes.get(shape(above))
        if node is not None and node.kind in kinds:
            return above
    return ""


def is_asked_again(spot: str, nodes: Mapping[str, Node]) -> bool:
    """Tell whether something around a step, or a review beside it, may ask it again."""
    if asking_again(spot, nodes):
        return True
    # A review sends back to what comes before it in the same sequence.
    return any(node.kind == "review" and _beside(at, spot) for at, node in nodes.items())


def _beside(review: str, spot: str) -> bool:
    around = review.rpartition("/")[0]
    return not around or shape(spot).startswith(around)


def outcome(told: Told, spot: str) -> Json:
    """Return what a step came to last; None for one that did not, or whose value is kept elsewhere."""
    wanted = ROOT if spot == "/" else spot
    found = [fact.output for at, fact in told if isinstance(fact, StepEnded) and at == wanted]
    return found[-1] if found else None


def told_in(value: Json) -> str:
    """Return how a merged value tells that not all said the same; empty when it does not."""
    if not isinstance(value, dict):
        return ""
    if value.get("tie") is True:
        return "the tie is told, and there is no value"
    if value.get("contradictions"):
        return "the contradiction is kept, with who said what"
    if value.get("dissent"):
        return "it was outvoted; its dissent is kept"
    return "who gave what is kept beside the outcome" if value.get("contributions") else ""
