"""Kind `route`: work goes to one of several agents of equal contracts, whoever is worth most trust now (A3).

Who may have it is known by a capability, or named. Each choice is recorded with its reasons; when the chosen one has
failed for good, the next best has it. What is measured and how is in `reliability.trust`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from orchestrator.core import degrade, routing
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node
from orchestrator.core.degrade import Degrade
from orchestrator.core.events import Fact, RouteChosen, StepEnded, StepOpened, StepReopened
from orchestrator.core.handoffs import WORK, count, remember, work_of
from orchestrator.core.ids import name_of, segments
from orchestrator.core.nodes.contract import Look, Usual, ended_child
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import made
from orchestrator.core.routing import CONTRACT, Asked
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape, of_schema
from orchestrator.core.signals import Ended, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion
from orchestrator.reliability.retry import NEVER
from orchestrator.reliability.trust import Wishes

HOPELESS = (NEVER | {Failure.EXPRESSION}) - {Failure.OVER_BUDGET}
"""Failures that no other agent with the same input can mend. A budget may be the agent's own, or hold a cheaper one."""
_FIELDS = ("capability", "among", "like", "tools", "context", "prefer")
_BESIDE = ("with", "retry", "timeout", "budget", "limits")
MOST_WEIGHT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Node):
    """Have work done by the agent that is worth most trust."""

    kind: ClassVar[str] = "route"

    asked: Asked
    work: Node
    """The step of whoever is chosen."""
    degrade: Degrade | None = None


