"""The statuses of everything that has one, and which moves between them are legal."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands; pausing and cancelling are flags beside it."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class AttemptStatus(StrEnum):
    """Where one try at a step stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PARKED = "parked"
    SUSPENDED = "suspended"  # over: it asked for something, and another attempt goes on with the answer
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    CANCELLED = "cancelled"


class GateStatus(StrEnum):
    """Where a gate stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


RUN_ENDED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})
RUN_LIVE = tuple(status for status in RunStatus if status not in RUN_ENDED)
"""Those a run can still leave. Asked for by name, since `not ended` is no question an index answers."""
LIVE = frozenset({AttemptStatus.QUEUED, AttemptStatus.RUNNING, AttemptStatus.PARKED})
"""Attempts somebody still waits for."""
STEP_ENDED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})

STEP_MOVES: dict[StepStatus, frozenset[StepStatus]] = {
    StepStatus.PENDING: frozenset(StepStatus) - {StepStatus.PENDING},
    StepStatus.QUEUED: frozenset({StepStatus.QUEUED, StepStatus.RUNNING, StepStatus.WAITING}) | STEP_ENDED,
    StepStatus.RUNNING: frozenset({StepStatus.QUEUED, StepStatus.RUNNING, StepStatus.WAITING}) | STEP_ENDED,
    StepStatus.WAITING: frozenset({StepStatus.QUEUED, StepStatus.RUNNING, StepStatus.WAITING}) | STEP_ENDED,
    StepStatus.SUCCEEDED: frozenset(),
    StepStatus.FAILED: frozenset(),
    StepStatus.SKIPPED: frozenset(),
    StepStatus.CANCELLED: frozenset(),
}
"""Legal moves of a step; an ended one moves again only when it had not come to its end well and is reopened."""
