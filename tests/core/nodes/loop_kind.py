"""A kind that is not shipped yet, to try the contract on: rounds of one node, the best of which is the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded, StepOpened
from orchestrator.core.ids import StepPath, item, segments
from orchestrator.core.nodes.contract import Look, Usual
from orchestrator.core.outcomes import Failure
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape
from orchestrator.core.signals import Ended, Signal
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundScored:
    """A round was measured; evaluating is not folding, so its score is a fact."""

    type: ClassVar[str] = "loop.scored"
    path: StepPath
    round: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """Do a node again and again."""

    kind: ClassVar[str] = "loop"

    body: Node
    rounds: int
    enough: float
    """A score that ends it early."""


class LoopKind(Usual):
    """See the module. Its memory: `rounds` that ended, `best` round, its `score`, `last` text for the next round."""

    fields = ()

    def parse(self, step: StepTree, reader: StepReader) -> Loop:
        """Read the rounds."""
        fields = reader.fields(step.own, ("do", "rounds", "enough"), "'loop'", required=("do", "rounds"))
        body = reader.step(fields["do"], name=step.common["id"], without=("id", "needs", "optional"))
        rounds, enough = reader.whole(fields["rounds"], 1, least=1), reader.whole(fields.get("enough"), 10**6, least=0)
        return Loop(body=body, rounds=rounds, enough=float(enough), **step.common)

    def check(self, node: Loop, types: Types) -> Shape:
        """Check the body."""
        return types.check(node.body)

    def children(self, node: Loop) -> tuple[Node, ...]:
        """Return the node that is repeated."""
        return (node.body,)

    def start(self, node: Loop, look: Look) -> Sequence[Fact]:
        """Open the first round."""
        return [StepOpened(path=item(look.path, 0))]

    def on(self, node: Loop, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Measure the round, then open the next one or end with the best; pass on what is sent back."""
        if not isinstance(signal, Ended):
            return []
        if signal.sent_back is not None:
            back = signal.sent_back
            return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                              sent_back_to=back.to, feedback=back.feedback)]  # fmt: skip
        if signal.status == StepStatus.FAILED:
            return [StepEnded(path=state.path, status=signal.status, failure=signal.failure, reason=signal.reason)]
        return self._next(node, state, signal, look)

    def _next(self, node: Loop, state: StepState, signal: Ended, look: Look) -> list[Fact]:
        number = segments(signal.child)[-1].indices[-1]
        facts: list[Fact] = []
        score = _score(look.child(signal.child))
        if score is not None:
            facts.append(cast("Fact", RoundScored(path=state.path, round=number, score=score)))
        if number + 1 < node.rounds and (score is None or score < node.enough):
            return [*facts, StepOpened(path=item(state.path, number + 1), feedback=f"round {number + 1} is over")]
        best = (
            number if score is not None and score > _best_score(state) else cast("int | None", state.memo.get("best"))
        )
        kept = None if best is None else look.child(item(state.path, best))
        ended = StepEnded(path=state.path, status=StepStatus.SUCCEEDED)
        return [*facts, ended if kept is None else replace(ended, output=kept.output, output_ref=kept.output_ref)]

    def fold(self, state: StepState, fact: Fact | RoundScored) -> StepState:
        """Count every round that ended, skipped or not, and keep the best one's number, not its value."""
        match fact:
            case RoundScored() if fact.score > _best_score(state):
                return replace(state, memo={**state.memo, "best": fact.round, "score": fact.score})
            case StepEnded() if fact.path != state.path:
                return replace(state, memo={**state.memo, "rounds": cast("int", state.memo.get("rounds", 0)) + 1})
            case _:
                return state


def _score(round_: StepState | None) -> float | None:
    output = round_.output if round_ is not None else None
    return cast("float", output["score"]) if isinstance(output, dict) and "score" in output else None


def _best_score(state: StepState) -> float:
    return cast("float", state.memo.get("score", float("-inf")))
