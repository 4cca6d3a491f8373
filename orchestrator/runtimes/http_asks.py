"""Agents that a server asks for before it can answer: as many as its contract allows, counted by the ledger (A7)."""

from __future__ import annotations

from orchestrator.core import actions
from orchestrator.core.outcomes import Failed, Failure, Outcome, Suspended
from orchestrator.runtimes.port import Control, Job


def allowed(job: Job, control: Control, asked: Suspended) -> Outcome:
    """Return what it asks for once that is counted, or the failure that says why it may not have it."""
    if not actions.is_bound(job.spec):
        return asked
    known = [*control.effects()]
    for key, agent in actions.asked_agents(asked.requests).items():
        if key in known:
            continue
        reason = actions.refused_elsewhere(job.spec, agent, actions.asked_so_far(known), is_agent=True)
        if reason:
            return Failed(kind=Failure.REFUSED, reason=f"{reason}.", usage=asked.usage)
        control.once(agent, key, lambda: None, idempotent=True)
        known.append(key)
    return asked
