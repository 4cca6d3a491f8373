"""An agent as the engine knows it: a versioned contract and how its work is carried out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.core.outcomes import Json


class Lane(StrEnum):
    """Which slots an agent's attempts use."""

    QUICK = "quick"  # fast, trusted code in the worker's own process
    SLOW = "slow"  # child processes
    REMOTE = "remote"  # done elsewhere and reported later; takes no slot


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """One version of an agent, frozen."""

    name: str
    role: str
    """What it does, in one sentence."""
    runtime: str
    """A name of the runtime catalogue, such as `callable` or `command`."""
    version: int = 1
    settings: dict[str, Json] = field(default_factory=dict)
    """What the runtime needs: `{"target": "package.module:function", "inline": true}` or `{"command": ["ruff", …]}`."""
    input_schema: dict[str, Json] = field(default_factory=dict)
    """JSON Schema of what it takes; empty takes anything."""
    output_schema: dict[str, Json] = field(default_factory=dict)
    """JSON Schema of what it returns; empty returns anything."""
    capabilities: tuple[str, ...] = ()
    timeout_seconds: float = 60.0
    """Of one attempt, from its start, unless the step says otherwise."""
    lane: Lane = Lane.SLOW
    owner: str = ""
    calls: tuple[str, ...] = ()
    """Agents it may call while it runs, by name."""

    @property
    def model(self) -> str:
        """Return what answers for it: a model, a function, a program; empty where that is not known.

        Two agents with the same one make the same mistakes, whatever they are told.
        """
        found = next((self.settings[name] for name in ("model", "target", "command") if self.settings.get(name)), None)
        if found is None:
            return ""
        words = [str(one) for one in found] if isinstance(found, list) else [str(found)]
        return " ".join((self.runtime, *words))
