"""Agents over HTTP: their contracts, and what each is doing now."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.models import AgentVersion, Attempt, QueueEntry
from orchestrator.queries import agents as queries

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


class Agent(Schema):
    """An agent in its current version."""

    name: str
    version: int
    digest: str
    contract: JsonValue
    created_at: datetime
    working: list[AtWork]
    queued: int
    tried: int = Field(description="How many of its latest attempts the figures are made from.")
    success_rate: float | None
    median_seconds: float | None
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
    return Agents(items=[_shown(now) for now in queries.agents_now(user, page.items)], next=page.next)


@router.get("/agents/{name}", response=Agent)
def get_agent(request: HttpRequest, name: str) -> Agent:
    """Show an agent."""
    user = caller(request)
    (now,) = queries.agents_now(user, (queries.agent_detail(user, name),))
    return _shown(now)


def _shown(now: queries.AgentNow) -> Agent:
    agent: AgentVersion = now.agent
    return Agent(
        name=agent.name, version=agent.version, digest=agent.digest, contract=agent.spec, created_at=agent.created_at,
        working=[_at_work(entry) for entry in now.working], queued=now.queued, tried=now.tried,
        success_rate=now.success_rate, median_seconds=now.median_seconds,
        last_success=_tried(now.last_success), last_failure=_tried(now.last_failure),
    )  # fmt: skip


def _at_work(entry: QueueEntry) -> AtWork:
    return AtWork(run_id=entry.run_id, path=entry.path, attempt=entry.attempt, since=entry.claimed_at)


def _tried(one: Attempt | None) -> Tried | None:
    if one is None:
        return None
    return Tried(run_id=one.run_id, path=one.path, attempt=one.attempt, status=one.status, reason=one.reason,
                 ended_at=one.ended_at)  # fmt: skip
