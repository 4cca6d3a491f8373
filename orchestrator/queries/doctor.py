"""What the doctor looks at, read from the tables: agents and workflows as they are now, and how both did lately."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.boards import alone
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.doctor.examine import findings
from orchestrator.core.doctor.finding import Facts, Finding, Spans, nodes
from orchestrator.core.doctor.readiness import Point, report
from orchestrator.core.errors import BrokenError
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.models import AgentVersion, Attempt, Column, Step, WorkflowVersion
from orchestrator.queries.agent_records import records
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.scope import signed_in
from orchestrator.queries.track import definition, plain
from orchestrator.queries.trials import current_proofs
from orchestrator.wiring import driver

LATEST_RUNS = 5
LEAST_ATTEMPTS = 20
"""Fewer say nothing about how long an agent takes."""
SIDE_BY_SIDE = ("parallel", "map")
AT_WORK = {"agent", "sequence", "parallel", "map", "branch"}
"""Kinds that only work; what has others in it may have waited for a person or a time."""


def facts(viewer: object, measured: bool = False) -> Facts:
    """Return what the checks look at; with `measured` also how long agents and branches took lately."""
    signed_in(viewer)
    rows = AgentVersion.objects.filter(is_current=True).order_by("name")
    agents = {row.name: spec_of(row.spec, row.version) for row in rows}
    workflows, worked = _workflows(agents)
    found = Facts(agents=agents, workflows=workflows, worked=worked, proofs=current_proofs(agents))
    if not measured:
        return found
    spans = [one for flow in workflows.values() for one in spans_of(viewer, flow, agents)]
    return replace(found, medians=_medians(viewer, agents), spans=tuple(spans))


def examined(viewer: object, measured: bool = False) -> tuple[tuple[Finding, ...], dict[str, tuple[Point, ...]]]:
    """Return all findings, and how ready each workflow is."""
    known = facts(viewer, measured)
    return findings(known), {name: report(flow, known) for name, flow in known.workflows.items()}


def of_agent(viewer: object, name: str) -> tuple[Finding, ...]:
    """Return the findings on one agent."""
    return tuple(one for one in findings(facts(viewer)) if one.noun == "agent" and one.name == name)


def of_workflow(viewer: object, row: WorkflowVersion) -> tuple[tuple[Finding, ...], tuple[Point, ...]]:
    """Return the findings on one version of a workflow and how ready it is, with how its branches did lately."""
    flow = _read(row)
    if flow is None:
        return (), ()
    able = (name for capability in flow.capabilities for name in driver().actor.library.capable(capability))
    agents = _agents([*flow.agents, *able])
    known = Facts(agents=agents, workflows={flow.name: flow}, proofs=current_proofs(agents),
                  spans=tuple(spans_of(viewer, flow, agents)))  # fmt: skip
    found = tuple(one for one in findings(known) if one.noun == "workflow")
    return found, report(flow, known)


def _agents(names: Sequence[str]) -> dict[str, AgentSpec]:
    rows = AgentVersion.objects.filter(name__in=names, is_current=True)
    return {row.name: spec_of(row.spec, row.version) for row in rows}


def _workflows(agents: Iterable[str]) -> tuple[dict[str, Workflow], frozenset[str]]:
    """Return the workflows people wrote, and the agents that work in columns of boards."""
    made = {alone(name) for name in agents}
    rows = WorkflowVersion.objects.filter(is_current=True).order_by("name").only("name", "version")
    read = {row.name: flow for row in rows if row.name not in made and (flow := _read(row)) is not None}
    columns = Column.objects.exclude(agent="").values_list("agent", flat=True)
    return read, frozenset(columns)


def _read(row: WorkflowVersion) -> Workflow | None:
    try:
        return definition(row.name, row.version)
    except BrokenError:
        return None


def _medians(viewer: object, agents: Iterable[str]) -> dict[str, float]:
    return {name: one.median_seconds for name, one in records(viewer, list(agents)).items()
            if one.median_seconds is not None and one.good >= LEAST_ATTEMPTS}  # fmt: skip


def spans_of(viewer: object, flow: Workflow, agents: dict[str, AgentSpec]) -> list[Spans]:
    """Measure the steps of a workflow whose branches only work, over its latest runs that succeeded."""
    wanted = {path for path, node in nodes(flow.root) if node.kind in SIDE_BY_SIDE and _only_works(node, agents)}
    if not wanted:
        return []
    done = visible_runs(viewer).filter(workflow=flow.name, version=flow.version, status=RunStatus.SUCCEEDED.value)
    ids = list(done.order_by("-id").values_list("id", flat=True)[:LATEST_RUNS])
    steps = Step.objects.filter(run_id__in=ids, kind__in=SIDE_BY_SIDE, status=StepStatus.SUCCEEDED.value)
    rows = [one for one in steps.only("run_id", "path", "opened_at", "ended_at") if plain(one.path) in wanted]
    tries = list(Attempt.objects.filter(run_id__in={one.run_id for one in rows}, started_at__isnull=False)
                 .values_list("run_id", "path", "started_at", "ended_at"))  # fmt: skip
    found: dict[str, Spans] = {}
    for row in rows:
        if row.opened_at is None or row.ended_at is None:
            continue
        inside = (f"{row.path}/", f"{row.path}[")
        apart = sum((ended - began).total_seconds() for run_id, path, began, ended in tries
                    if run_id == row.run_id and path.startswith(inside) and began is not None)  # fmt: skip
        name = plain(row.path)
        one = found.get(name, Spans(workflow=flow.name, step=name, together=0.0, apart=0.0, runs=0))
        together = one.together + (row.ended_at - row.opened_at).total_seconds()
        found[name] = replace(one, together=together, apart=one.apart + apart, runs=one.runs + 1)
    return list(found.values())


def _only_works(node: Node, agents: dict[str, AgentSpec]) -> bool:
    inside = [one for _, one in nodes(node)]
    people = {name for name, spec in agents.items() if spec.runtime == "human"}
    return all(one.kind in AT_WORK and getattr(one, "agent", "") not in people for one in inside)
