"""Kind `agent`: one agent does one piece of work, tried again as configured, then handed to its fallbacks.

When these have failed for good, too, a declared degraded result can stand for what they would have made (P1, R3).
One that is a person is asked by a form (`core.people`): no attempt, no retries, and its answer is the step's output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from orchestrator.core import autonomy, degrade, people, schema
from orchestrator.core.askers import asker
from orchestrator.core.asking import APPROVE, MEMO, asking, opened, refused
from orchestrator.core.definition import Node, Retry
from orchestrator.core.degrade import Degrade
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    Fact,
    PersonAsked,
    StepAssigned,
    StepEnded,
    StepOpened,
    StepReopened,
    SubtreeCancelled,
)
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.nodes.contract import Kept, Look, Named, Usual, output_of, taken_up
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import Reader
from orchestrator.core.parse_limits import read_budget
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.parse_tools import read_step_limits
from orchestrator.core.patterns.contract import written_out
from orchestrator.core.problems import listed
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape, of_schema
from orchestrator.core.signals import Assigned, Ended, Reopen, Reported, SentBack, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import AttemptStatus, StepStatus
from orchestrator.core.tree import Tree
from orchestrator.reliability import retry as retries


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNode(Node):
    """Call an agent."""

    kind: ClassVar[str] = "agent"

    agent: str
    with_: Mapping[str, str] | None = None
    """Name of an input to the expression it comes from; None gives the default input."""
    retry: Retry = field(default_factory=Retry)
    timeout_seconds: float | None = None
    """Of one attempt; None takes the agent's own."""
    fallback: tuple[str, ...] = ()
    """Agents to try, in order, when this one has failed for good."""
    degrade: Degrade | None = None
    """What stands for the result when they have, too."""
    budget: Mapping[str, Json] = field(default_factory=dict)
    """The most all its attempts may use up together, with the runs they ask for (C1)."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """The most one attempt may take: `context`, `trim`, `memory`, `output`, beside what its agent says (C7)."""


class AgentKind(Usual):
    """See the module."""

    fields = ("with", "retry", "timeout", "fallback", "degrade", "budget", "limits", autonomy.FIELD)

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read the agent's name and how it is called; with a gate behind it where it may not act alone (H7)."""
        if autonomy.is_meant(step):
            return written_out(autonomy.write(step, reader), step, reader, autonomy.NAME)
        autonomy.check(step, reader)
        written = step.fields.get("with")
        return AgentNode(
            agent=reader.text(step.own),
            with_=None if written is None else reader.expressions(written, "'with'"),
            retry=read_retry(step.fields.get("retry"), reader),
            timeout_seconds=reader.duration(step.fields.get("timeout"), None),
            fallback=reader.texts(step.fields.get("fallback"), "agents"),
            degrade=degrade.read(step.fields.get("degrade"), reader),
            budget=read_budget(step.fields.get("budget"), reader),
            limits=read_step_limits(step.fields.get("limits"), reader),
            **step.common,
        )

    def check(self, node: AgentNode, types: Types) -> Shape:
        """Check that the agents exist, and that each can take what it is given."""
        step = types.written(node)
        written = step.fields.get("with")
        given = written.value if written is not None and isinstance(written.value, dict) else None
        names = [step.own, *(step.fields["fallback"].inner() if "fallback" in step.fields else ())]
        specs = [types.agent(name) for name in names]
        known = {} if given is None else {name: types.shape(inner) for name, inner in given.items()}
        for spec in specs:
            if spec is not None and (written is None or given is not None):
                types.hand_over(given, spec.input_schema, spec.name, written or step.tree)
        degrade.check(step.fields.get("degrade"), specs[0], types)
        if node.agent in types.ruled and given is not None:
            return types.ruled[node.agent](known)
        return of_schema(specs[0].output_schema) if specs[0] is not None else UNKNOWN

    def agents(self, node: AgentNode) -> tuple[str, ...]:
        """Return the agent and those who stand in for it."""
        return (node.agent, *node.fallback)

    def names(
        self, node: AgentNode, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return what the form of a person is about."""
        return {people.GIVEN: people.given(state)} if people.is_form(inside.path) else {}

    def why_not_again(self, node: AgentNode, state: StepState, child: StepPath) -> str:
        """Say that what was asked for, or a form, was given up and counts no more: the step goes on without it."""
        if state.is_ended or child == people.form_path(state.path, state.attempt):
            return ""
        has = f"{state.agent} has '{state.path}' by now"
        return has if people.is_form(child) else f"'{state.path}' goes on without it"

    def start(self, node: AgentNode, look: Look) -> Sequence[Fact]:
        """Begin the first attempt, with its input evaluated and recorded."""
        return self._first(node, look, 1)

    def _first(self, node: AgentNode, look: Look, attempt: int) -> list[Fact]:
        bound = look.default_input() if node.with_ is None else look.bind(node.with_)
        agent = _assigned(look.state) or node.agent
        return self._begin(node, look, agent, attempt, input=bound.values, refs=bound.refs)

    def on(self, node: AgentNode, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """End the step with a good report; try again, fall back or fail with a bad one; begin anew when reopened."""
        match signal:
            case TakenOver() if not state.attempt:  # it was only opened, and told who does it
                return self._first(node, look, 1)
            case TakenOver():
                waits = bool(asking(state))
                return [] if waits else self._begin(node, look, state.agent, taken_up(state), why="taken over")
            case Assigned():
                return self._assigned(node, state, signal, look)
            case Reopen():
                return self._reopened(node, state, look)
            case Ended() if people.is_form(signal.child):
                return self._filled_in(node, state, signal, look)
            case Ended():
                return self._answered(node, state, signal, look)
            case Reported() if signal.attempt == state.attempt:
                asked = bool(signal.requests)
                return self._asked(node, state, signal, look) if asked else self._came_back(node, state, signal, look)
            case _:
                return []

    def _assigned(self, node: AgentNode, state: StepState, signal: Assigned, look: Look) -> list[Fact]:
        """Take it from whoever has it, and begin with who is to have it, or with a form of the same contract."""
        agent, attempt = signal.agent or _assigned(state) or node.agent, taken_up(state)
        given_up = SubtreeCancelled(path=state.path, reason=signal.why)
        if not signal.agent:
            return [given_up, *people.asked(state.path, agent, attempt, why=signal.why)]
        return [given_up, *self._begin(node, look, agent, attempt, why=signal.why)]

    def _reopened(self, node: AgentNode, state: StepState, look: Look) -> list[Fact]:
        """Ask again what could not be had; a form that is not the last thing that was tried belongs to the past."""
        own = people.form_path(state.path, state.attempt)
        mine = ("", state.agent)  # what others asked for is theirs
        fallen = [one.path for one in look.fallen() if one.path == own
                  or (not people.is_form(one.path) and asker(one.item) in mine)]  # fmt: skip
        if own in fallen:  # what was asked for before it was given up for the form
            fallen = [own]
        again: list[Fact] = [StepReopened(path=path) for path in fallen]
        return again or self._first(node, look, state.attempt + 1)

    def _filled_in(self, node: AgentNode, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        """End with what a person answered; who did not, or may not, is followed by the next in line."""
        if signal.child != people.form_path(state.path, state.attempt):
            return []
        if signal.sent_back is not None:
            return [_sent_back(state, signal.sent_back)]
        found = look.child(signal.child)
        if signal.status != StepStatus.SUCCEEDED or found is None:
            reason = signal.reason or f"its form was {signal.status}"
            return self._fall_back(node, state, signal.failure or Failure.BRANCH, reason, look)
        output = output_of(found)
        value = look.artifact(output.ref) if isinstance(output, Kept) else found.output
        spec = look.agent(state.agent)
        wrong = schema.problems(spec.output_schema, value) if spec else ()
        if wrong:
            reason = f"The output of {state.agent} does not fit its contract. {listed(wrong)}."
            return self._fall_back(node, state, Failure.SCHEMA, reason, look)
        return [self._done(node, state, output=found.output, output_ref=found.output_ref)]

    def _done(self, node: AgentNode, state: StepState, degraded: str = "", **made: Any) -> StepEnded:
        meant = _assigned(state) or node.agent
        stood_in = f"{state.agent} stood in for {meant}" if state.agent != meant else ""
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, degraded=degraded or stood_in, **made)

    def _asked(self, node: AgentNode, state: StepState, signal: Reported, look: Look) -> Sequence[Fact]:
        """Open what answers, or do it again where it had failed; what is still at work is only waited for."""
        reason = refused(signal.requests, look.agent(state.agent))
        facts: list[Fact] = []
        for fact in () if reason else opened(state.path, signal.requests, state.agent, look.child):
            before = look.child(fact.path)
            if before is None:
                facts.append(fact)
            elif before.status in (StepStatus.FAILED, StepStatus.CANCELLED):
                facts.append(StepReopened(path=fact.path))
            elif before.is_ended:
                name = fact.path.rpartition("/")[2]
                reason = f"{name} {before.status} already; ask for the same things in the same order each time"
        return self._fall_back(node, state, Failure.REFUSED, reason, look) if reason else facts

    def _answered(self, node: AgentNode, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        """Go on when all that was asked for is there; fail with what could not be had."""
        if signal.status == StepStatus.SUCCEEDED:
            name = segments(signal.child)[-1].name
            why = "its call was decided on" if name == APPROVE else f"{name.lower()} answered"
            if asking(state):
                return []
            return self._begin(node, look, state.agent, state.attempt + 1, why=why, resumed=True)
        name = segments(signal.child)[-1].name
        reason = f"{name}: {signal.reason}" if signal.reason else f"{name} {signal.status}"
        failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure or Failure.BRANCH,
                           reason=reason)  # fmt: skip
        failed = failed if signal.sent_back is None else _sent_back(state, signal.sent_back, reason)
        return [SubtreeCancelled(path=state.path, reason=reason), failed] if asking(state) else [failed]

    def _came_back(self, node: AgentNode, state: StepState, signal: Reported, look: Look) -> Sequence[Fact]:
        if signal.ok:
            return [self._done(node, state, signal.degraded, output=signal.output, output_ref=signal.output_ref)]
        failure = signal.failure or Failure.CRASH
        lost, gone = _count(state, "lost"), _count(state, "gone")
        if failure == Failure.LOST and retries.may_go_on(lost, gone):
            return self._begin(node, look, state.agent, state.attempt + 1, why=signal.reason)
        tried = state.attempt - _count(state, "before") - gone
        again = None if failure == Failure.LOST else retries.decide(node.retry, failure, tried, look.dice())
        if again is not None:
            why = f"attempt {state.attempt} failed: {signal.reason}"
            return self._begin(node, look, state.agent, state.attempt + 1, why=why, delay_seconds=again)
        reason = signal.reason
        if failure == Failure.LOST:
            reason = f"its worker died {gone} times while it was at work; it may be what kills it"
        return self._fall_back(node, state, failure, reason, look)

    def _fall_back(self, node: AgentNode, state: StepState, failure: Failure, reason: str, look: Look) -> list[Fact]:
        chain = tuple(
            dict.fromkeys((_assigned(state) or node.agent, *node.fallback))
        )  # each once, or they would take turns for ever
        following = chain[chain.index(state.agent) + 1 :] if state.agent in chain else ()
        if following and failure not in retries.NEVER:
            why = f"{state.agent} failed for good: {reason}"
            return self._begin(node, look, following[0], state.attempt + 1, why=why)
        failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=reason)
        is_no = failure in (Failure.REJECTED, Failure.REFUSED)  # said by a person, or by a rule that people set
        if node.degrade is None or is_no:
            return [failed]
        bound = look.bind(node.degrade.named)
        return [degrade.instead(node.degrade, failed, look.agent(node.agent), bound.values, bound.refs)]

    def _begin(self, node: AgentNode, look: Look, agent: str, attempt: int, **more: Any) -> list[Fact]:
        """Queue an attempt; a person is asked instead."""
        spec = look.agent(agent)
        if people.is_person(spec):
            return people.asked(look.path, agent, attempt, **more)
        seconds = node.timeout_seconds or (spec.timeout_seconds if spec else 60.0)
        return [AttemptQueued(path=look.path, attempt=attempt, agent=agent, timeout_seconds=seconds, **more)]

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember, once something failed: who did, how often its worker died, and how many tries others had before."""
        match fact:
            case AttemptEnded(status=AttemptStatus.SUSPENDED):
                return replace(state, memo={**state.memo, "before": _count(state, "before") + 1})
            case PersonAsked():
                return replace(state, memo=_since(state, last=fact.agent, before=fact.attempt))
            case StepOpened() | StepReopened() | StepEnded() if fact.path != state.path:
                return _waiting(state, fact)
            case AttemptEnded() if fact.status != AttemptStatus.SUCCEEDED:
                is_lost = fact.status == AttemptStatus.LOST
                lost, gone = _count(state, "lost") + (is_lost and fact.alone), _count(state, "gone") + is_lost
                return replace(state, memo={**state.memo, "last": fact.agent, "lost": lost, "gone": gone})
            case StepOpened() if fact.agent:
                return replace(state, memo={"assigned": fact.agent})
            case StepAssigned():
                memo = {"assigned": fact.agent} if fact.agent else _since(state)
                waits: dict[str, Json] = {MEMO: [*asking(state)]} if asking(state) else {}
                return replace(state, memo={**memo, "before": state.attempt, **waits})
            case SubtreeCancelled() if asking(state):
                return replace(state, memo={**state.memo, MEMO: []})
            case StepReopened():
                return replace(state, memo=_since(state, before=state.attempt))
            case AttemptQueued() if state.memo.get("last", fact.agent) != fact.agent:
                return replace(state, memo=_since(state, last=fact.agent, lost=0, gone=0, before=fact.attempt - 1))
            case _:
                return state


def has_other(node: Node, agent: str) -> bool:
    """Tell whether a step goes on without this agent: to another one, a degraded result, or whoever chose the agent."""
    return isinstance(node, AgentNode) and (node.degrade is not None or agent != (node.agent, *node.fallback)[-1])


def has_next(node: Node, agent: str) -> bool:
    """Tell whether a step names another agent after this one; who was chosen for it may be the last there is."""
    return isinstance(node, AgentNode) and agent in (node.agent, *node.fallback)[:-1]


def _waiting(state: StepState, fact: StepOpened | StepReopened | StepEnded) -> StepState:
    name = fact.path.rpartition("/")[2]
    left: list[Json] = [one for one in asking(state) if one != name]
    return replace(state, memo={**state.memo, MEMO: left if isinstance(fact, StepEnded) else [*left, name]})


def _sent_back(state: StepState, back: SentBack, reason: str = "") -> StepEnded:
    return StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.REJECTED,
                     reason=reason or f"sent back: {back.feedback}", sent_back_to=back.to,
                     feedback=back.feedback)  # fmt: skip


