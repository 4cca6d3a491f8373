"""Kind `workflow`: a whole run of another workflow, with a log and a coordinator of its own; its output is the run's.

What a step of this kind runs stands in a file (by name), or comes as a definition: a plan, or a call of one agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, cast

from orchestrator.core.child_runs import awaited, child_of, remember
from orchestrator.core.definition import Node
from orchestrator.core.events import ChildRequested, ChildRetried, Fact, StepEnded
from orchestrator.core.nodes.contract import Bound, Look, Usual
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import plain_version
from orchestrator.core.parse_limits import read_budget
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape
from orchestrator.core.signals import ChildDone, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.core.tree import Tree

_OF_DEFINITION = ("definition", "input", "agents")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowNode(Node):
    """Run a workflow."""

    kind: ClassVar[str] = "workflow"

    workflow: str = ""
    """Name of one that stands in a file; empty when `definition` gives it."""
    definition: str = ""
    """Expression of a definition; empty when the step's item holds it."""
    input: str = ""
    """Expression of the whole input that goes with a definition; empty when `with_` or the default input is it."""
    known: tuple[str, ...] = ()
    """Agents that a definition may name; the run is bound to their versions."""
    with_: Mapping[str, str] | None = None
    """Name of an input to the expression it comes from; None gives the default input."""
    budget: Mapping[str, Json] = field(default_factory=dict)
    """The most its run, with all that this one asks for, may use up (C1)."""


class WorkflowKind(Usual):
    """See the module. Its memory: what `core.child_runs` keeps of the run."""

    fields = ("with", "budget")

    def parse(self, step: StepTree, reader: StepReader) -> WorkflowNode:
        """Read the workflow's name, or where its definition comes from."""
        written = step.fields.get("with")
        with_ = None if written is None else reader.expressions(written, "'with'")
        budget = read_budget(step.fields.get("budget"), reader)
        if isinstance(step.own.value, dict):
            fields = reader.fields(step.own, _OF_DEFINITION, "'workflow'", required=("definition",))
            return WorkflowNode(
                definition=reader.expression(fields.get("definition")), input=reader.expression(fields.get("input")),
                known=reader.texts(fields.get("agents"), "agents"), with_=with_, budget=budget,
                **step.common,
            )  # fmt: skip
        return WorkflowNode(workflow=reader.slug(step.own, "a workflow"), with_=with_, budget=budget, **step.common)

    def check(self, node: WorkflowNode, types: Types) -> Shape:
        """Check that there is such a workflow, and that it can take what it is given."""
        step = types.written(node)
        written = step.fields.get("with")
        given = written.value if written is not None and isinstance(written.value, dict) else None
        for inner in (given or {}).values():
            types.shape(inner)
        if isinstance(step.own.value, dict):
            for name in ("definition", "input"):
                if name in step.own.value:
                    types.shape(step.own.value[name])
            for agent in step.own.value["agents"].inner() if "agents" in step.own.value else ():
                types.agent(agent)
            return UNKNOWN
        self._check_named(node, types, step.own, given, written or step.tree)
        return UNKNOWN

    def _check_named(
        self, node: WorkflowNode, types: Types, name: Tree, given: Mapping[str, Tree] | None, at: Tree
    ) -> None:
        wanted = types.workflow(name)
        if wanted is not None and (node.with_ is None or given is not None):
            types.hand_over(given, wanted, node.workflow, at)

    def agents(self, node: WorkflowNode) -> tuple[str, ...]:
        """Return the agents that a definition may name."""
        return node.known

    def start(self, node: WorkflowNode, look: Look) -> Sequence[Fact]:
        """Ask for the run."""
        return [self._request(node, look)]

    def _request(self, node: WorkflowNode, look: Look) -> Fact:
        if look.depth >= look.most_deep:
            reason = (
                f"runs may stand {look.most_deep} deep in each other, and this one would be the next; "
                "let a step do it, or allow more with SIGNALBOX_DEPTH"
            )
            return StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.DEPTH, reason=reason)
        run = look.new_run(cast("int", child_of(look.state).get("number", 0)) + 1)
        if node.workflow:
            version = look.workflow_version(node.workflow)
            if version is None:
                reason = f"there is no workflow '{node.workflow}'; apply it first"
                return StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.INVALID_INPUT, reason=reason)
            return ChildRequested(path=look.path, run=run, workflow=node.workflow, version=version,
                                  input=_given(node, look), depth=look.depth + 1)  # fmt: skip
        definition, given = _defined(node, look)
        if not isinstance(definition, dict) or not isinstance(definition.get("workflow"), str):
            reason = "what should be a workflow's definition is not one; let a rule make it, as in 'plan'"
            return StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.INVALID_INPUT, reason=reason)
        return ChildRequested(path=look.path, run=run, workflow=cast("str", definition["workflow"]),
                              version=plain_version(definition), input=given, depth=look.depth + 1,
                              definition=definition)  # fmt: skip

    def on(self, node: WorkflowNode, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """End as the run ended; when reopened, let a run that failed go on, or ask for another one."""
        match signal:
            case ChildDone() if signal.run == child_of(state).get("run"):
                return [_ended(state, signal)]
            case Reopen() if child_of(state).get("status") == RunStatus.FAILED:
                return [ChildRetried(path=state.path, run=str(child_of(state)["run"]))]
            case Reopen() | TakenOver() if not awaited(state) or isinstance(signal, TakenOver):
                return [self._request(node, look)]
            case _:
                return []

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember which run it is, how that stands, and what it has used up."""
        return remember(state, fact)


def _given(node: WorkflowNode, look: Look) -> Json:
    bound = look.default_input() if node.with_ is None else look.bind(node.with_)
    return whole(bound, look)


def whole(bound: Bound, look: Look) -> Json:
    """Return what was bound with every artifact read: a run keeps its input itself."""
    values = dict(bound.values)
    for name, ref in bound.refs.items():
        found = look.artifact(ref)
        if name != "*":
            values[name] = found
        else:
            values.update(found if isinstance(found, dict) else {"value": found})
    return values


def _defined(node: WorkflowNode, look: Look) -> tuple[Json, Json]:
    if node.definition:
        return look.value(node.definition), look.value(node.input) if node.input else _given(node, look)
    item = look.state.item if isinstance(look.state.item, dict) else {}
    return item.get("definition"), item.get("input")


def _ended(state: StepState, done: ChildDone) -> StepEnded:
    if done.status == RunStatus.SUCCEEDED:
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=done.output, output_ref=done.output_ref,
                         degraded=done.degraded)  # fmt: skip
    reason = done.reason or f"its run {done.status}"
    failure = done.failure or Failure.BRANCH
    return StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=reason)
