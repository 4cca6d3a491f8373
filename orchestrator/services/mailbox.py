"""Asks a run through its mailbox, and turns its answer into an error where it says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction

from orchestrator import logs
from orchestrator.core.errors import (
    BrokenError,
    OrchestratorError,
    RejectedConflict,
    RejectedError,
    RejectedForbidden,
    RejectedMissing,
    TransientError,
)
from orchestrator.core.messages import Message, Verdict
from orchestrator.engine.requests import Started, StartRequest
from orchestrator.wiring import engine

FAMILIES: dict[int, type[OrchestratorError]] = {
    403: RejectedForbidden,
    404: RejectedMissing,
    409: RejectedConflict,
    422: RejectedError,
    503: TransientError,
}


def begin(request: StartRequest) -> Started:
    """Create a run and let it begin, in the caller's transaction where there is one.

    It takes the id of the request at hand, so that all it does can be found by it.
    """
    return engine().start(replace(request, correlation_id=logs.correlation_id()))


def ask(run_id: str, message: Message, key: str | None, note: Callable[[], object]) -> Verdict:
    """Tell a run something and return its answer; raises the error of its family where it refuses.

    What it does and the caller's note of it, a line of the audit trail, are one transaction: both happen or neither.
    """
    with transaction.atomic():
        verdict = engine().call(run_id, message, key)
        if verdict.status < 400:
            note()
    if verdict.status >= 400:
        raise FAMILIES.get(verdict.status, BrokenError)(verdict.reason)
    return verdict


def leave(run_id: str, message: Message, key: str) -> None:
    """Leave a message for a run in the caller's transaction, without locking the run."""
    engine().post(run_id, message, key)