def _assigned(state: StepState) -> str:
    """Return who does it where what opened the step decided that; empty when the workflow says."""
    return cast("str", state.memo.get("assigned", ""))


def _since(state: StepState, **memo: Json) -> dict[str, Json]:
    """Begin the books anew, but keep who was chosen."""
    return {**({"assigned": _assigned(state)} if _assigned(state) else {}), **memo}


def _count(state: StepState, name: str) -> int:
    return cast("int", state.memo.get(name, 0))


def read_retry(tree: Tree | None, reader: Reader) -> Retry:
    """Read how a failed attempt is tried again."""
    if tree is None:
        return Retry()
    fields = reader.fields(tree, ("attempts", "backoff", "max_backoff", "on"), "'retry'")
    usual = Retry()
    kinds = [kind for kind in Failure if kind not in retries.NEVER | {Failure.OVER_LIMIT}]  # kept ones say 'tripped'
    chosen = [reader.choice(one, kinds, Failure.CRASH) for one in reader.items(fields.get("on"), "failures")]
    return Retry(
        attempts=reader.whole(fields.get("attempts"), usual.attempts, least=1, most=100),
        backoff_seconds=reader.duration(fields.get("backoff"), usual.backoff_seconds),
        max_backoff_seconds=reader.duration(fields.get("max_backoff"), usual.max_backoff_seconds),
        on=frozenset(chosen) if "on" in fields else usual.on,
    )
