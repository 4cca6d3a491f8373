"""States, facts and messages as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from orchestrator.core import codec, ids, records
from orchestrator.core.book import Recorded
from orchestrator.core.events import AttemptEnded, GateDecided, GateOpened
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import Message
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.snapshot import stored
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import AttemptStatus, RunStatus, StepStatus
from orchestrator.engine.changes import Changes, QueueRow
from orchestrator.engine.requests import Bindings, StartRequest
from orchestrator.store.tables import STEP

Row = tuple[Any, ...]

RUN_COLUMNS = (
    "id, workflow, version, n, status, input, actor, paused, active, gates, steps, ended, retries, cost_usd, tokens, "
    "reason, agents, priority, card_id, parent_id, parent_path, depth, workflows, team_id, correlation_id, title, "
    "budgets, proven"
)
STEP_COLUMNS = ", ".join(STEP.names)


def micros(seconds: float | None) -> int | None:
    """Return microseconds since 1970."""
    return None if seconds is None else round(seconds * 1e6)


def seconds(value: int | None) -> float | None:
    """Return seconds since 1970."""
    return None if value is None else value / 1e6


def json_text(value: Json | Mapping[str, Any]) -> str | None:
    """Return a value as JSON text; None stays NULL."""
    return None if value is None else codec.dumps(value)


def json_value(text: str | None) -> Any:
    """Return what a JSON text says; NULL is None."""
    return None if text is None else codec.loads(text)


def run_state(row: Sequence[Any]) -> RunState:
    """Make a run's state from the columns of RUN_COLUMNS."""
    return RunState(
        id=RunId(row[0]), workflow=row[1], version=row[2], n=row[3], status=RunStatus(row[4]), input=json_value(row[5]),
        actor=row[6], paused=bool(row[7]), active=row[8], gates=row[9], steps=row[10], ended=row[11], retries=row[12],
        cost_usd=row[13], tokens=row[14], reason=row[15], parent=row[19], parent_path=StepPath(row[20]), depth=row[21],
    )  # fmt: skip


def new_run(run_id: RunId, request: StartRequest, bound: Bindings, now: float) -> Row:
    """Make the row of a run that has just been asked for."""
    return (
        run_id, request.workflow, request.version, request.title, RunStatus.PENDING.value, 0, json_text(request.input),
        None, "", "", request.actor, request.actor_name, request.key, request.correlation_id or run_id,
        codec.dumps(dict(request.labels)), codec.dumps(dict(bound.agents)), False, 0, 0, 0, 0, 0, None, None,
        request.priority, request.team_id, request.card_id, micros(now), None, *_origin(request),
        request.parent, request.parent_path, request.depth, json_text(bound.workflows or None),
        json_text(bound.budgets or None), json_text(bound.proven),
    )  # fmt: skip


def _origin(request: StartRequest) -> Row:
    fork = request.fork
    return (fork.fact.of, fork.fact.at, fork.asked) if fork else ("", None, "")


def run_progress(changes: Changes) -> Row:
    """Make the row of RUN_PROGRESS."""
    return progress_row(changes.run, changes.root, changes.events[-1].at if changes.run.is_ended else None)


def progress_row(run: RunState, root: StepState | None, ended_at: float | None) -> Row:
    """Make the row of RUN_PROGRESS of a run with its root."""
    output = json_text(root.output) if root else None
    return (
        run.id, run.workflow, run.version, run.status.value, run.n, json_text(run.input), output,
        root.output_ref if root else "", run.reason, run.actor, run.paused, run.active, run.gates, run.steps, run.ended,
        run.retries, run.cost_usd, run.tokens, micros(ended_at),
    )  # fmt: skip


def step_row(run_id: RunId, state: StepState) -> Row:
    """Make the row of a step."""
    above = ids.parent(state.path)
    return (
        run_id, state.path, "-" if above is None else above, state.kind, state.status.value, state.agent, state.attempt,
        state.attempt_status.value if state.attempt_status else None, json_text(state.item), json_text(state.input),
        codec.dumps(dict(state.refs)) if state.refs else None, json_text(state.output), state.output_ref,
        state.failure.value if state.failure else None, state.reason, state.degraded, state.feedback,
        codec.dumps(dict(state.memo)) if state.memo else None,
        micros(state.opened_at), micros(state.started_at), micros(state.ended_at),
    )  # fmt: skip


def step_state(row: Sequence[Any]) -> StepState:
    """Make a step's state from the columns of STEP_COLUMNS."""
    return StepState(
        path=StepPath(row[1]), kind=row[3], status=StepStatus(row[4]), agent=row[5], attempt=row[6],
        attempt_status=AttemptStatus(row[7]) if row[7] else None, item=json_value(row[8]), input=json_value(row[9]),
        refs=json_value(row[10]) or {}, output=json_value(row[11]), output_ref=row[12],
        ended_at=seconds(row[20]),
        failure=Failure(row[13]) if row[13] else None, reason=row[14], degraded=row[15], feedback=row[16],
        memo=json_value(row[17]) or {}, opened_at=seconds(row[18]), started_at=seconds(row[19]),
    )  # fmt: skip


def event_row(run_id: RunId, recorded: Recorded) -> Row:
    """Make the row of a fact."""
    fact = stored(recorded.fact)
    return (run_id, recorded.n, fact.type, fact.path, micros(recorded.at), records.write(fact))


def queue_row(changes: Changes, row: QueueRow) -> Row:
    """Make the row of an attempt that waits for a slot."""
    return (
        changes.run.id, row.path, row.attempt, row.agent, row.lane.value, changes.priority, micros(row.ready_at),
        row.timeout_seconds, changes.run.paused, False,
    )  # fmt: skip


def attempt_row(run_id: RunId, recorded: Recorded, sent_back: bool = False) -> Row:
    """Make the row of an attempt that is over."""
    fact = cast("AttemptEnded", recorded.fact)
    return (
        run_id, fact.path, fact.attempt, fact.agent, fact.worker, fact.status.value,
        fact.failure.value if fact.failure else None, fact.reason, fact.detail, fact.note, micros(fact.started_at),
        micros(recorded.at), fact.cost_usd, fact.tokens, sent_back,
    )  # fmt: skip


def gate_row(run: RunState, recorded: Recorded, team_id: int | None) -> Row:
    """Make the row of an open gate."""
    fact = cast("GateOpened", recorded.fact)
    deadline = None if fact.deadline_seconds is None else recorded.at + fact.deadline_seconds
    return (
        run.id, fact.path, "open", fact.title, codec.dumps(dict(fact.shown)), fact.digest,
        codec.dumps(list(fact.edit)), json_text(fact.edit_schema) if fact.edit_schema else None, fact.role, fact.group,
        fact.quorum, fact.not_starter, run.actor, team_id, micros(recorded.at), micros(deadline),
        fact.deadline_then, "", None,
    )  # fmt: skip


def decision_row(run_id: RunId, recorded: Recorded) -> Row:
    """Make the row of a person's decision."""
    fact = cast("GateDecided", recorded.fact)
    return (
        run_id, fact.path, recorded.n, fact.verdict, fact.actor, fact.actor_name,
        json_text(fact.edits) if fact.edits else None, fact.comment, fact.digest, micros(recorded.at),
    )  # fmt: skip


def message_text(message: Message) -> str:
    """Write a message with its type, for the mailbox."""
    return f'{{"type":"{message.type}","data":{records.write(message)}}}'


def read_message(text: str) -> Message:
    """Read a message of the mailbox."""
    body = cast("dict[str, Any]", codec.loads(text))
    return records.read_message(body["type"], body["data"])
