"""Breakers as they stand and what changed them. They belong to the whole installation, like agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.core.agents import spec_of
from orchestrator.core.dependencies import keys_of
from orchestrator.models import AgentVersion, Breaker, BreakerChange
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.scope import signed_in
from orchestrator.reliability.breaker import State

CHANGES = 8
"""Latest changes that are shown of a breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerNow:
    """One breaker of an agent."""

    key: str
    state: State
    since: datetime | None
    """None for one that has never opened."""
    until: datetime | None
    by_hand: bool
    why: str
    changes: tuple[BreakerChange, ...]
    """The latest first."""

    @property
    def of(self) -> str:
        """Return whether it is the agent's own or its provider's: `agent` or `provider`."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """Return whose it is."""
        return self.key.partition(":")[2]


def breakers_of(viewer: object, name: str) -> tuple[BreakerNow, ...]:
    """Return an agent's own breaker, and its provider's where it has one; raises RejectedMissing."""
    agent = agent_detail(viewer, name)
    keys = keys_of(spec_of(agent.spec, agent.version))
    rows = Breaker.objects.in_bulk(keys)
    return tuple(_now(key, rows.get(key)) for key in keys)


def not_closed(viewer: object, agents: Iterable[AgentVersion]) -> dict[str, Breaker]:
    """Return for each of these agents the breaker that keeps its work away; most have none."""
    signed_in(viewer)
    rows = {row.key: row for row in Breaker.objects.exclude(state=State.CLOSED.value)}
    if not rows:
        return {}
    keys = {agent.name: keys_of(spec_of(agent.spec, agent.version)) for agent in agents}
    first = {name: next((rows[key] for key in own if key in rows), None) for name, own in keys.items()}
    return {name: row for name, row in first.items() if row is not None}


def changes_of(keys: Sequence[str], limit: int = CHANGES) -> tuple[BreakerChange, ...]:
    """Return the latest changes of some breakers, the latest first."""
    return tuple(BreakerChange.objects.filter(key__in=keys).order_by("-id")[:limit])


def _now(key: str, row: Breaker | None) -> BreakerNow:
    if row is None:
        return BreakerNow(key=key, state=State.CLOSED, since=None, until=None, by_hand=False, why="", changes=())
    changes = changes_of([key])
    return BreakerNow(
        key=key, state=State(row.state), since=row.since if changes else None, until=row.until, by_hand=row.by_hand,
        why=row.why, changes=changes,
    )  # fmt: skip
