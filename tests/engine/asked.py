"""What the agent `boss` of random workflows asks of others while it runs (P12), and of people before it acts (H6)."""

from __future__ import annotations

from orchestrator.core.outcomes import Outcome, Suspended
from orchestrator.engine.work import Live


def asked(live: Live) -> Outcome | None:
    """Let the agent `boss` call two others, the second with the answer of the first, then perhaps do what is risky."""
    if live.claim.agent != "boss":
        return None
    if len(live.answers) >= 2:
        return _risky(live) if len(live.claim.path) % 2 else None
    number = len(live.answers) + 1
    agent = "boss" if number == 2 and len(live.claim.path) % 3 == 0 else "quick"
    return Suspended(requests=({"key": f"call/{number}", "kind": "call", "agent": agent, "input": {"n": number}},))


def _risky(live: Live) -> Outcome | None:
    answer = live.answers.get("approve/1")
    if answer is None:
        asked = {"kind": "approve", "tool": "pay", "arguments": {"n": 1}, "digest": "d"}
        return Suspended(requests=({"key": "approve/1", **asked},))
    assert isinstance(answer, dict), "a person's decision comes back, yes or no"
    assert (answer["tool"], answer["digest"], answer["arguments"]) == ("pay", "d", {"n": 1})
    assert answer["verdict"] in ("approved", "rejected")
    return None
