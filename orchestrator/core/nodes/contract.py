"""What a node kind is, and what it may look at. A kind is one file that meets `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, TypeVar

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node
from orchestrator.core.events import Fact
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape
from orchestrator.core.signals import Ended, Signal
from orchestrator.core.state import StepState
from orchestrator.reliability.trust import Measured

N = TypeVar("N", bound=Node, contravariant=True)
WHOLE = "*"
"""The name under which a reference stands for a whole input."""


def taken_up(state: StepState) -> int:
    """Return the number of the attempt to queue in a step that was taken over: one that was at work counts as none."""
    return max(state.attempt + (state.attempt_status is not None), 1)


def ended_child(look: Look, path: StepPath) -> Ended:
    """Return the signal of a child that has ended, made again of its state."""
    state = look.child(path)
    assert state is not None  # a step that is remembered as ended is there
    return Ended(child=path, status=state.status, failure=state.failure, reason=state.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Values of expressions, where an artifact stays a reference until a worker needs it."""

    values: Mapping[str, Json] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that is kept as an artifact, by its content hash; it is read only where somebody needs it."""

    ref: str
    path: tuple[str | int, ...] = ()
    """Where in what is kept it is; empty for all of it."""


Held: TypeAlias = "Json | Kept | Mapping[str, Json | Kept] | tuple[Held, ...]"
"""A value, or an object or a list (written as a tuple) of values that are kept one by one."""
Named: TypeAlias = Mapping[str, Held]
"""What goes by a name inside a kind, beside input and steps."""


def output_of(state: StepState | None) -> Json | Kept:
    """Return what a step came to, as a value or where it is kept."""
    if state is None:
        return None
    return Kept(state.output_ref) if state.output_ref else state.output


class Look(Protocol):
    """What a node may see: its own scope and the frozen world. No database, no siblings, no clock but this one."""

    @property
    def path(self) -> StepPath:
        """Return the path of the step that looks."""

    @property
    def state(self) -> StepState:
        """Return the step itself as it is now."""

    @property
    def starter(self) -> str:
        """Return the account that started the run."""

    @property
    def now(self) -> float:
        """Return the time of this advance, in seconds since 1970."""

    @property
    def is_full(self) -> bool:
        """Tell whether so much has happened in this advance that what can wait for the next one should."""

    def dice(self) -> float:
        """Return a number from 0 up to 1."""

    def value(self, expression: str, named: Named = MappingProxyType({})) -> Json:
        """Evaluate an expression in this step's scope, where it may also use these names; raises ExpressionFault."""

    def test(self, expression: str, named: Named = MappingProxyType({})) -> bool:
        """Evaluate a condition likewise; raises ExpressionFault also when it is neither true nor false."""

    def bind(self, expressions: Mapping[str, str]) -> Bound:
        """Evaluate named expressions, leaving whole artifacts as references."""

    def default_input(self) -> Bound:
        """Return what a step without `with` is given: its item, its only predecessor's output, or the run's input."""

    @property
    def depth(self) -> int:
        """Return how many runs stand above this one."""

    @property
    def most_deep(self) -> int:
        """Return how many may."""

    def new_run(self, number: int) -> RunId:
        """Return the id of the run this step asks for, another one for each number."""

    def workflow_version(self, name: str) -> str | None:
        """Return the version of a workflow this run is bound to."""

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""

    def child(self, path: StepPath) -> StepState | None:
        """Return the state of one child of this step."""

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken the queued attempt of a step, though it has not said so yet."""

    def fallen(self) -> Sequence[StepState]:
        """Return the children of this step that had begun and failed or were given up, in the order of their paths."""

    def agent(self, name: str) -> AgentSpec | None:
        """Return the version of an agent this run is bound to."""

    def capable(self, capability: str) -> Sequence[str]:
        """Return the agents this run is bound to that can do something, by name."""

    def measured(self, names: Sequence[str]) -> Measured:
        """Return what is known of agents now: how their work came out, what it costs, what they have in hand."""

    def span(self, node: Node) -> int:
        """Return how many steps stand one after another in a node, at most."""


class Kind(Protocol[N]):
    """One kind of building block: how it is read and checked, and what it does at run time."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that may stand in a step beside the kind's own."""

    @property
    def wakes(self) -> bool:
        """Tell whether its steps set timers; those go when a step ends."""

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read a step of this kind; problems are noted, and what could not be read is left harmless."""

    def check(self, node: N, types: Types) -> Shape:
        """Check that contracts fit, and return the shape of the output."""

    def children(self, node: N) -> Sequence[Node]:
        """Return the nodes inside, in order; the only one, for a kind that repeats it with an index."""

    def view(self, node: N) -> str:
        """Return how a run of it is shown beside its box: the name of a view, or nothing."""

    def agents(self, node: N) -> Sequence[str]:
        """Return the names of the agents it calls itself, steps inside left out; a run is bound to their versions."""

    def counts(self, node: N) -> bool:
        """Tell whether `fold` is to be told, too, what was used up anywhere inside (AttemptEnded, ChildEnded)."""

    def names(
        self, node: N, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return what the child `inside`, and all in it, can call by name. `child` gives the state of a child."""

    def start(self, node: N, look: Look) -> Sequence[Fact]:
        """Return what happens first; called once, right after the step opened."""

    def on(self, node: N, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Return what follows from a signal; never called for an ended step.

        After `Reopen` the step must be at work again, wait for something, or end.
        """

    def why_not_again(self, node: N, state: StepState, child: StepPath) -> str:
        """Say why a child that failed or was given up can't be done again now; empty when it can."""

    def why_not_shared(self, node: N, child: StepPath, told: Sequence[str]) -> str:
        """Say why a child may not write or send what it did (`core.sharing`); empty when it may."""

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Return the state after a fact about this step, or about the opening, end or reopening of a child.

        Sets only what is the kind's own (`memo`); the rest is folded for all kinds in `core.fold`.
        """


class Usual:
    """What most kinds have in common; a kind says only what is different with it."""

    fields: tuple[str, ...] = ()
    wakes = False

    def children(self, node: Any) -> Sequence[Node]:
        """Return nothing: there are no steps inside."""
        return ()

    def view(self, node: Any) -> str:
        """Return nothing: its box says all."""
        return ""

    def agents(self, node: Any) -> Sequence[str]:
        """Return nothing: it calls no agent itself."""
        return ()

    def counts(self, node: Any) -> bool:
        """Return no: it does not matter here."""
        return False

    def names(
        self, node: Any, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return nothing: steps inside see what is around it."""
        return {}

    def why_not_again(self, node: Any, state: StepState, child: StepPath) -> str:
        """Return nothing: what failed inside can be done again."""
        return ""

    def why_not_shared(self, node: Any, child: StepPath, told: Sequence[str]) -> str:
        """Return that nothing is shared here."""
        return f"{told[0]}: there is neither a blackboard nor a conversation around this step; return the value instead"
