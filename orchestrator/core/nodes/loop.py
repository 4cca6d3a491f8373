"""Kind `loop`: one node again and again, until a condition holds or a limit is reached; the best is kept (P7, R8).

Its rounds are items: `draft[0]` is round 1. What is remembered of them, and when to stop, is in `core.rounds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from orchestrator.core import expressions, round_scope, rounds, shapes
from orchestrator.core.definition import Node
from orchestrator.core.events import AttemptEnded, ChildEnded, Fact, RoundJudged, StepEnded, StepOpened, StepReopened
from orchestrator.core.ids import StepPath, item, segments
from orchestrator.core.nodes.contract import Kept, Look, Named, Usual, ended_child
from orchestrator.core.outcomes import Failure
from orchestrator.core.parse_body import BODY, read_body
from orchestrator.core.parse_limits import LIMITS, read_limits
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.rounds import Limits, Rounds, remembered
from orchestrator.core.schema_words import noun
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape
from orchestrator.core.signals import Ended, More, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.tree import Tree

_OWN = (*LIMITS, "until", "score", "feedback", "otherwise", "tolerate", "output")
_BAD = (StepStatus.FAILED, StepStatus.CANCELLED)
_NUMBER = shapes.of_schema({"type": "number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """Do a node again and again."""

    kind: ClassVar[str] = "loop"

    body: Node
    limits: Limits
    until: str = ""
    """A condition looked at after each round; the round with which it holds is the last, and the result."""
    score: str = ""
    """Expression of a number, the higher the better."""
    feedback: str = ""
    """Expression of what the next round is told."""
    otherwise: str = "fail"
    """What a loop that has to stop comes to: fail, best or last."""
    tolerate: int = 0
    """How many rounds may fail."""


class LoopKind(Usual):
    """See the module. Its memory is `core.rounds.Rounds`."""

    def parse(self, step: StepTree, reader: StepReader) -> Loop:
        """Read what is done, how long, and what ends it."""
        fields = reader.fields(step.own, (*_OWN, *BODY), "'loop'", required=("rounds",))
        otherwise = reader.choice(fields.get("otherwise"), ("fail", "best", "last"), "fail")
        if otherwise == "best" and "score" not in fields:
            reader.wrong(fields["otherwise"], "'best' needs 'score'", "say which round is the best, or write last")
        return Loop(
            body=read_body(step, fields, _OWN, reader),
            limits=read_limits(fields, reader),
            until=reader.expression(fields.get("until")),
            score=reader.expression(fields.get("score")),
            feedback=reader.expression(fields.get("feedback")),
            otherwise=otherwise,
            tolerate=reader.whole(fields.get("tolerate"), 0, least=0),
            **step.common,
        )

    def check(self, node: Loop, types: Types) -> Shape:
        """Check the body, then once more with what the round before gives it, and the loop's own expressions."""
        own = types.written(node).own
        fields = own.value if isinstance(own.value, dict) else {}
        shape = types.naming(_shapes(node, UNKNOWN)).check(node.body)
        inside = types.naming(_shapes(node, shape))
        if not shape.is_unknown:
            inside.check(node.body)
        hidden = {step.id for step in getattr(node.body, "steps", ())}
        fields = {name: tree for name, tree in fields.items() if not _looks_inside(name, tree, hidden, types)}
        inside.condition(fields.get("until"))
        _check(fields, "score", {"number", "integer"}, "a score is a number", inside)
        _check(fields, "feedback", {"string"}, "feedback is a text", inside)
        return shape

    def children(self, node: Loop) -> tuple[Node, ...]:
        """Return the node that is repeated."""
        return (node.body,)

    def view(self, node: Loop) -> str:
        """Show its rounds."""
        return "rounds"

    def counts(self, node: Loop) -> bool:
        """Tell whether it has a limit on money or tokens."""
        return bool(node.limits.budget.keys() - {"minutes"})

    def names(
        self, node: Loop, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return the round's number, what the one before gave, and where there are scores the best so far."""
        return round_scope.named(state, _index(inside.path), child, is_scored=bool(node.score))

    def start(self, node: Loop, look: Look) -> Sequence[Fact]:
        """Open the first round."""
        return [StepOpened(path=item(look.path, 0))]

    def on(self, node: Loop, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Judge the round that ended, then open the next one or end; pass on what is sent back."""
        match signal:
            case Ended() if signal.sent_back is not None:
                back = signal.sent_back
                return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH,
                                  reason="sent back", sent_back_to=back.to, feedback=back.feedback)]  # fmt: skip
            case Ended() if _index(signal.child) == remembered(state).judged:
                return self._over(node, state, signal, look)
            case More() | TakenOver() | Reopen():
                return self._go_on(node, state, signal, look)
            case _:
                return []

    def _go_on(self, node: Loop, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Find where it stands: before a round, in one, or after one that was not judged."""
        before = remembered(state)
        current = look.child(item(state.path, before.judged))
        if current is None:
            return self._follow(node, state, look) if before.judged else self.start(node, look)
        if not current.is_ended:
            return []
        if isinstance(signal, Reopen) and current.status in _BAD:
            return [StepReopened(path=current.path)]
        return self._over(node, state, ended_child(look, current.path), look)

    def _over(self, node: Loop, state: StepState, ended: Ended, look: Look) -> Sequence[Fact]:
        before = remembered(state)
        if ended.status in _BAD and before.failed >= node.tolerate:
            return [_failed(node, before, ended, look)]
        fact = _judged(node, before, ended, look)
        facts = self._follow(node, self.fold(state, fact), look)
        if look.is_full and isinstance(facts[0], StepOpened):
            return [replace(fact, more=True)]
        return [fact, *facts]

    def _follow(self, node: Loop, state: StepState, look: Look) -> Sequence[Fact]:
        """Return what comes after a round that was judged: the end, or the next one."""
        after = remembered(state)
        if after.done:
            return [_ended(look, after.judged)]
        if not node.until and rounds.are_all_done(node.limits, after):
            return [_ended(look, after.result)]
        reason = rounds.why_stop(node.limits, after)
        if reason:
            return [_stopped(node, after, reason, look)]
        names = round_scope.named(state, after.judged, look.child, is_scored=bool(node.score))
        told = round_scope.feedback(look, node.feedback, {**names, "round": after.judged})
        return [StepOpened(path=item(look.path, after.judged), feedback=told)]

    def why_not_again(self, node: Loop, state: StepState, child: StepPath) -> str:
        """A round can be done again until the loop has gone on."""
        return "the loop has gone on without that round" if _index(child) < remembered(state).judged else ""

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Keep the books of the rounds."""
        before = remembered(state)
        match fact:
            case RoundJudged():
                after = rounds.after(before, fact)
            case StepOpened() if fact.path != state.path and before.more:
                after = replace(before, more=False)
            case StepEnded(failure=Failure.STUCK) if fact.path == state.path:
                after = replace(before, out=True)
            case StepReopened() if fact.path == state.path and before.out:
                after = rounds.anew(before)
            case AttemptEnded() | ChildEnded():
                after = rounds.spent(before, fact)
            case _:
                return state
        return replace(state, memo=rounds.written(after))


def _judged(node: Loop, before: Rounds, ended: Ended, look: Look) -> RoundJudged:
    over = look.child(ended.child)
    assert over is not None  # who has ended is there
    names = round_scope.named(look.state, before.judged, look.child, is_scored=bool(node.score))
    names["last"] = round_scope.given(over)
    score = round_scope.score(look, node.score, names)
    fact = RoundJudged(
        path=look.path, round=before.judged + 1, status=ended.status, digest=rounds.digest(over), score=score,
        best=score is not None and (before.best_score is None or score > before.best_score),
        better=score is not None and rounds.is_better(node.limits, before, score),
        seconds=round((over.ended_at or 0.0) - (over.opened_at or 0.0), 6),
    )  # fmt: skip
    if fact.best:
        names["best"] = names["last"]
    if node.score:
        names["scores"] = list(rounds.after(before, fact).scores)
    return replace(fact, done=round_scope.holds(look, node.until, names))


def _failed(node: Loop, before: Rounds, ended: Ended, look: Look) -> StepEnded:
    number = before.judged + 1
    reason = f"round {number}: {ended.reason}" if ended.reason else f"round {number} {ended.status}"
    if node.tolerate:
        reason = f"{before.failed + 1} of {number} rounds failed, {node.tolerate} may; last: {ended.reason}"
    return replace(_ended(look, before.result), status=StepStatus.FAILED,
                   failure=ended.failure or Failure.BRANCH, reason=reason)  # fmt: skip


def _stopped(node: Loop, after: Rounds, reason: str, look: Look) -> StepEnded:
    """Return the end of a loop that came to no good one; what its best round gave is kept in any case."""
    ended = _ended(look, after.kept if node.otherwise == "last" else after.result)
    if node.otherwise == "fail":
        return replace(ended, status=StepStatus.FAILED, failure=Failure.STUCK, reason=reason)
    return replace(ended, degraded=reason)


def _ended(look: Look, number: int) -> StepEnded:
    """Return a good end with what a round came to, by reference where that is large."""
    found = look.child(item(look.path, number - 1)) if number else None
    ended = StepEnded(path=look.path, status=StepStatus.SUCCEEDED)
    gave = round_scope.given(found)  # one that failed gave nothing, whatever it kept as evidence
    return replace(ended, output_ref=gave.ref) if isinstance(gave, Kept) else replace(ended, output=gave)


def _index(path: StepPath) -> int:
    return segments(path)[-1].indices[-1]


def _shapes(node: Loop, given: Shape) -> Mapping[str, Shape]:
    names = {"round": shapes.of_schema({"type": "integer"}), "last": given}
    return names | ({"best": given, "scores": shapes.of_list(_NUMBER)} if node.score else {})


def _looks_inside(name: str, tree: Tree, hidden: set[str], types: Types) -> bool:
    """Tell of an expression about a round that names a step inside it, which only steps beside that one can."""
    if name not in ("until", "score", "feedback") or not isinstance(tree.value, str):
        return False
    try:
        found = expressions.compile(tree.value).references
    except expressions.ExpressionFault:
        return False  # noted when it was read
    named = [one[1] for one in found if one[0] == "steps" and len(one) > 1 and one[1] in hidden]
    if named:
        hint = "write 'last' for what a round comes to; 'output' beside 'do' says what that is"
        types.reader.wrong(tree, f"'{named[0]}' is inside the loop", hint)
    return bool(named)


def _check(fields: Mapping[str, Tree], name: str, wanted: set[str], rule: str, types: Types) -> None:
    if name in fields:
        known = shapes.types(types.shape(fields[name]))
        if known and not known & wanted:
            types.reader.wrong(fields[name], f"{rule}, this is {noun(sorted(known))}", f"as in last.{name}")
