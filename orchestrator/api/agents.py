"""Agents over HTTP: their contracts, and what each is doing now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.outcomes import Outcomes, outcomes
from orchestrator.models import AgentVersion, Attempt, QueueEntry
from orchestrator.queries import agents as queries
from orchestrator.queries.agents_now import AgentNow, agents_now
from orchestrator.queries.trust import Trusted, trusts

router = Router(tags=["agents"])


class AtWork(Schema):
    """An attempt at work."""

    run_id: str
    path: str
    attempt: int
    since: datetime | None


class Tried(Schema):
    """An attempt that is over."""

    run_id: str
    path: str
    attempt: int
    status: str
    reason: str
    ended_at: datetime


class TrustLine(Schema):
    """How often an agent's work holds, as far as is known (A3)."""

    mean: float
    low: float = Field(description="Its true rate lies between low and high with a probability of 90 %.")
    high: float
    tried: int = Field(description="Pieces of work it rests on; 0 says that nothing is known.")


class Agent(Schema):
    """An agent in its current version."""

    name: str
    version: int
    digest: str
    contract: JsonValue
    created_at: datetime
    state: str = Field(description="broken, paused, working or idle.")
    working: list[AtWork]
    queued: int
    trust: TrustLine
    tried: int = Field(description="Attempts the figures are made from: the latest 200 of the last 7 days at most.")
    success_rate: float | None
    median_seconds: float | None = Field(description="Half of those that succeeded took no longer.")
    p95_seconds: float | None = Field(description="19 of 20 of those that succeeded took no longer.")
    cost_usd: float | None
    outcomes: Outcomes
    last_success: Tried | None
    last_failure: Tried | None


class Agents(Schema):
    """A part of the list of agents."""

    items: list[Agent]
    next: str | None


@router.get("/agents", response=Agents)
def list_agents(request: HttpRequest, cursor: str = "", limit: int = 50) -> Agents:
    """List agents by name."""
    user = caller(request)
    page = queries.agents(user, cursor, limit)
    trust = trusts(user, [one.name for one in page.items])
    return Agents(items=[_shown(now, trust) for now in agents_now(user, page.items)], next=page.next)


@router.get("/agents/{name}", response=Agent)
def get_agent(request: HttpRequest, name: str) -> Agent:
    """Show an agent."""
    user = caller(request)
    (now,) = agents_now(user, (queries.agent_detail(user, name),), people=True)
    return _shown(now, trusts(user, [name]))


def _shown(now: AgentNow, trusts: Mapping[str, Trusted]) -> Agent:
    agent: AgentVersion = now.agent
    record, latest = now.record, now.latest
    return Agent(
        name=agent.name, version=agent.version, digest=agent.digest, contract=agent.spec, created_at=agent.created_at,
        state=now.state.value, working=[_at_work(entry) for entry in now.work.claims], queued=now.work.queued,
        trust=_trusted(trusts[agent.name]), tried=record.tried, success_rate=record.success,
        median_seconds=record.median_seconds,
        p95_seconds=record.p95_seconds, cost_usd=None if record.cost_usd is None else float(record.cost_usd),
        outcomes=outcomes(record.outcomes), last_success=_tried(latest.success), last_failure=_tried(latest.failure),
    )  # fmt: skip


def _trusted(trust: Trusted) -> TrustLine:
    return TrustLine(mean=trust.mean, low=trust.low, high=trust.high, tried=trust.tried)


def _at_work(entry: QueueEntry) -> AtWork:
    return AtWork(run_id=entry.run_id, path=entry.path, attempt=entry.attempt, since=entry.claimed_at)


def _tried(one: Attempt | None) -> Tried | None:
    if one is None:
        return None
    return Tried(run_id=one.run_id, path=one.path, attempt=one.attempt, status=one.status, reason=one.reason,
                 ended_at=one.ended_at)  # fmt: skip
