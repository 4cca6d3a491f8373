"""Kind `review`: a result is checked before it goes out (L1): schema, score, rules, likeness to accepted results.

What does not hold is named and sent back to the step that made it, so many times; then a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from orchestrator.core import checks, expressions, likeness, schema, shapes
from orchestrator.core.checks import Check, Unmet
from orchestrator.core.definition import Node
from orchestrator.core.events import AttemptQueued, Fact, ReviewJudged, StepEnded, StepOpened, StepReopened
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.generations import earlier
from orchestrator.core.handoffs import count, person_of, remember
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.likeness import SIMILAR, Likeness
from orchestrator.core.nodes.contract import Bound, Kept, Look, Named, Usual, ended_child, output_of, taken_up
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.parse_steps import Blank, StepReader, StepTree
from orchestrator.core.problems import listed
from orchestrator.core.schema_words import noun
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape
from orchestrator.core.signals import Ended, Reopen, Reported, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.supervision import ESCALATE, TEXT, TEXTS, ask
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

SCHEMA, SCORE, LIKE = "schema", "score", "similar"
_CHECKS = (SCHEMA, SCORE, "rules", LIKE)
_FIELDS = ("of", *_CHECKS, "redo", "retries", "person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Node):
    """Check a result."""

    kind: ClassVar[str] = "review"

    of: str
    """Expression of the result."""
    schema: dict[str, Json] = field(default_factory=dict)
    score: str = ""
    """Expression of a number; empty for none."""
    least: float = 0.0
    rules: tuple[Check, ...] = ()
    similar: Likeness | None = None
    redo: str = ""
    """Step that is done again; empty means what comes before."""
    retries: int = 2
    person: Node


class ReviewKind(Usual):
    """See the module. Its memory: `verdict`, `names` and `why` of what it found; `asked`: how often a person was."""

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read what is checked, against what, and what is done again."""
        fields = reader.fields(step.own, _FIELDS, "'review'")
        of, redo = reader.expression(fields.get("of")), reader.text(fields.get("redo"))
        _check_said(step.own, fields, reader)
        about = of or (f"steps.{redo}.output" if redo else "")
        if not about:
            return Blank(**step.common)
        score = (
            {} if "score" not in fields else reader.fields(fields["score"], ("of", "least"), "'score'", ("of", "least"))
        )
        return Review(
            of=about,
            redo=redo or _made_by(of),
            schema=read_schema(fields.get("schema"), reader),
            score=reader.expression(score.get("of")),
            least=reader.number(score.get("least"), 0.0),
            rules=_read_rules(fields.get("rules"), reader),
            similar=likeness.read(fields.get("similar"), reader),
            retries=reader.whole(fields.get("retries"), 2, least=0, most=20),
            person=_read_person(fields.get("person"), about, step.own, reader),
            **step.common,
        )

    def check(self, node: Review, types: Types) -> Shape:
        """Check that what is done again has ended before, and that everything can be evaluated."""
        own = types.written(node).own
        fields: Mapping[str, Tree] = own.value if isinstance(own.value, dict) else {}
        known = len(types.reader.problems)
        shape = types.shape(fields["of"]) if "of" in fields else types.steps.get(node.redo, UNKNOWN)
        _check_redo(node, own, fields, types)
        inside = types.naming({"output": shape})
        if len(types.reader.problems) == known:  # else the person's gate would have the same to tell again
            inside.naming({"failed": TEXTS, "why": TEXT}).check(node.person)
        if node.score:
            _check_score(fields["score"].at("of"), inside)
        checks.check_conditions(fields.get("rules"), inside)
        if "similar" in fields and isinstance(fields["similar"].value, dict) and "to" in fields["similar"].value:
            types.shape(fields["similar"].value["to"])
        return shape

    def children(self, node: Review) -> tuple[Node, ...]:
        """Return the question to a person."""
        return (node.person,)

    def names(
        self, node: Review, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return what a person sees beside the result: what does not hold."""
        return {"failed": state.memo.get("names", []), "why": inside.feedback}

    def start(self, node: Review, look: Look) -> Sequence[Fact]:
        """Check what needs nobody; compare with accepted results only what holds so far."""
        return self._begin(node, look, 1)

    def _begin(self, node: Review, look: Look, attempt: int) -> Sequence[Fact]:
        output, (failed, score) = _output(node, look), self._unmet(node, look)
        if failed or node.similar is None:
            return self._judged(node, look.state, look, failed, score=score)
        wanted: dict[str, Json] = {"last": node.similar.last, "alike": node.similar.alike, "score": score}
        input = {"given": look.value(node.similar.to), **output.values, **wanted}
        return [AttemptQueued(path=look.path, attempt=attempt, agent=SIMILAR, input=input, refs=output.refs)]

    def _unmet(self, node: Review, look: Look) -> tuple[list[Unmet], float | None]:
        """Return which of schema, score and rules do not hold, and the score."""
        named = _named(node, look)
        failed: list[Unmet] = []
        if node.schema and (problems := schema.problems(node.schema, look.value("output", named))):
            failed.append(Unmet(SCHEMA, listed(problems)))
        score = None
        if node.score:
            score, why = _scored(node, look, named)
            failed += [Unmet(SCORE, why)] if why else []
        return [*failed, *checks.unmet(node.rules, lambda test: look.test(test, named))], score

    def _judged(self, node: Review, state: StepState, look: Look, failed: Sequence[Unmet], **more: Any) -> list[Fact]:
        """Say what follows from what does not hold, and do it."""
        before = _sent_back(state.path, look)
        verdict = "ask" if before >= node.retries else "redo"
        judged = ReviewJudged(
            path=state.path, verdict=verdict if failed else "pass", failed=tuple(one.name for one in failed),
            why=checks.listed(failed), round=before + 1, **more,
        )  # fmt: skip
        return [judged, *self._follow(node, self.fold(state, judged), look)]

    def _follow(self, node: Review, state: StepState, look: Look) -> list[Fact]:
        why = str(state.memo.get("why", ""))
        match state.memo.get("verdict"):
            case "pass":
                output = _output(node, look)
                return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output.values.get("output"),
                                  output_ref=output.refs.get("output", ""))]  # fmt: skip
            case "redo":
                return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.UNMET, reason=why,
                                  sent_back_to=node.redo, feedback=why)]  # fmt: skip
            case _:
                return [StepOpened(path=person_of(state, 1), feedback=why)]

    def on(self, node: Review, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Judge when it was compared; end as a person says."""
        match signal:
            case Reported() if signal.attempt == state.attempt:
                return self._compared(node, state, signal, look)
            case Ended() if segments(signal.child)[-1].generation == count(state, "asked"):
                return self._decided(node, state, signal, look)
            case TakenOver():
                return self._take_up(node, state, look)
            case Reopen():
                person = look.child(person_of(state))
                is_given_up = person is not None and person.status == StepStatus.CANCELLED
                return (
                    [StepReopened(path=person_of(state))] if is_given_up else self._begin(node, look, state.attempt + 1)
                )
            case _:
                return []

    def _compared(self, node: Review, state: StepState, signal: Reported, look: Look) -> Sequence[Fact]:
        if signal.failure == Failure.LOST:
            return [AttemptQueued(path=state.path, attempt=state.attempt + 1, agent=SIMILAR, why=signal.reason)]
        score = cast("float | None", (state.input or {}).get("score") if isinstance(state.input, dict) else None)
        if not signal.ok or not isinstance(signal.output, dict) or node.similar is None:
            return self._judged(node, state, look, [Unmet(LIKE, f"it was not compared: {signal.reason}")], score=score)
        best, compared = signal.output.get("likeness"), cast("int", signal.output.get("compared", 0))
        like = float(best) if isinstance(best, int | float) else None
        failed = like is not None and like < node.similar.least
        why = f"{like:.2f} like what was accepted for similar input, at least {node.similar.least:g}" if failed else ""
        found = [Unmet(LIKE, why)] if failed else []
        return self._judged(node, state, look, found, score=score, likeness=like, compared=compared)

    def _decided(self, node: Review, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        if signal.status == StepStatus.CANCELLED:
            return []
        if signal.status == StepStatus.SKIPPED:
            return [StepEnded(path=state.path, status=signal.status, reason=signal.reason, degraded=signal.reason)]
        if signal.status == StepStatus.FAILED:
            back = signal.sent_back
            to, said = (back.to, back.feedback) if back else ("", "")
            return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure, reason=signal.reason,
                              sent_back_to=to, feedback=said)]  # fmt: skip
        edited = look.value("answer.output", {"answer": output_of(look.child(signal.child))})
        if edited == look.value("output", _named(node, look)):
            names, output = ", ".join(cast("list[str]", state.memo.get("names", []))), _output(node, look)
            return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output.values.get("output"),
                              output_ref=output.refs.get("output", ""),
                              degraded=f"accepted by a person although {names} failed")]  # fmt: skip
        problems = schema.problems(node.schema, edited)
        if problems:
            return [StepOpened(path=person_of(state, 1), feedback=f"what was changed does not fit: {listed(problems)}")]
        return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=edited)]

    def _take_up(self, node: Review, state: StepState, look: Look) -> Sequence[Fact]:
        person = look.child(person_of(state)) if count(state, "asked") else None
        if person is not None:
            return self._decided(node, state, ended_child(look, person.path), look) if person.is_ended else []
        return (
            self._follow(node, state, look) if state.memo.get("verdict") else self._begin(node, look, taken_up(state))
        )

    def why_not_again(self, node: Review, state: StepState, child: StepPath) -> str:
        """The review is done again as a whole."""
        return f"retry '{state.path}' as a whole"

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember what was found, and how often a person was asked."""
        match fact:
            case ReviewJudged():
                return remember(state, verdict=fact.verdict, names=list(fact.failed), why=fact.why)
            case StepOpened() if fact.path != state.path:
                return remember(state, asked=segments(fact.path)[-1].generation)
            case StepReopened() if fact.path == state.path:
                return remember(state, verdict="")
            case _:
                return state


def _named(node: Review, look: Look) -> Named:
    output = _output(node, look)
    return {"output": Kept(output.refs["output"]) if output.refs else output.values.get("output")}


def _output(node: Review, look: Look) -> Bound:
    return look.bind({"output": node.of})


def _scored(node: Review, look: Look, named: Named) -> tuple[float | None, str]:
    """Return the score and, where it is too low or none, why it does not hold."""
    try:
        value = look.value(node.score, named)
    except ExpressionFault as fault:
        return None, str(fault)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, f"'{node.score}' is {type_of(value)}, not a number"
    return float(value), "" if value >= node.least else f"{value:g}, at least {node.least:g}"


def _sent_back(path: StepPath, look: Look) -> int:
    """Return how often in a row this review has sent the work back before."""
    rounds = 0
    for before in earlier(path, lambda at: look.child(at) is not None):
        state = look.child(before)
        if state is None or state.memo.get("verdict") != "redo":
            break
        rounds += 1
    return rounds


def _made_by(of: str) -> str:
    """Return the step whose output is reviewed, where that is plain to see."""
    path = expressions.compile(of).path if of else None
    is_output = path is not None and len(path) > 2 and (path[0], path[2]) == ("steps", "output")
    return str(path[1]) if path is not None and is_output else ""


def _check_said(own: Tree, fields: Mapping[str, Tree], reader: StepReader) -> None:
    if not isinstance(own.value, dict):
        return  # noted
    if "of" not in fields and "redo" not in fields:
        reader.wrong(own, "'review' needs 'of'", "say what is reviewed, as in of: steps.draft.output")
    if not any(name in fields for name in _CHECKS):
        reader.wrong(own, "nothing is checked", f"add one of {', '.join(_CHECKS)}")


def _read_rules(tree: Tree | None, reader: StepReader) -> tuple[Check, ...]:
    rules = checks.read(tree, reader)
    for rule in rules:
        if tree is not None and rule.name in (SCHEMA, SCORE, LIKE):
            reader.wrong(tree, f"'{rule.name}' is a check of its own", "choose another name for the rule")
    return rules


def _read_person(tree: Tree | None, of: str, own: Tree, reader: StepReader) -> Node:
    fields = {} if tree is None or tree.value is True else reader.fields(tree, ESCALATE, "'person'")
    return ask(tree or own, fields, of, reader)


def _check_redo(node: Review, own: Tree, fields: Mapping[str, Tree], types: Types) -> None:
    if "redo" in fields and node.redo not in types.steps:
        names = [name for name in types.steps if not name.startswith("_")]
        types.reader.wrong(
            fields["redo"], f"there is no step '{node.redo}' before this one", suggestion(node.redo, names)
        )
    elif not types.steps:
        types.reader.wrong(own, "nothing comes before it that could be done again", "put it after what it reviews")


def _check_score(tree: Tree, types: Types) -> None:
    known = shapes.types(types.shape(tree))
    if known and not known & {"number", "integer"}:
        types.reader.wrong(tree, f"a score is a number, this is {noun(sorted(known))}", "point it at a number")
