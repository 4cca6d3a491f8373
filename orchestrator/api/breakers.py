"""Breakers over HTTP: how those of an agent stand, and opening or closing one by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body
from orchestrator.models import BreakerChange
from orchestrator.queries.breakers import BreakerNow, breakers_of
from orchestrator.services import breakers as services

router = Router(tags=["agents"])


class Change(Schema):
    """One change of a breaker."""

    was: str
    state: str
    until: datetime | None
    why: str
    by: str = Field(description="Who did it by hand; empty where nobody did.")
    at: datetime


class BreakerLine(Schema):
    """One breaker."""

    of: str = Field(description="agent, or provider: shared by all agents that ask it.")
    name: str
    state: str = Field(description="closed, open or half_open.")
    since: datetime | None
    until: datetime | None = Field(description="While it is open: when probes may begin; absent until a reset.")
    by_hand: bool
    why: str
    changes: list[Change]


class BreakerLines(Schema):
    """The breakers of an agent."""

    items: list[BreakerLine]


class Wanted(Body):
    """What a breaker is to be."""

    state: Literal["open", "reset"]
    of: str = Field("agent", description="agent, or provider.")
    reason: str = ""
    seconds: float | None = Field(None, description="Of open: for how long; until it is reset if absent.")


@router.get("/agents/{name}/breaker", response=BreakerLines)
def get_breakers(request: HttpRequest, name: str) -> BreakerLines:
    """Show the breakers an agent depends on, with their latest changes."""
    return BreakerLines(items=[_line(one) for one in breakers_of(caller(request), name)])


@router.post("/agents/{name}/breaker", response=BreakerLines)
def steer_breaker(request: HttpRequest, name: str, wanted: Wanted) -> BreakerLines:
    """Open a breaker of an agent by hand, or close it."""
    user = caller(request)
    if wanted.state == "open":
        services.trip(user, name, wanted.of, wanted.reason, wanted.seconds)
    else:
        services.reset(user, name, wanted.of, wanted.reason)
    return get_breakers(request, name)


def _line(one: BreakerNow) -> BreakerLine:
    return BreakerLine(
        of=one.of, name=one.name, state=one.state.value, since=one.since, until=one.until, by_hand=one.by_hand,
        why=one.why, changes=[_change(each) for each in one.changes],
    )  # fmt: skip


def _change(one: BreakerChange) -> Change:
    return Change(was=one.was, state=one.state, until=one.until, why=one.why, by=one.actor_name, at=one.at)
