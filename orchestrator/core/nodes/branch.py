"""Kind `branch`: of several cases the first whose condition holds is done; the others never exist (P14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded, StepOpened, StepReopened
from orchestrator.core.ids import child, name_of
from orchestrator.core.nodes.contract import Look, Usual, ended_child
from orchestrator.core.outcomes import Failure
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape
from orchestrator.core.signals import Ended, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.tree import Tree

_BAD = (StepStatus.FAILED, StepStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Node):
    """Do one of several steps."""

    kind: ClassVar[str] = "branch"

    cases: tuple[Node, ...]
    """Each with its condition; the last may have none, and is done when no other is."""
    otherwise: str = "fail"
    """What follows when no case holds: fail or skip."""


class BranchKind(Usual):
    """See the module. Its memory: `case`, the id of the one that was chosen."""

    def parse(self, step: StepTree, reader: StepReader) -> Branch:
        """Read the cases, written as a list, or as an object with `cases` and `otherwise`."""
        if isinstance(step.own.value, list):
            return Branch(cases=_read_cases(step.own, reader), **step.common)
        fields = reader.fields(step.own, ("cases", "otherwise"), "'branch'", required=("cases",))
        otherwise = reader.choice(fields.get("otherwise"), ("fail", "skip"), "fail")
        return Branch(cases=_read_cases(fields.get("cases"), reader), otherwise=otherwise, **step.common)

    def check(self, node: Branch, types: Types) -> Shape:
        """Check every case; what comes out is known where all give the same."""
        found = [types.check(case) for case in node.cases]
        return found[0] if found and all(shape == found[0] for shape in found) else UNKNOWN

    def children(self, node: Branch) -> tuple[Node, ...]:
        """Return its cases."""
        return node.cases

    def start(self, node: Branch, look: Look) -> Sequence[Fact]:
        """Open the first case that holds."""
        for case in node.cases:
            if not case.when or look.test(case.when):
                return [StepOpened(path=child(look.path, case.id))]
        if node.otherwise == "skip":
            return [StepEnded(path=look.path, status=StepStatus.SKIPPED, reason="no case holds")]
        reason = "no case holds; add a last one without 'when', or write 'otherwise: skip' beside 'cases'"
        return [StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.UNMATCHED, reason=reason)]

    def on(self, node: Branch, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """End as the chosen case ended; do it again when reopened."""
        match signal:
            case Ended():
                return [_ended(state, signal, look)]
            case TakenOver() | Reopen():
                return self._go_on(node, state, signal, look)
            case _:
                return []

    def _go_on(self, node: Branch, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        chosen = look.child(child(state.path, str(state.memo["case"]))) if "case" in state.memo else None
        if chosen is None:
            return self.start(node, look)
        if not chosen.is_ended:
            return []
        if isinstance(signal, Reopen) and chosen.status in _BAD:
            return [StepReopened(path=chosen.path)]
        return [_ended(state, ended_child(look, chosen.path), look)]

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember which case was chosen."""
        if isinstance(fact, StepOpened) and fact.path != state.path:
            return replace(state, memo={"case": name_of(fact.path)})
        return state


def _ended(state: StepState, signal: Ended, look: Look) -> StepEnded:
    if signal.sent_back is not None:
        return StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                         sent_back_to=signal.sent_back.to, feedback=signal.sent_back.feedback)  # fmt: skip
    name = name_of(signal.child)
    if signal.status in _BAD:
        reason = f"{name}: {signal.reason}" if signal.reason else f"{name} {signal.status}"
        return StepEnded(path=state.path, status=signal.status, failure=signal.failure or Failure.BRANCH, reason=reason)
    found = look.child(signal.child)
    ended = StepEnded(path=state.path, status=StepStatus.SUCCEEDED)
    return ended if found is None else replace(ended, output=found.output, output_ref=found.output_ref)


def _read_cases(tree: Tree | None, reader: StepReader) -> tuple[Node, ...]:
    found: list[Node] = []
    items = reader.items(tree, "cases")
    if tree is not None and isinstance(tree.value, list) and not items:
        reader.wrong(tree, "a branch needs at least one case", "add - id: … with when: … and agent: …")
    for number, item in enumerate(items):
        case = reader.step(item, fallback=f"_{number + 1}", without=("needs", "optional"))
        if case.id in (other.id for other in found):
            reader.wrong(item.at("id"), f"another case is called '{case.id}'", "give each its own id")
        if not case.when and number < len(items) - 1 and isinstance(item.value, dict) and "when" not in item.value:
            reader.wrong(item, "a case without 'when' always holds, so those after it never do", "write it last")
        found.append(case)
    return tuple(found)
