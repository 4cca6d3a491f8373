"""The doctor over HTTP: what is worth mending, and how ready workflows are."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Schema

from orchestrator.api.auth import caller
from orchestrator.core.doctor.readiness import Point as FoundPoint
from orchestrator.queries import doctor

router = Router(tags=["doctor"])


class Finding(Schema):
    """One thing worth mending."""

    check: str = Field(description="Name of the check, such as `no-owner`.")
    noun: str = Field(description="agent or workflow.")
    name: str
    where: str = Field(description="Field or step; empty for the whole.")
    what: str
    why: str
    remedy: str


class Point(Schema):
    """One thing a workflow needs to be fit for use."""

    name: str
    state: str = Field(description="ready, lacking or unknown.")
    words: str
    remedy: str


class Examined(Schema):
    """Everything that was found."""

    findings: list[Finding]
    readiness: dict[str, list[Point]] = Field(description="By workflow.")


@router.get("/doctor", response=Examined)
def examine(request: HttpRequest) -> Examined:
    """Examine all agents and workflows, as they are now and as they did lately."""
    found, reports = doctor.examined(caller(request), measured=True)
    return Examined(
        findings=[Finding(check=one.check, noun=one.noun, name=one.name, where=one.where, what=one.what, why=one.why,
                          remedy=one.remedy) for one in found],
        readiness={name: [_point(one) for one in points] for name, points in reports.items()},
    )  # fmt: skip


def _point(one: FoundPoint) -> Point:
    return Point(name=one.name, state=one.state.value, words=one.words, remedy=one.remedy)
