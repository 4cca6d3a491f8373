"""What an agent stands on: itself, and the provider that answers for it. Breakers and limits are kept by these keys."""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec

_LOCAL = frozenset({"callable", "command", "human", "scripted"})
"""Runtimes that ask nobody outside."""


def provider_of(spec: AgentSpec) -> str:
    """Return who an agent asks: the host of its address, else the provider of its model; empty where it asks nobody."""
    if spec.runtime in _LOCAL:
        return ""
    for name in ("base_url", "url"):
        address = spec.settings.get(name)
        if isinstance(address, str) and address:
            return address.rpartition("://")[2].partition("/")[0].rpartition("@")[2].lower()
    model = spec.settings.get("model")
    return model.partition(":")[0].lower() if isinstance(model, str) and ":" in model else ""


def keys_of(spec: AgentSpec) -> tuple[str, ...]:
    """Return the keys under which an agent's breakers and limits are kept: its own, and its provider's."""
    provider = provider_of(spec)
    own = agent_key(spec.name)
    return (own, f"provider:{provider}") if provider else (own,)


def agent_key(name: str) -> str:
    """Return an agent's own key."""
    return f"agent:{name}"


def workflow_key(name: str) -> str:
    """Return the key under which the limit of a workflow's runs is kept."""
    return f"workflow:{name}"
