"""Whether a workflow is fit for use: one point for each thing that has to be thought of beforehand (A8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.doctor.finding import Facts, nodes
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.trials import Proof

METERED = ("llm", "http", "remote")
"""Runtimes whose calls may cost money."""
MOST_NAMED = 6


class State(StrEnum):
    """How one point stands."""

    READY = "ready"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that was looked at."""

    name: str
    state: State
    words: str
    remedy: str = ""


def report(workflow: Workflow, facts: Facts) -> tuple[Point, ...]:
    """Look at everything, always in the same order."""
    crew = _crew(workflow, facts)
    return tuple(look(workflow, crew, facts) for look in POINTS)


def _crew(workflow: Workflow, facts: Facts) -> list[AgentSpec]:
    """Return the agents that may work for it: those it names, and those that can do what it asks for."""
    able = (
        name
        for name, spec in sorted(facts.agents.items())
        if not {*workflow.capabilities}.isdisjoint(spec.capabilities)
    )
    return [facts.agents[name] for name in dict.fromkeys((*workflow.agents, *able)) if name in facts.agents]


def contracts(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether everything says what it takes and returns."""
    open_ = [spec.name for spec in crew if not spec.input_schema or not spec.output_schema]
    if workflow.input_schema and not open_:
        return Point(name="contracts", state=State.READY, words="its input and all its agents have one")
    lacking = [*([] if workflow.input_schema else ["the input of the workflow"]), *open_]
    return _lacking(
        "contracts", f"none, or half of one: {_named(lacking)}", "say what they take and return, as JSON Schema"
    )


def timeouts(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether anything may wait for ever. Attempts always have a time; gates need a deadline."""
    endless = [path for path, node in nodes(workflow.root) if isinstance(node, Gate) and node.deadline_seconds is None]
    if not endless:
        return Point(name="timeouts", state=State.READY, words="every attempt and every gate has one")
    return _lacking("timeouts", f"gates that wait for ever: {_named(endless)}", "give them a deadline")


def retries(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether what stumbles is tried again."""
    once = [path for path, node in _agents(workflow) if node.retry.attempts == 1]
    if not once:
        return Point(name="retries", state=State.READY, words="every step is tried again when it is worth it")
    return _lacking("retries", f"tried only once: {_named(once)}", "leave out attempts: 1, unless that is meant")


def fallbacks(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether somebody stands in for agents whose failure comes from elsewhere: models, services, people."""
    remote = {spec.name for spec in crew if spec.runtime in METERED}
    bare = [path for path, node in _agents(workflow) if node.agent in remote and not _is_caught(node)]
    if not remote:
        return Point(name="fallbacks", state=State.READY, words="nothing in it depends on a model or a service")
    if not bare:
        return Point(name="fallbacks", state=State.READY, words="every call of a model or service has one")
    remedy = "name a fallback, declare a degraded result, or make the step optional"
    return _lacking("fallbacks", f"nobody stands in for {_named(bare)}", remedy)


def _is_caught(node: AgentNode) -> bool:
    return bool(node.fallback or node.degrade or node.optional)


def budgets(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether what costs money has a limit."""
    held = _held(workflow)
    costly = [spec.name for spec in crew if spec.runtime in METERED and not spec.budget and spec.name not in held]
    if workflow.budget or not costly:
        words = "a run has one" if workflow.budget else "nothing in it costs money, or has one of its own"
        return Point(name="budgets", state=State.READY, words=words)
    return _lacking(
        "budgets", f"without limit: {_named(costly)}", "give the workflow, its steps or its agents a budget"
    )


def _held(workflow: Workflow) -> set[str]:
    """Return the agents that only work in steps with a budget."""
    calls = [(name, bool(node.budget)) for _, node in _agents(workflow) for name in (node.agent, *node.fallback)]
    return {name for name, is_held in calls if is_held} - {name for name, is_held in calls if not is_held}


def risky(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether tools that change something are approved. Risky ones open a gate by themselves (H6)."""
    tools = [(spec.name, one) for spec in crew for one in spec.tools if not one.agent]
    free = [f"{name}.{one.name or one.mcp}" for name, one in tools if not (one.risky or one.repeatable)]
    if not tools:
        return Point(name="risky tools", state=State.READY, words="its agents have no tools")
    if not free:
        return Point(name="risky tools", state=State.READY, words="each is repeatable, or approved by a person")
    remedy = "mark them risky, or repeatable where doing them twice does no harm"
    return _lacking("risky tools", f"used without leave: {_named(free)}", remedy)


def bench(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether its agents have passed their saved examples."""
    found = {spec.name: facts.proofs.get(spec.name, Proof.UNPROVEN) for spec in crew}
    failing = [name for name, proof in found.items() if proof == Proof.FAILING]
    open_ = [name for name, proof in found.items() if proof == Proof.UNPROVEN]
    if not failing and not open_:
        return Point(name="test bench", state=State.READY, words="all its agents have passed their examples")
    parts = [*([f"failing: {_named(failing)}"] if failing else []), *([f"unproven: {_named(open_)}"] if open_ else [])]
    return _lacking("test bench", "; ".join(parts), "write examples and try them: manage.py try AGENT")


def owner(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether somebody answers for it and for its agents."""
    nobody = [spec.name for spec in crew if not spec.owner]
    own = workflow.labels.get("owner", "")
    if own and not nobody:
        return Point(name="owner", state=State.READY, words=own)
    lacking = [*([] if own else ["the workflow"]), *nobody]
    remedy = "write labels: {owner: …} into the workflow, and owner into its agents"
    return _lacking("owner", f"nobody answers for {_named(lacking)}", remedy)


def alerts(workflow: Workflow, crew: Sequence[AgentSpec], facts: Facts) -> Point:
    """Tell whether anybody hears of it when it fails."""
    if facts.routes:
        return Point(name="alert route", state=State.READY, words=", ".join(facts.routes))
    if facts.can_alert:
        return _lacking("alert route", "nobody is told when it fails", "add a route")
    words = "no alerts yet: Signalbox tells nobody by itself"
    return Point(name="alert route", state=State.UNKNOWN, words=words, remedy="watch the inbox, or alert on /metrics")


POINTS: tuple[Callable[[Workflow, Sequence[AgentSpec], Facts], Point], ...] = (
    contracts, timeouts, retries, fallbacks, budgets, risky, bench, owner, alerts,
)  # fmt: skip


def _agents(workflow: Workflow) -> Iterable[tuple[str, AgentNode]]:
    """Return the calls of agents that somebody wrote: steps that Signalbox adds have names with a capital letter."""
    found = [(path, node) for path, node in nodes(workflow.root) if isinstance(node, AgentNode)]
    return [(path, node) for path, node in found if not node.id[:1].isupper()]


def _lacking(name: str, words: str, remedy: str) -> Point:
    return Point(name=name, state=State.LACKING, words=words, remedy=remedy)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
