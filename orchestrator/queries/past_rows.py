"""States and facts of a past moment as rows, as the store would have written them then. None of them is ever saved."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from orchestrator.core import ids
from orchestrator.core.agents import Lane
from orchestrator.core.book import Recorded
from orchestrator.core.events import AttemptEnded, AttemptQueued, AttemptStarted, GateClosed, GateDecided, GateOpened
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import LIVE, GateStatus
from orchestrator.engine.builtin import BUILTIN
from orchestrator.models import Attempt, Gate, QueueEntry, Run, Step
from orchestrator.models.fields import EPOCH
from orchestrator.queries.track import agent_spec


def instant(seconds: float) -> datetime:
    """Return a time in seconds since 1970 as the store gives it back."""
    return EPOCH + timedelta(microseconds=round(seconds * 1e6))


def perhaps(seconds: float | None) -> datetime | None:
    """Return a time as the store gives it back, if there is one."""
    return None if seconds is None else instant(seconds)


def run_row(row: Run, run: RunState, root: StepState | None, at: datetime) -> Run:
    """Return a run's row as it was: what never changes of it from the row, the rest from its state."""
    was = copy(row)
    was.status, was.n, was.reason, was.input = run.status.value, run.n, run.reason, run.input
    was.output, was.output_ref = (root.output, root.output_ref) if root else (None, "")
    was.paused, was.active, was.gates, was.retries = run.paused, run.active, run.gates, run.retries
    was.steps, was.ended, was.cost_usd, was.tokens = run.steps, run.ended, run.cost_usd, run.tokens
    was.ended_at = at if run.is_ended else None
    return was


def step_row(run_id: str, state: StepState) -> Step:
    """Return a step's row."""
    return Step(
        run_id=run_id, path=state.path, parent=above(state), kind=state.kind, status=state.status.value,
        agent=state.agent, attempt=state.attempt,
        attempt_status=state.attempt_status.value if state.attempt_status else None, item=state.item,
        input=state.input, refs=dict(state.refs) or None, output=state.output, output_ref=state.output_ref,
        failure=state.failure.value if state.failure else None, reason=state.reason, degraded=state.degraded,
        feedback=state.feedback, memo=dict(state.memo) or None, opened_at=perhaps(state.opened_at),
        started_at=perhaps(state.started_at), ended_at=perhaps(state.ended_at),
    )  # fmt: skip


def above(state: StepState) -> str:
    """Return the path of the enclosing step; the root's own is `-`."""
    found = ids.parent(state.path)
    return "-" if found is None else found


def by_opening(step: Step) -> tuple[bool, Any, str]:
    """Return what steps are ordered by: when they opened, those that have not last."""
    return (step.opened_at is None, step.opened_at or EPOCH, step.path)


def attempt_rows(run_id: str, recorded: Iterable[Recorded]) -> tuple[Attempt, ...]:
    """Return the tries that were over, the first one first."""
    found = [attempt_row(run_id, one, one.fact) for one in recorded if isinstance(one.fact, AttemptEnded)]
    return tuple(sorted(found, key=lambda one: one.attempt))


def attempt_row(run_id: str, recorded: Recorded, fact: AttemptEnded) -> Attempt:
    """Return the row of one try."""
    return Attempt(
        run_id=run_id, path=fact.path, attempt=fact.attempt, agent=fact.agent, worker=fact.worker,
        status=fact.status.value, failure=fact.failure.value if fact.failure else None, reason=fact.reason,
        detail=fact.detail, note=fact.note, started_at=perhaps(fact.started_at), ended_at=instant(recorded.at),
        cost_usd=fact.cost_usd, tokens=fact.tokens,
    )  # fmt: skip


def queue_row(run: Run, state: StepState | None, recorded: Iterable[Recorded]) -> QueueEntry | None:
    """Return the row of the try that waited or was at work, if one did."""
    if state is None or state.attempt_status not in LIVE or state.is_ended:
        return None
    row: QueueEntry | None = None
    for one in recorded:
        match one.fact:
            case AttemptQueued() as fact:
                row = _queued(run, fact, one.at)
            case AttemptStarted() as fact if row is not None:
                row.worker, row.claimed_at, row.told = fact.worker, instant(fact.started_at), True
    return row


def _queued(run: Run, fact: AttemptQueued, at: float) -> QueueEntry:
    return QueueEntry(
        run_id=run.id, path=fact.path, attempt=fact.attempt, agent=fact.agent, lane=_lane(run, fact.agent).value,
        priority=run.priority, ready_at=instant(at + fact.delay_seconds), timeout_seconds=fact.timeout_seconds,
        held=run.paused,
    )  # fmt: skip


def _lane(run: Run, agent: str) -> Lane:
    if agent in BUILTIN:
        return BUILTIN[agent].lane
    spec = agent_spec(agent, int((run.agents or {}).get(agent, 0)))
    return spec.lane if spec else Lane.SLOW


def gate_row(run: Run, path: str, recorded: Iterable[Recorded]) -> Gate | None:
    """Return the row of a gate as it was, with the id it has now; None where it had not been opened."""
    row: Gate | None = None
    for one in recorded:
        match one.fact:
            case GateOpened() as fact:
                row = _opened(run, fact, one.at)
            case GateDecided() as fact if row is not None and fact.verdict == "approve" and fact.edits:
                row.digest, row.shown = fact.digest, {**row.shown, **fact.edits}
            case GateClosed() as fact if row is not None:
                row.status, row.reason, row.closed_at = fact.status.value, fact.reason, instant(one.at)
    if row is not None:
        row.pk = Gate.objects.filter(run_id=run.id, path=path).values_list("pk", flat=True).first()
    return row


def _opened(run: Run, fact: GateOpened, at: float) -> Gate:
    deadline = None if fact.deadline_seconds is None else at + fact.deadline_seconds
    return Gate(
        run_id=run.id, path=fact.path, status=GateStatus.OPEN.value, title=fact.title, shown=dict(fact.shown),
        digest=fact.digest, edit=list(fact.edit), edit_schema=dict(fact.edit_schema) or None, role=fact.role,
        group=fact.group, quorum=fact.quorum, not_starter=fact.not_starter, starter=run.actor, team_id=run.team_id,
        opened_at=instant(at), deadline_at=perhaps(deadline), deadline_then=fact.deadline_then,
    )  # fmt: skip
