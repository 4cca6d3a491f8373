"""How workflows are used: their latest runs, and which agents they call. Workflows themselves are in `workflows`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.errors import BrokenError
from orchestrator.core.status import RunStatus
from orchestrator.models import Run, WorkflowVersion
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.track import definition
from orchestrator.wiring import driver

LATEST = 12
"""Runs of a workflow that are shown as lamps."""
MOST = 200
"""Workflows that are looked through for an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A workflow with its latest runs."""

    flow: WorkflowVersion
    agents: tuple[str, ...]
    runs: tuple[Run, ...]
    """The latest one first."""

    @property
    def took(self) -> float | None:
        """Return what the middle one of these runs took that succeeded, in seconds; None where none did."""
        spans = sorted((one.ended_at - one.created_at).total_seconds() for one in self.runs
                       if one.ended_at and one.status == RunStatus.SUCCEEDED)  # fmt: skip
        return spans[len(spans) // 2] if spans else None


def uses(viewer: object, flows: Sequence[WorkflowVersion]) -> tuple[Use, ...]:
    """Describe these workflows; one short question each, by the index of runs."""
    return tuple(Use(flow=flow, agents=agents_of(flow), runs=_latest(viewer, flow.name)) for flow in flows)


def agents_of(flow: WorkflowVersion) -> tuple[str, ...]:
    """Return the agents a workflow calls or chooses from; none for one that cannot be read any more."""
    try:
        read = definition(flow.name, flow.version)
    except BrokenError:
        return ()
    able = (name for capability in read.capabilities for name in driver().actor.library.capable(capability))
    return tuple(sorted({*read.agents, *able}))


def used_by(agent: str) -> tuple[str, ...]:
    """Return the workflows whose current version calls an agent."""
    flows = WorkflowVersion.objects.filter(is_current=True).order_by("name").only("name", "version")[:MOST]
    return tuple(flow.name for flow in flows if agent in agents_of(flow))


def _latest(viewer: object, name: str) -> tuple[Run, ...]:
    rows = visible_runs(viewer).filter(workflow=name).order_by("-id")
    return tuple(rows.only("id", "title", "status", "workflow", "created_at", "ended_at")[:LATEST])
