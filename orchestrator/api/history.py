"""A run over HTTP as it was after one of its events."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.runs import StepLine, run_in
from orchestrator.api.shapes import number
from orchestrator.core.ids import ROOT
from orchestrator.core.state import StepState
from orchestrator.queries.history import Moment, run_at

router = Router(tags=["runs"])


class RunMoment(Schema):
    """A run as it was."""

    id: str
    workflow: str
    version: str
    n: int
    at: datetime
    event: str
    status: str
    paused: bool
    reason: str
    degraded: str
    input: JsonValue
    steps_total: int
    steps_ended: int
    gates_open: int
    retries: int
    cost_usd: str | None
    tokens: int | None
    created_at: datetime
    ended_at: datetime | None
    step_counts: dict[str, int]
    steps: list[StepLine]
    steps_next: str | None


@router.get("/runs/{run_id}/at/{n}", response=RunMoment)
def get_run_at(request: HttpRequest, run_id: str, n: str, cursor: str = "", limit: int = 200) -> RunMoment:
    """Show a run as it was after event n; `steps_next` is the cursor for more of its steps."""
    return _moment(run_at(caller(request), run_id, number(n), cursor, limit))


def _moment(found: Moment) -> RunMoment:
    run, row, steps = found.run, found.row, found.steps
    return RunMoment(
        id=row.id, workflow=row.workflow, version=row.version, n=run.n, at=found.event.at, event=found.event.type,
        status=run.status, paused=run.paused, reason=run.reason, degraded=found.states[ROOT].degraded, input=run.input,
        steps_total=run.steps, steps_ended=run.ended, gates_open=run.gates, retries=run.retries,
        cost_usd=run.cost_usd, tokens=run.tokens,
        created_at=row.created_at, ended_at=found.ended_at, step_counts=found.counts,
        steps=[_step(state) for state in steps.items], steps_next=steps.next,
    )  # fmt: skip


def _step(state: StepState) -> StepLine:
    return StepLine(
        path=state.path, kind=state.kind, status=state.status, agent=state.agent, attempt=state.attempt,
        input=state.input, output=state.output, output_ref=state.output_ref, failure=state.failure,
        reason=state.reason, degraded=state.degraded, waits="", saved=None,
        run=run_in(dict(state.memo)), opened_at=_instant(state.opened_at),
        started_at=_instant(state.started_at), ended_at=_instant(state.ended_at),
    )  # fmt: skip


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
