"""An agent that is done at once, so that large runs are about Signalbox alone."""

from __future__ import annotations

from orchestrator import agents


@agents.agent(role="Is done at once.", inline=True)
def quick(number: int) -> dict[str, int]:
    """Return what it was given."""
    return {"number": number}
