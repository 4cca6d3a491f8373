"""Pausing and resuming an agent over HTTP. Whether it is paused is in `GET /agents/{name}`."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body
from orchestrator.queries.agent_work import work_of
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.pauses import paused
from orchestrator.services import pauses as services

router = Router(tags=["agents"])


class Paused(Schema):
    """How an agent's pause stands."""

    paused: bool
    since: datetime | None
    by: str
    reason: str
    working: int = Field(description="Attempts still at work that the caller may see; 0: it is drained.")
    queued: int = Field(description="Attempts that wait and that the caller may see.")


class Why(Body):
    """Why it is paused."""

    reason: str = ""


@router.post("/agents/{name}/pause", response=Paused)
def pause(request: HttpRequest, name: str, why: Why | None = None) -> Paused:
    """Keep new work from an agent; what it has in hand ends."""
    services.pause(caller(request), name, why.reason if why else "")
    return _now(request, name)


@router.post("/agents/{name}/resume", response=Paused)
def resume(request: HttpRequest, name: str) -> Paused:
    """Let work go to an agent again."""
    services.resume(caller(request), name)
    return _now(request, name)


def _now(request: HttpRequest, name: str) -> Paused:
    user = caller(request)
    agent_detail(user, name)
    row, work = paused(user, [name]).get(name), work_of(user, [name])[name]
    return Paused(
        paused=row is not None, since=row.at if row else None, by=row.actor_name if row else "",
        reason=row.why if row else "", working=work.working, queued=work.queued,
    )  # fmt: skip
