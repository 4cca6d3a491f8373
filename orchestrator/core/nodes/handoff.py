"""Kind `handoff`: work that a supervisor checks before anything goes on with it (P4).

What does not hold is tried again by the same agent, told what failed, then given to the next agent of an equal
contract; in the end a declared value stands for it, a person is asked, or it fails. Checks are conditions, evaluated
here: no model is called for what a rule can tell. A judge, if there is one, is asked only once the rules hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from orchestrator.core import checks, contracts, degrade, schema
from orchestrator.core.checks import Check, Unmet
from orchestrator.core.definition import Node
from orchestrator.core.degrade import Degrade
from orchestrator.core.events import Fact, HandoffJudged, StepEnded, StepOpened, StepReopened
from orchestrator.core.handoffs import (
    JUDGE,
    UNJUDGED,
    WORK,
    agent_of,
    count,
    heard,
    person_of,
    remember,
    tried_of,
    work_of,
)
from orchestrator.core.ids import StepPath, child, name_of, segments
from orchestrator.core.nodes.contract import Look, Named, Usual, ended_child, output_of
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_steps import Blank, StepReader, StepTree
from orchestrator.core.patterns.contract import Made, made
from orchestrator.core.problems import listed
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape, of_object, of_schema
from orchestrator.core.signals import Ended, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.supervision import PERSON, TEXT, TEXTS, check_equal, read_person
from orchestrator.core.tree import Tree
from orchestrator.reliability.retry import NEVER

HOPELESS = NEVER | {Failure.EXPRESSION, Failure.OVER_LIMIT}
"""Failures that no other agent with the same input can mend."""
_FIELDS = ("agents", "with", "retry", "timeout", "check", "judge", "retries", "degrade", "escalate")
_VERDICT = of_object({"passed": of_schema({"type": "boolean"})})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff(Node):
    """Have work done, and let it pass only when it holds."""

    kind: ClassVar[str] = "handoff"

    agents: tuple[str, ...]
    """In the order in which they are asked; contracts are equal."""
    work: Node
    judge: Node | None = None
    person: Node | None = None
    checks: tuple[Check, ...] = ()
    retries: int = 1
    """How often the same agent tries again when what it made does not hold."""
    degrade: Degrade | None = None
    is_pooled: bool = False
    """Whether what encloses it says which agent does it, and when."""


class HandoffKind(Usual):
    """See the module. Its memory: `gen` of the work, its `agent`, which has made so many `tries`; `tried` agents.

    Of the last verdict: `judged` (the generation), `verdict`, `failed` and `why`. `asked`: how often a person was.
    """

    def parse(self, step: StepTree, reader: StepReader) -> Handoff:
        """Read who does it, what must hold, and what is done in the end."""
        known = (*_FIELDS, "pool") if step.own.is_made else _FIELDS
        fields = reader.fields(step.own, known, "'handoff'", required=("agents",))
        agents = reader.texts(fields.get("agents"), "agents")
        if "agents" in fields and not agents:
            reader.wrong(fields["agents"], "there must be at least one agent", "write [name] or [name, another]")
        written: dict[str, Made] = {name: fields[name] for name in ("with", "timeout", "retry") if name in fields}
        if len(agents) > 1:
            written.setdefault("retry", {"attempts": 1})
        return Handoff(
            agents=agents,
            work=_read_work(fields.get("agents"), written, step, reader),
            judge=_read_judge(fields.get("judge"), reader),
            person=read_person(fields.get("escalate"), "escalate", reader),
            checks=checks.read(fields.get("check"), reader),
            retries=reader.whole(fields.get("retries"), 1, least=0, most=20),
            degrade=degrade.read(fields.get("degrade"), reader),
            is_pooled=reader.flag(fields.get("pool")),
            **step.common,
        )

    def check(self, node: Handoff, types: Types) -> Shape:
        """Check that every agent takes the same and returns the same, and that what must hold can be evaluated."""
        own = types.written(node).own
        fields = own.value if isinstance(own.value, dict) else {}
        shape = types.check(node.work)
        check_equal(fields, shape, types)
        spec = types.agents.get(node.agents[0]) if node.agents else None
        degrade.check(fields.get("degrade"), spec, types)
        inside = types.naming({"output": shape, "given": UNKNOWN})
        checks.check_conditions(fields.get("check"), inside)
        if node.judge is not None and "judge" in fields:
            verdict = inside.check(node.judge)
            for misfit in (one for one in contracts.misfits(verdict, _VERDICT) if not one.is_extra):
                hint = "a judge returns {passed: true or false, why: text}"
                types.reader.wrong(fields["judge"], f"this agent can't judge: {misfit.message}", hint)
        if node.person is not None:
            inside.naming({"failed": TEXTS, "why": TEXT}).check(node.person)
        return shape

    def children(self, node: Handoff) -> tuple[Node, ...]:
        """Return the work, and those who are asked about it."""
        return tuple(one for one in (node.work, node.judge, node.person) if one is not None)

    def agents(self, node: Handoff) -> tuple[str, ...]:
        """Return those who may do it."""
        return node.agents

    def names(
        self, node: Handoff, state: StepState, inside: StepState, child: Callable[[StepPath], StepState | None]
    ) -> Named:
        """Return, for those who are asked, what was made, what it was made of, and what does not hold."""
        if name_of(inside.path) == WORK:
            return {}
        work = child(work_of(state))
        asked: Named = {"failed": state.memo.get("names", []), "why": inside.feedback}
        return {**_made_by(work), **asked}

    def view(self, node: Handoff) -> str:
        """Show what was found of the work each time it came back."""
        return "pool"

    def start(self, node: Handoff, look: Look) -> Sequence[Fact]:
        """Give the work to the first agent; of a pool, to the one that was chosen."""
        return self._give(node, look.state)

    def on(self, node: Handoff, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Check what came back; follow what a judge or a person said; go on after a failure."""
        match signal:
            case TakenOver():
                return self._take_up(node, state, look)
            case Reopen():
                return self._resume(node, state, look)
            case Ended() if self._is_current(state, signal.child):
                return self._ended(node, state, signal, look)
            case _:
                return []

    def _is_current(self, state: StepState, path: StepPath) -> bool:
        last = segments(path)[-1]
        return last.generation == count(state, "asked" if last.name == PERSON else "gen")

    def _ended(self, node: Handoff, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        name, status = name_of(signal.child), signal.status
        if signal.sent_back is not None:
            back = signal.sent_back
            return [StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.BRANCH, reason="sent back",
                              sent_back_to=back.to, feedback=back.feedback)]  # fmt: skip
        if status == StepStatus.SKIPPED:
            return [StepEnded(path=state.path, status=status, reason=signal.reason, degraded=signal.reason)]
        if status == StepStatus.CANCELLED:  # it was taken away, and what encloses this says who has it next
            return []
        if name == PERSON:
            return self._decided(node, state, signal, look)
        if name == JUDGE:
            return self._judge(node, state, look, heard(look.child(signal.child), signal.reason))
        if status == StepStatus.FAILED:
            failure = signal.failure or Failure.CRASH
            return self._judge(node, state, look, (Unmet(failure.value, signal.reason),), failure)
        return self._checked(node, state, look)

    def _checked(self, node: Handoff, state: StepState, look: Look) -> Sequence[Fact]:
        named = _made_by(look.child(work_of(state)))
        failed = checks.unmet(node.checks, lambda test: look.test(test, named))
        if failed or node.judge is None:
            return self._judge(node, state, look, failed)
        return [StepOpened(path=child(state.path, JUDGE, count(state, "gen")))]

    def _judge(
        self, node: Handoff, state: StepState, look: Look, failed: Sequence[Unmet], failure: Failure | None = None
    ) -> list[Fact]:
        """Say what follows from the checks that do not hold, and do it."""
        agent, verdict = agent_of(node.agents, state), self._verdict(node, state, failed, failure)
        work, holds = look.child(work_of(state)), verdict == "pass"  # to fail fast is not to be fast
        seconds = round((work.ended_at or 0) - work.started_at, 6) if work and holds and work.started_at else None
        tried = tried_of(state) if verdict in ("pass", "retry") else (*tried_of(state), agent)
        judged = HandoffJudged(
            path=state.path, child=work_of(state), agent=agent, verdict=verdict,
            failed=tuple(one.name for one in failed), why=checks.listed(failed), seconds=seconds, tried=tried,
        )  # fmt: skip
        return [judged, *self._follow(node, self.fold(state, judged), look, failure)]

    def _verdict(self, node: Handoff, state: StepState, failed: Sequence[Unmet], failure: Failure | None) -> str:
        if not failed:
            return "pass"
        others = [name for name in node.agents if name not in (*tried_of(state), agent_of(node.agents, state))]
        may_retry = count(state, "tries") <= node.retries
        is_hopeless = failure in HOPELESS or failed[0].name == UNJUDGED
        # Who made something that does not hold can learn from what failed; who fell over can't.
        ladder = ("reroute" * bool(others), "retry" * may_retry)
        steps = () if is_hopeless else ladder if failure is not None else ladder[::-1]
        last = "escalate" if node.person is not None else "degrade" if node.degrade is not None else "fail"
        return next((step for step in steps if step), last)

    def _follow(self, node: Handoff, state: StepState, look: Look, failure: Failure | None = None) -> list[Fact]:
        why = str(state.memo.get("why", ""))
        match state.memo.get("verdict"):
            case "pass":
                work = look.child(work_of(state))
                output, ref = (work.output, work.output_ref) if work is not None else (None, "")
                return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output, output_ref=ref)]
            case "retry" | "reroute" as verdict:
                return self._give(node, state, is_next=verdict == "reroute")
            case "escalate":
                return [StepOpened(path=person_of(state, 1), feedback=why)]
            case verdict:
                failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure or Failure.UNMET,
                                   reason=f"{agent_of(node.agents, state)}: {why}")  # fmt: skip
                return [self._instead(node, failed, look) if verdict == "degrade" else failed]

    def _instead(self, node: Handoff, failed: StepEnded, look: Look) -> StepEnded:
        if node.degrade is None:
            return failed
        bound = look.bind(node.degrade.named)
        return degrade.instead(node.degrade, failed, look.agent(node.agents[0]), bound.values, bound.refs)

    def _give(self, node: Handoff, state: StepState, *, is_next: bool = False) -> list[Fact]:
        """Give the work to the agent that has it, or to the next one; a pool says itself who is next."""
        agent = "" if is_next else str(state.memo.get("agent", ""))
        if not agent and node.is_pooled:
            asks = HandoffJudged(path=state.path, child=work_of(state), agent="", verdict="reroute")
            return [] if is_next else [asks]
        agent = agent or next(name for name in node.agents if name not in tried_of(state))
        path, why = child(state.path, WORK, count(state, "gen") + 1), str(state.memo.get("why", ""))
        return [StepOpened(path=path, agent=agent, feedback=why)]

    def _decided(self, node: Handoff, state: StepState, signal: Ended, look: Look) -> Sequence[Fact]:
        if signal.status == StepStatus.FAILED:
            failed = StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure, reason=signal.reason)
            return [self._instead(node, failed, look) if signal.failure == Failure.EXPIRED else failed]
        answer, work = look.child(signal.child), look.child(work_of(state))
        edited = look.value("answer.output", {"answer": output_of(answer)})
        is_back = work is not None and work.status == StepStatus.SUCCEEDED
        if work is not None and is_back and edited == look.value("output", _made_by(work)):
            names = ", ".join(cast("list[str]", state.memo.get("names", [])))
            return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=work.output,
                              output_ref=work.output_ref,
                              degraded=f"accepted at the gate although {names} failed")]  # fmt: skip
        spec = look.agent(node.agents[0])
        problems = schema.problems(spec.output_schema, edited) if spec is not None else ()
        if problems:
            return [StepOpened(path=person_of(state, 1), feedback=f"what was changed does not fit: {listed(problems)}")]
        return [StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=edited)]

    def _take_up(self, node: Handoff, state: StepState, look: Look) -> Sequence[Fact]:
        """Look at what has come of the children, the latest first."""
        gen = count(state, "gen")
        paths = [child(state.path, JUDGE, gen), work_of(state)] if gen else []
        for path in [person_of(state, 0), *paths] if count(state, "asked") else paths:
            last = look.child(path)
            if last is None or (name_of(path) == PERSON and state.memo.get("verdict") != "escalate"):
                continue
            if not last.is_ended:
                return []
            if name_of(path) != PERSON and state.memo.get("judged") == gen:
                return self._follow(node, state, look)
            return self._ended(node, state, ended_child(look, path), look)
        return self._give(node, state)

    def _resume(self, node: Handoff, state: StepState, look: Look) -> Sequence[Fact]:
        """Go on with whoever was given up; else begin anew with the first agent."""
        if node.is_pooled:
            return self._give(node, state)
        paths = [person_of(state, 0), child(state.path, JUDGE, count(state, "gen")), work_of(state)]
        for path in paths:
            last = look.child(path)
            if last is not None and last.status == StepStatus.CANCELLED:
                return [StepReopened(path=path)]
        return self._give(node, state, is_next=True)

    def why_not_again(self, node: Handoff, state: StepState, child: StepPath) -> str:
        """Its supervisor says who does it next; so it is done again as a whole."""
        return f"it is supervised; retry '{state.path}' as a whole"

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember who has the work, who had it, and what came of it."""
        match fact:
            case StepOpened() if fact.path == state.path:
                return replace(state, memo={"agent": fact.agent} if fact.agent else {})
            case StepOpened() if name_of(fact.path) == WORK:
                is_same = state.memo.get("agent") == fact.agent
                tries = count(state, "tries") + 1 if is_same else 1
                return remember(state, gen=segments(fact.path)[-1].generation, agent=fact.agent, tries=tries)
            case StepOpened() if name_of(fact.path) == PERSON:
                return remember(state, asked=segments(fact.path)[-1].generation)
            case HandoffJudged():
                return remember(state, judged=segments(fact.child)[-1].generation, verdict=fact.verdict, why=fact.why,
                                 names=list(fact.failed), tried=list(fact.tried))  # fmt: skip
            case StepReopened() if fact.path == state.path:
                return remember(state, agent="", tries=0, tried=[], judged=0, verdict="", why="")
            case StepReopened() if name_of(fact.path) == PERSON:
                return remember(state, verdict="escalate")
            case _:
                return state


def _made_by(work: StepState | None) -> Named:
    """Return what goes by a name where work is looked at."""
    given: Json = dict(cast("dict[str, Json]", work.input or {})) if work is not None else {}
    return {"output": output_of(work), "given": given}


def _read_work(agents: Tree | None, written: dict[str, Made], step: StepTree, reader: StepReader) -> Node:
    first = next((one for one in agents.inner() if isinstance(one.value, str)), None) if agents is not None else None
    if first is None:
        return Blank(id=WORK, line=step.common["line"])
    return reader.step(made({"agent": first, **written}, step.own), name=WORK)


def _read_judge(tree: Tree | None, reader: StepReader) -> Node | None:
    if tree is None:
        return None
    return reader.step(made({"agent": tree, "with": {"output": "output", "given": "given"}}, tree), name=JUDGE)
