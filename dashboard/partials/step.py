"""The drawer of one step: its contract, input, output, attempts, and what is inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from dashboard.live.frames import Fragment
from dashboard.partials.draw import draw
from dashboard.partials.story import STOPS, failure
from dashboard.partials.views.catalogue import view_of
from orchestrator.core import approving, asking, child_runs, people
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node, Retry
from orchestrator.core.errors import RejectedMissing
from orchestrator.core.ids import StepPath, name_of, parent
from orchestrator.core.lookup import UnknownStep, node_at
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.map import Map
from orchestrator.core.nodes.route import Route
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.nodes.workflow import WorkflowNode
from orchestrator.core.outcomes import Json
from orchestrator.core.status import STEP_ENDED, StepStatus
from orchestrator.core.trials import Proof
from orchestrator.models import Attempt, Run, Step, User
from orchestrator.queries.acts import Acts, acts_on
from orchestrator.queries.forks import kept_from
from orchestrator.queries.runs import StepDetail, value_of
from orchestrator.queries.savings import savings_of
from orchestrator.queries.scenes import Scene
from orchestrator.queries.spend import step_budget
from orchestrator.queries.stops import Ending, endings
from orchestrator.queries.track import FOLDED, agent_spec, counted, definition
from orchestrator.queries.trials import proofs
from orchestrator.reliability.cache import GIVEN
from orchestrator.services.access import Verb, may

SHOWN = 120
INSIDE = {"map": "Items", "supervise": "Items", "loop": "Rounds"}
"""Items of a map that the drawer lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A step's parts, as the template names them."""

    step: Step
    attempts: tuple[Tried, ...]
    live: object
    gate: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt with its failure in words."""

    attempt: int
    status: str
    failure: str | None
    failure_words: str
    reason: str
    detail: str
    note: str
    agent: str
    worker: str
    started_at: datetime | None
    ended_at: datetime
    cost_usd: str | None
    ending: Ending | None = None
    """Of one that was given up while it was at work: how it stopped."""
    stop_words: str = ""
    given: bool = False
    """Whether it was given an answer that was there; the drawer says which one."""


def context(viewer: User, at: Scene, path: str) -> dict[str, object]:
    """Return what the drawer's template needs; raises RejectedMissing."""
    run = at.run
    node = _node(run, path)
    found = _found(at, path, node)
    inside = at.children(path, SHOWN + 1) if _has_inside(found.step) else ()
    ends = endings(run, path, at.event.n if at.event else None)
    tried = tuple(_tried(one, ends.get(one.attempt)) for one in found.attempts)
    shown = Shown(step=found.step, attempts=tried, live=found.live, gate=found.gate)
    return {
        "run": run, "detail": shown, "name": path.rpartition("/")[2] or "the whole run",
        "failure": failure(found.step.failure).capitalize(), "spec": (spec := _spec(run, found.step)),
        "proof": _proof(spec), "settings": settings(node, people.is_person(spec)),
        "budget": () if at.event else step_budget(run, path, _budget(node)),
        "pattern": view_of(node) if node is not None else None,
        "inside": inside[:SHOWN], "inside_title": INSIDE.get(found.step.kind, "Inside"),
        "begun": found.step.started_at if found.step.kind == "agent" else found.step.opened_at,
        "more_inside": _more(found.step, len(inside)), "step_path": path, "ended": found.step.status in STEP_ENDED,
        "choice": _choice(at, node, found.step),
        "item": _item(found.step), "output": None if found.step.output_ref else value_of(found.step),
        "at": at.event.n if at.event else None, "event": at.event, "can": _acts(viewer, at, path),
        "saved": savings_of(run.id, [path]).get(path) if found.step.agent else None,
        "kept_from": kept_from(run, found.step), "below": _below(found.step),
        "may_fork": bool(path) and found.step.opened_at is not None and may(viewer, Verb.FORK_RUN),
    }  # fmt: skip


def _proof(spec: AgentSpec | None) -> Proof | None:
    """Return what its saved examples say of the version that this run is bound to."""
    return proofs([(spec.name, spec.version)]).get((spec.name, spec.version)) if spec else None


def _has_inside(step: Step) -> bool:
    """Tell whether there are steps below it; below an agent's only where it asked for something."""
    return step.kind != "agent" or bool(step.memo and asking.MEMO in step.memo)


def _choice(at: Scene, node: Node | None, step: Step) -> dict[str, object]:
    """Return who could have had the work, and why it is whom it is: for a route, and for the step of whoever has it."""
    if isinstance(node, AgentNode) and not node.agent and step.agent:
        route = at.step(parent(StepPath(step.path)) or "").step
        return choice if (choice := _of_memo(route)).get("agent") == step.agent else {}
    return _of_memo(step) if step.kind == "route" else {}


def _of_memo(step: Step) -> dict[str, object]:
    memo = step.memo if isinstance(step.memo, dict) else {}
    return {name: memo[name] for name in ("agent", "why", "candidates") if name in memo}


def _item(step: Step) -> Json:
    """Return what a step stands for; of a call that waits for its approval only what it is."""
    is_call = bool(step.path) and name_of(StepPath(step.path)) == asking.APPROVE
    return approving.shown(step.item) if is_call else cast("Json", step.item)


