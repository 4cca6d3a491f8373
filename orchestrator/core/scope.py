"""What a step may refer to, and the shape of each: its input, its item, and the steps that have ended before it.

Checks of expressions and hand-offs go through here, so that every problem is noted where it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from orchestrator.core import contracts, expressions, shapes
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node
from orchestrator.core.expression_scan import quoting
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import expression_text
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.schema_words import noun
from orchestrator.core.shapes import UNKNOWN, Nowhere, Schema, Shape
from orchestrator.core.status import STEP_ENDED
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion

RESERVED = frozenset({"input", "steps", "feedback", "agents"})
"""Names that always mean the same, so an item cannot be called so."""
_STATUS = shapes.of_schema({"type": "string", "enum": [status.value for status in sorted(STEP_ENDED)]})

_TEXT = shapes.of_schema({"type": "string"})
_FIELDS: dict[str, Json] = {
    **{name: {"type": "string"} for name in ("role", "runtime", "model")}, "version": {"type": "integer"},
    "capabilities": {"type": "array"}, "input": {"type": "object"}, "output": {"type": "object"},
}  # fmt: skip
_CARD = shapes.of_schema({"type": "object", "additionalProperties": False, "properties": _FIELDS})
"""What is known of an agent, as `core.look` gives it."""
_ASKED = shapes.of_schema({"type": "object", "additionalProperties": False, "properties": {
    **_FIELDS, "proven": {"type": "boolean"},
}})  # fmt: skip
"""The same, where one field of it is asked for: a card says whether it is proven only where that is asked."""


class Checker(Protocol):
    """The part of a kind that checks."""

    def check(self, node: Node, types: Types) -> Shape:
        """Check a node in its scope and return the shape of its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """See the module. One for each scope; kinds make inner ones for what they enclose."""

    reader: StepReader
    kinds: Mapping[str, Checker]
    agents: Mapping[str, AgentSpec]
    workflows: Mapping[str, Schema] | None = None
    """Input contracts of workflows that steps may run, by name; None where that is not to be checked."""
    names: Mapping[str, Shape] = field(default_factory=dict)
    """The run's input, and the items of enclosing maps."""
    steps: Mapping[str, Shape] = field(default_factory=dict)
    """Outputs of the steps that have ended."""
    later: frozenset[str] = frozenset()
    """Steps around it that have not, or may not have."""
    ruled: Mapping[str, Callable[[Mapping[str, Shape]], Shape]] = field(default_factory=dict)
    """What built-in agents that follow rules return, by their names, of what they are given."""
    given: Shape = UNKNOWN
    """What a step without `with` is given."""

    def check(self, node: Node) -> Shape:
        """Check any node in this scope."""
        step = self.reader.written(node)
        checker = self.kinds.get(node.kind)
        if step is None or checker is None:
            return UNKNOWN
        self.condition(step.fields.get("when"))
        return checker.check(node, self)

    def written(self, node: Node) -> StepTree:
        """Return how a node was written."""
        step = self.reader.written(node)
        assert step is not None  # `check` goes only to nodes the reader made
        return step

    def beside(self, steps: Mapping[str, Shape], later: Iterable[str], given: Shape | None = None) -> Types:
        """Return the scope of a step in a sequence: some of its siblings have ended."""
        hidden = frozenset(later)
        visible = {name: shape for name, shape in self.steps.items() if name not in hidden}
        return replace(
            self,
            steps={**visible, **steps},
            later=(self.later - steps.keys()) | hidden,
            given=self.given if given is None else given,
        )

    def within(self, name: str, item: Shape) -> Types:
        """Return the scope inside a map."""
        return replace(self, names={**self.names, name: item}, given=shapes.of_object({name: item}))

    def naming(self, names: Mapping[str, Shape]) -> Types:
        """Return the scope inside a kind that gives things names; what a step without `with` is given stays."""
        return replace(self, names={**self.names, **names})

    def agent(self, tree: Tree) -> AgentSpec | None:
        """Find an agent by the name that is written."""
        if not isinstance(tree.value, str) or not tree.value.strip():
            return None  # noted when it was read
        name = tree.value.strip()
        spec = self.agents.get(name)
        if spec is None:
            hint = suggestion(name, self.agents) or "define it first"
            self.reader.wrong(tree, f"there is no agent '{name}'", hint)
        return spec

    def workflow(self, tree: Tree) -> Schema | None:
        """Find the input contract of a workflow by the name that is written."""
        if not isinstance(tree.value, str) or not tree.value.strip() or self.workflows is None:
            return None
        name = tree.value.strip()
        if name not in self.workflows:
            hint = suggestion(name, self.workflows) or "define it first"
            self.reader.wrong(tree, f"there is no workflow '{name}'", hint)
            return None
        return self.workflows[name]

    def condition(self, tree: Tree | None) -> None:
        """Check an expression that decides."""
        if tree is None:
            return
        known = shapes.types(self.shape(tree))
        if known and "boolean" not in known:
            hint = "compare it, as in … == … or … > 0"
            self.reader.wrong(tree, f"a condition is true or false, this is {noun(sorted(known))}", hint)

    def shape(self, tree: Tree) -> Shape:
        """Check what an expression refers to, and return the shape of its value."""
        text = expression_text(tree)
        try:
            compiled = expressions.compile(text or "")
        except expressions.ExpressionFault:
            return UNKNOWN  # noted when it was read
        if compiled.path is not None:
            return self._follow(tree, compiled.path)
        for reference in compiled.references:
            self._follow(tree, reference)
        return UNKNOWN if compiled.references else self._constant(tree, compiled)

    def hand_over(self, given: Mapping[str, Tree] | None, wanted: Schema, whose: str, at: Tree) -> None:
        """Check that what is given (or, unsaid, comes by itself) can fit what is wanted."""
        if given is None:
            self._hand_over_unsaid(wanted, whose, at)
            return
        bound = shapes.of_object({name: self.shape(one) for name, one in given.items()})
        for misfit in contracts.misfits(bound, shapes.of_schema(wanted)):
            place = given.get(misfit.path[0], at) if misfit.path else at
            inner = ".".join(misfit.path[1:] if place is not at else misfit.path)
            reason = f"{inner}: {misfit.message}" if inner and not misfit.is_extra else misfit.message
            self.reader.wrong(place, f"{whose}: {reason}", misfit.hint, at_name=misfit.is_extra)

    def _hand_over_unsaid(self, wanted: Schema, whose: str, at: Tree) -> None:
        found = list(contracts.misfits(self.given, shapes.of_schema(wanted)))
        if found:
            reasons = "; ".join(misfit.message for misfit in found[:3])
            hint = "say in 'with' what it is given"
            self.reader.wrong(at, f"{whose} is given what comes by itself, which does not fit: {reasons}", hint)

    def _constant(self, tree: Tree, compiled: expressions.Expression) -> Shape:
        try:
            return shapes.of_value(compiled.evaluate(_nothing))
        except expressions.ExpressionFault as fault:
            self.reader.wrong(tree, fault.reason, fault.hint)
            return UNKNOWN

    def _follow(self, tree: Tree, parts: tuple[str | int, ...]) -> Shape:
        name = str(parts[0])
        if name == "steps":
            return self._follow_step(tree, parts)
        if name == "feedback" and len(parts) == 1:
            return _TEXT
        if name == "agents":
            cards = shapes.of_object(dict.fromkeys(self.agents, _ASKED if len(parts) > 2 else _CARD))
            return self._walk(tree, cards, parts, 1) if len(parts) > 1 else shapes.of_schema({"type": "object"})
        if name not in self.names:
            known = suggestion(name, ["steps", *self.names])
            hint = (
                known if known.startswith("did you mean") or len(parts) > 1 else quoting(expression_text(tree) or name)
            )
            self.reader.wrong(tree, f"there is no '{name}' here", hint)
            return UNKNOWN
        return self._walk(tree, self.names[name], parts, 1)

    def _follow_step(self, tree: Tree, parts: tuple[str | int, ...]) -> Shape:
        name = str(parts[1])
        if name in self.steps:
            known = {"output": self.steps[name], "status": _STATUS, "degraded": _TEXT}
            return self._walk(tree, shapes.of_object(known), parts, 2)
        if name in self.later:
            hint = "only steps that have ended can be read: write it after that step, or name that step in 'needs'"
            self.reader.wrong(tree, f"step '{name}' may not have ended before this one", hint)
        else:
            self.reader.wrong(tree, f"there is no step '{name}' before this one", suggestion(name, _named(self.steps)))
        return UNKNOWN

    def _walk(self, tree: Tree, shape: Shape, parts: tuple[str | int, ...], start: int) -> Shape:
        for number in range(start, len(parts)):
            found = shapes.inside(shape, parts[number])
            if isinstance(found, Nowhere):
                place = ".".join(str(part) for part in parts[:number]).replace(".[", "[")
                self.reader.wrong(tree, f"'{place}' {found.reason}", found.hint)
                return UNKNOWN
            shape = found
        return shape


def _named(steps: Iterable[str]) -> list[str]:
    """Leave out steps whose own id could not be read."""
    return [name for name in steps if not name.startswith("_")]


def _nothing(anchor: expressions.Anchor) -> Json:
    raise LookupError(anchor)


def as_input(shape: Shape) -> Shape:
    """Return what a step is given when an output is its input: anything but an object becomes `value`."""
    known = shapes.types(shape)
    if not known:
        return UNKNOWN
    return shape if "object" in known else shapes.of_object({"value": shape})