class RouteKind(Usual):
    """See the module. Its memory: `gen` of the work, its `agent`, `tried` agents with why each failed, whether there
    are `others`; `why` it is this one, and the `candidates` with what was known of each."""

    fields = (*_BESIDE, "degrade")

    def parse(self, step: StepTree, reader: StepReader) -> Route:
        """Read who may do it, what they must have, and how much cost, time and load weigh."""
        fields = reader.fields(step.own, _FIELDS, "'route'")
        among = reader.texts(fields.get("among"), "agents")
        capability = reader.text(fields.get("capability"))
        if isinstance(step.own.value, dict) and ("among" in fields) == ("capability" in fields):
            hint = "write capability: what they can do, or among: [name, another]"
            reader.wrong(step.own, "'route' needs 'capability' or 'among', one of them", hint)
        elif "among" in fields and not among:
            reader.wrong(fields["among"], "there must be at least one agent", "write [name, another]")
        written = {name: step.fields[name] for name in _BESIDE if name in step.fields}
        somebody = made({"agent": among[0] if among else capability or WORK, **written}, step.own)
        work = cast("Any", reader.step(somebody, name=WORK))
        mark = reader.written(work)
        work = replace(work, agent="")
        return Route(
            asked=Asked(
                capability=capability,
                among=among,
                like=reader.text(fields.get("like")),
                tools=reader.texts(fields.get("tools"), "names of tools"),
                context=reader.whole(fields.get("context"), 0, least=1),
                wishes=_read_wishes(fields.get("prefer"), reader),
            ),
            work=reader.keep(work, mark) if mark is not None else work,
            degrade=degrade.read(step.fields.get("degrade"), reader),
            **step.common,
        )

    def check(self, node: Route, types: Types) -> Shape:
        """Check that somebody can do it, that their contracts are equal, and that they can take what they are given."""
        step = types.written(node)
        fields: dict[str, Tree] = step.own.value if isinstance(step.own.value, dict) else {}
        if "like" in fields:
            types.agent(fields["like"])
        specs = _written(node.asked, fields, types)
        at = fields.get("capability", fields.get("among", step.own))
        why = routing.unfit(node.asked, specs)
        able = [one for one in specs if not why[one.name]]
        for name, reason in why.items():
            if reason and (node.asked.among or not able or (CONTRACT in reason and not node.asked.like)):
                place = next((one for one in at.inner() if one.value == name), at) if node.asked.among else at
                types.reader.wrong(place, f"{name} can't do it: {reason}", _remedy(reason))
        written = step.fields.get("with")
        given = written.value if written is not None and isinstance(written.value, dict) else None
        for spec in able[:1]:
            if written is None or given is not None:
                types.hand_over(given, spec.input_schema, spec.name, written or step.tree)
        degrade.check(step.fields.get("degrade"), able[0] if able else None, types)
        return of_schema(able[0].output_schema) if able else UNKNOWN

    def children(self, node: Route) -> tuple[Node, ...]:
        """Return the work."""
        return (node.work,)

    def agents(self, node: Route) -> tuple[str, ...]:
        """Return those that are named; who has the capability is bound when a run starts."""
        return (*node.asked.among, *((node.asked.like,) if node.asked.like else ()))

    def start(self, node: Route, look: Look) -> Sequence[Fact]:
        """Choose somebody, and give the work to them."""
        return self._give(node, look.state, look)

    def on(self, node: Route, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """End with good work; choose the next best after a failure; begin anew when reopened."""
        match signal:
            case Ended() if segments(signal.child)[-1].generation == count(state, "gen"):
                return self._ended(node, state, signal, look)
            case TakenOver():
                work = look.child(work_of(state)) if count(state, "gen") else None
                if work is None:
                    return self._give(node, state, look)
                return self._ended(node, state, ended_child(look, work.path), look) if work.is_ended else []
            case Reopen():
                work = look.child(work_of(state))
                is_given_up = work is not None and work.status == StepStatus.CANCELLED
                return [StepReopened(path=work_of(state))] if is_given_up else self._give(node, state, look)
            case _:
                return []

    def _ended(self, node: Route, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        if signal.sent_back is not None:
            back = signal.sent_back
            return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                              sent_back_to=back.to, feedback=back.feedback)]  # fmt: skip
        match signal.status:
            case StepStatus.SUCCEEDED:
                work = look.child(signal.child)
                assert work is not None  # it has just ended
                return [StepEnded(path=state.path, status=signal.status, output=work.output,
                                  output_ref=work.output_ref)]  # fmt: skip
            case StepStatus.SKIPPED:
                return [StepEnded(path=state.path, status=signal.status, reason=signal.reason, degraded=signal.reason)]
            case StepStatus.FAILED:
                return self._failed(node, state, signal, look)
            case _:  # it was taken away
                return []

    def _failed(self, node: Route, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        """Give it to the next best, unless nobody could mend it."""
        failure = signal.failure or Failure.CRASH
        agent = str(state.memo.get("agent", ""))
        if failure in HOPELESS:
            return [self._instead(node, state, failure, f"{agent}: {signal.reason}", look)]
        return self._give(node, state, look, agent, signal.reason, failure)

    def _give(
        self, node: Route, state: StepState, look: Look, failed: str = "", reason: str = "",
        failure: Failure = Failure.UNAVAILABLE,
    ) -> list[Fact]:  # fmt: skip
        tried = {**_tried(state), **({failed: reason} if failed else {})}
        choice = routing.choose(node.asked, _bound(node.asked, look), tried, look.measured, look.dice)
        chosen = RouteChosen(path=state.path, agent=choice.agent, why=choice.why, candidates=choice.candidates,
                             failed=failed, reason=reason)  # fmt: skip
        if choice.agent:
            return [chosen, StepOpened(path=work_of(state, 1) if count(state, "gen") else work_of(state),
                                       agent=choice.agent)]  # fmt: skip
        why = f"{failed}: {reason}; " if failed else ""
        return [chosen, self._instead(node, state, failure, f"{why}{_nobody(node.asked, choice.candidates)}", look)]

    def _instead(self, node: Route, state: StepState, failure: Failure, reason: str, look: Look) -> StepEnded:
        failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=reason)
        is_no = failure in (Failure.REJECTED, Failure.REFUSED)
        if node.degrade is None or is_no:
            return failed
        bound = look.bind(node.degrade.named)
        spec = look.agent(str(state.memo.get("agent", "")))
        return degrade.instead(node.degrade, failed, spec, bound.values, bound.refs)

    def why_not_again(self, node: Route, state: StepState, child: Any) -> str:
        """Who does it is chosen anew."""
        return f"who does it is chosen; retry '{state.path}' as a whole"

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember who has the work, who had it, and whether there is anybody else."""
        match fact:
            case RouteChosen():
                tried: dict[str, Json] = {**_tried(state), **({fact.failed: fact.reason} if fact.failed else {})}
                told = {"why": fact.why, "candidates": fact.candidates}
                return remember(state, agent=fact.agent, tried=tried, others=_others(fact), **told)
            case StepOpened() if fact.path != state.path and name_of(fact.path) == WORK:
                return remember(state, gen=segments(fact.path)[-1].generation)
            case StepReopened() if fact.path == state.path:
                return remember(state, tried={})
            case _:
                return state


def _tried(state: StepState) -> dict[str, str]:
    return cast("dict[str, str]", state.memo.get("tried", {}))


def _others(fact: RouteChosen) -> bool:
    rows = cast("list[dict[str, Json]]", fact.candidates or [])
    return any("out" not in row and row["agent"] != fact.agent for row in rows)


def _bound(asked: Asked, look: Look) -> list[AgentSpec]:
    names = asked.among or look.capable(asked.capability)
    return [spec for name in names if (spec := look.agent(name)) is not None]


def _written(asked: Asked, fields: dict[str, Tree], types: Types) -> list[AgentSpec]:
    """Return the agents that a file speaks of, and note where there is none."""
    if asked.among:
        found = [types.agent(tree) for tree in fields["among"].inner()]
        return [spec for spec in found if spec is not None]
    specs = [one for _, one in sorted(types.agents.items()) if asked.capability in one.capabilities]
    if asked.capability and not specs:
        known = sorted({name for one in types.agents.values() for name in one.capabilities})
        hint = suggestion(asked.capability, known) or "give it to an agent, under 'capabilities'"
        types.reader.wrong(fields["capability"], f"no agent has the capability '{asked.capability}'", hint)
    return specs


def _remedy(reason: str) -> str:
    if CONTRACT in reason:
        return "agents that stand in for each other have equal contracts; or say with 'like' whose contract counts"
    return "give it what it lacks, or ask for less"


def _nobody(asked: Asked, candidates: Sequence[Json]) -> str:
    rows = cast("Sequence[dict[str, str]]", candidates)
    who = f"no agent that can '{asked.capability}'" if asked.capability else "none of the agents"
    said = "; ".join(f"{row['agent']}: {row.get('out', '')}" for row in rows)
    return f"{who} is left{f' ({said})' if said else ''}"


def _read_wishes(tree: Tree | None, reader: StepReader) -> Wishes:
    usual = Wishes()
    fields = reader.fields(tree, ("cost", "time", "load"), "'prefer'") if tree is not None else {}
    found = {name: reader.number(fields.get(name), getattr(usual, name)) for name in ("cost", "time", "load")}
    for name, value in found.items():
        if value > MOST_WEIGHT:
            reader.wrong(fields[name], f"{value:g} is more than {MOST_WEIGHT:g}", "0.1 is usual, 0 leaves it aside")
    return Wishes(**found)
