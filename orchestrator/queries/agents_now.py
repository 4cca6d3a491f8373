"""What each agent is doing now, what it did last, and how it did lately: the same figures on pages and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestrator.models import AgentPause, AgentVersion, Attempt, Breaker, QueueEntry, Run
from orchestrator.queries.agent_records import Record, records
from orchestrator.queries.agent_work import Latest, Work, latest_of, work_of
from orchestrator.queries.breakers import not_closed
from orchestrator.queries.pauses import paused
from orchestrator.reliability.breaker import State


class AgentState(StrEnum):
    """What stands in the way of an agent's work, or else whether it has some."""

    BROKEN = "broken"  # its breaker, or its provider's, is open or half open
    PAUSED = "paused"  # a person keeps new work from it
    WORKING = "working"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNow:
    """One agent as far as the viewer may see its work."""

    agent: AgentVersion
    work: Work
    latest: Latest
    record: Record
    """Of the last 7 days, at most the latest 200 attempts."""
    pause: AgentPause | None = None
    breaker: Breaker | None = None
    """The breaker that keeps its work away; None where all are closed."""

    @property
    def state(self) -> AgentState:
        """Return its state; a pause is said before a breaker, for it is somebody's wish."""
        return state_of(self.work, self.pause, self.breaker)

    @property
    def at(self) -> QueueEntry | None:
        """Return what it has been working on for longest."""
        return self.work.claims[0] if self.work.claims else None

    @property
    def last(self) -> Attempt | None:
        """Return what it did last, well or badly."""
        both = [one for one in (self.latest.success, self.latest.failure) if one is not None]
        return max(both, key=lambda one: one.ended_at, default=None)

    @property
    def status(self) -> str:
        """Return the status it is coloured by: what it does now, and while it is idle whether it failed last."""
        if self.work.claims:
            return "running"
        failed = self.last is not None and self.last == self.latest.failure
        return "queued" if self.work.queued else "failed" if failed else "pending"

    @property
    def doing(self) -> str:
        """Say what it does now."""
        parts = [f"{self.work.working} running"] if self.work.claims else []
        parts += [f"{self.work.queued} queued"] if self.work.queued else []
        return ", ".join(parts) or "idle"


def state_of(work: Work, pause: AgentPause | None, breaker: Breaker | None) -> AgentState:
    """Return the state of an agent from what it has in hand and what stands in its way."""
    if pause is not None:
        return AgentState.PAUSED
    if breaker is not None and breaker.state != State.CLOSED:
        return AgentState.BROKEN
    return AgentState.WORKING if work.working else AgentState.IDLE


def agents_now(
    viewer: object,
    agents: Sequence[AgentVersion],
    now: datetime | None = None,
    known: Mapping[str, Record] | None = None,
    people: bool = False,
) -> tuple[AgentNow, ...]:
    """Describe these agents; the number of questions does not depend on how many they are.

    `known` is what was asked for of them already; `people` as in `records`.
    """
    names = [agent.name for agent in agents]
    work, latest = work_of(viewer, names), latest_of(viewer, names)
    record = known or records(viewer, names, now, people)
    pauses, breakers = paused(viewer, names), not_closed(viewer, agents)
    return tuple(
        AgentNow(agent=one, work=work[one.name], latest=latest[one.name], record=record[one.name],
                 pause=pauses.get(one.name), breaker=breakers.get(one.name))
        for one in agents
    )  # fmt: skip


def titles_of(agents: Sequence[AgentNow]) -> dict[str, str]:
    """Return what to call the runs these agents work on, or worked on last."""
    ids = {one.at.run_id for one in agents if one.at} | {one.last.run_id for one in agents if one.last}
    runs = Run.objects.filter(pk__in=ids).only("id", "title", "workflow")
    return {run.id: run.title or run.workflow for run in runs}
