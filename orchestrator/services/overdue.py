"""Servers that were to report their work and did not in time: a time-out as any other, for the doors too (R3)."""

from __future__ import annotations

import logging

from orchestrator import claim_tokens
from orchestrator.core.errors import RejectedConflict, TransientError
from orchestrator.core.outcomes import Failed, Failure
from orchestrator.engine.actor import OUTSIDE
from orchestrator.services.reports import accept
from orchestrator.store.outside import Holding, Outside
from orchestrator.wiring import store

log = logging.getLogger("signalbox.timers")


def report_overdue() -> int:
    """Report what nobody has reported in its time; return how much. A report that comes now is too late."""
    return sum(_timed_out(holding) for holding in Outside(store()).overdue())


def _timed_out(holding: Holding) -> bool:
    claim = holding.claim
    reason = f"{claim.agent} took the work and did not report it within {claim.timeout_seconds:g} s"
    try:
        accept(claim_tokens.held_by(claim), holding, Failed(kind=Failure.TIMEOUT, reason=reason),
               key=f"{OUTSIDE}overdue:{claim.fence}")  # fmt: skip
    except RejectedConflict:  # its report was quicker, or the run was given up
        return False
    except TransientError as error:  # its run is busy, which is no reason to leave what comes after it undone
        log.warning("a time-out waits for the next sweep: %s", error, extra=claim.names)
        return False
    return True
