"""What the agent `boss` of random workflows asks of others while it runs (P12)."""

from __future__ import annotations

from orchestrator.core.outcomes import Outcome, Suspended
from orchestrator.engine.work import Live


def asked(live: Live) -> Outcome | None:
    """Let the agent `boss` call two others, the second with the answer of the first, and each as its input says."""
    if live.claim.agent != "boss" or len(live.answers) >= 2:
        return None
    number = len(live.answers) + 1
    agent = "boss" if number == 2 and len(live.claim.path) % 3 == 0 else "quick"
    return Suspended(requests=({"key": f"call/{number}", "kind": "call", "agent": agent, "input": {"n": number}},))