def _below(step: Step) -> dict[str, object]:
    """Return the run that a step runs, or has run last: its id and how it stands."""
    memo = step.memo if isinstance(step.memo, dict) else {}
    child = memo.get(child_runs.MEMO)
    return dict(child) if isinstance(child, dict) else {}


def drawer(viewer: User, at: Scene, path: str) -> Fragment:
    """Draw the drawer of one step."""
    return draw("drawer", "dashboard/runs/_step.html", **context(viewer, at, path))


def _acts(viewer: User, at: Scene, path: str) -> Acts:
    """Return what this person could do to the step now; to the past nothing can be done."""
    if at.event is not None:
        return Acts()
    can = acts_on(at.run, path)
    retry, skip = may(viewer, Verb.RETRY_STEP), may(viewer, Verb.SKIP_STEP)
    assign = may(viewer, Verb.ASSIGN_STEP)
    return Acts(retry=can.retry and retry, skip=can.skip and skip, take=can.take and assign,
                give=can.give if assign else ())  # fmt: skip


def _found(at: Scene, path: str, node: Node | None) -> StepDetail:
    """Return a step, or what is known of one that the run has not reached; raises RejectedMissing for others."""
    try:
        return at.step(path)
    except RejectedMissing:
        if node is None or (at.event is None and ("[" in path or "#" in path)):
            raise
    agent = node.agent if isinstance(node, AgentNode) else ""
    ahead = Step(run_id=at.run.id, path=path, kind=node.kind, status=StepStatus.PENDING, agent=agent)
    return StepDetail(step=ahead, attempts=(), live=None, gate=None)


def _budget(node: Node | None) -> Mapping[str, Json]:
    """Return what the workflow lets a step use up."""
    work = node.work if isinstance(node, Route) else node
    return work.budget if isinstance(work, AgentNode | WorkflowNode) else {}


def settings(node: Node | None, is_person: bool = False) -> list[tuple[str, str]]:
    """Say what the workflow asks of a step: retries, unknown to people, time, fallbacks, how many at once."""
    said: list[tuple[str, str]] = []
    if isinstance(node, AgentNode):
        said += [] if is_person else [("Retry", _retry(node.retry))]
        if node.timeout_seconds:
            said.append(("Timeout", f"{node.timeout_seconds:g} s an attempt"))
        if node.fallback:
            said.append(("Fallback", ", ".join(node.fallback)))
        if node.limits:
            said.append(("Limits", _limits(node.limits)))
    if isinstance(node, Map):
        said.append(("Over", node.over))
        said.append(("At once", str(node.concurrency or "all")))
    if isinstance(node, Supervise):
        said += [("Over", node.over), ("Slots", f"{node.bounds.least} to {node.bounds.most} an agent")]
    if isinstance(node, Handoff):
        said += [
            ("Agents", ", ".join(node.agents)),
            ("Checks", ", ".join(check.name for check in node.checks) or "none"),
        ]
    if isinstance(node, Route):
        said += _of_route(node)
    if node is not None and node.when:
        said.append(("When", node.when))
    return said


def _of_route(node: Route) -> list[tuple[str, str]]:
    asked, weights = node.asked, node.asked.wishes
    said = [("Agents", f"all that can {asked.capability}" if asked.capability else ", ".join(asked.among))]
    said += [("Like", asked.like)] if asked.like else []
    said += [("Tools", ", ".join(asked.tools))] if asked.tools else []
    said += [("Context", f"at least {asked.context:,} tokens")] if asked.context else []
    return [*said, ("Prefers", f"cost {weights.cost:g}, time {weights.time:g}, load {weights.load:g}")]


def _limits(limits: Mapping[str, float]) -> str:
    words = {"context": "{:,.0f} tokens of context", "memory": "{:g} MB of memory", "output": "{:g} MB of output"}
    said = [words[name].format(most) for name, most in limits.items() if name in words]
    return ", ".join([*said, *(["the oldest turns left out"] if limits.get("trim") else [])])


def _retry(retry: Retry) -> str:
    return f"{retry.attempts} attempts, {retry.backoff_seconds:g} s apart at first" if retry.attempts > 1 else "none"


def _tried(one: Attempt, ending: Ending | None) -> Tried:
    return Tried(
        attempt=one.attempt, status=one.status, failure=one.failure, failure_words=failure(one.failure).capitalize(),
        reason=one.reason, detail=one.detail, note=one.note, agent=one.agent, worker=one.worker,
        given=one.note.startswith(GIVEN),
        started_at=one.started_at, ended_at=one.ended_at, cost_usd=one.cost_usd, ending=ending,
        stop_words=STOPS.get(ending.how, ending.how).capitalize() if ending else "",
    )  # fmt: skip


def _node(run: Run, path: str) -> Node | None:
    try:
        return node_at(definition(run.workflow, run.version), StepPath(path))
    except UnknownStep:
        return None


def _spec(run: Run, step: Step) -> AgentSpec | None:
    version = (run.agents or {}).get(step.agent)
    return agent_spec(step.agent, int(version)) if step.agent and version else None


def _more(step: Step, listed: int) -> int:
    total = counted(step) if step.kind in FOLDED else listed
    return max(total - SHOWN, 0)
