"""Approvals over HTTP: gates that wait or waited for people, and deciding at them."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body, number
from orchestrator.models import Gate, GateDecision, User
from orchestrator.queries import gates as queries
from orchestrator.services import gates as services

router = Router(tags=["approvals"])


class DecisionWanted(Body):
    """A decision."""

    verdict: str = Field(description="approve, reject, send_back or answer.")
    edits: dict[str, JsonValue] | None = None
    comment: str = Field("", description="Needed to reject and to send back.")
    digest: str = Field("", description="The approval's digest as you saw it; refused with 409 if it has changed.")
    to: str = Field("", description="Which step to send back to; the one before the gate if absent.")


class Decided(Schema):
    """What somebody decided."""

    verdict: str
    by: str
    at: datetime
    edits: JsonValue
    comment: str
    digest: str


class Approval(Schema):
    """A gate."""

    id: int
    run_id: str
    path: str
    status: str
    title: str
    shown: JsonValue
    digest: str
    edit: list[str]
    edit_schema: JsonValue
    role: str
    group: str
    quorum: int
    not_starter: bool
    opened_at: datetime
    deadline_at: datetime | None
    deadline_then: str
    closed_at: datetime | None
    reason: str
    may_decide: bool
    why_not: str
    decisions: list[Decided]


class Approvals(Schema):
    """A part of the list of approvals."""

    items: list[Approval]
    next: str | None


@router.get("/approvals", response=Approvals)
def list_approvals(
    request: HttpRequest, status: str = "open", run: str = "", cursor: str = "", limit: int = 50
) -> Approvals:
    """List approvals: open ones by deadline, others latest first."""
    user = caller(request)
    page = queries.gates(user, status, run, cursor, limit)
    return Approvals(items=[approval(user, gate) for gate in page.items], next=page.next)


@router.get("/approvals/{gate_id}", response=Approval)
def get_approval(request: HttpRequest, gate_id: str) -> Approval:
    """Show an approval."""
    user = caller(request)
    return approval(user, queries.gate_detail(user, number(gate_id)))


@router.post("/approvals/{gate_id}/decision", response=Approval)
def decide(request: HttpRequest, gate_id: str, wanted: DecisionWanted) -> Approval:
    """Decide."""
    user = caller(request)
    gate = services.decide(
        user, number(gate_id), wanted.verdict, wanted.edits, wanted.comment, digest=wanted.digest, to=wanted.to
    )
    return approval(user, gate)


def approval(user: User, gate: Gate) -> Approval:
    """Return a gate as the API words it."""
    refusal = queries.why_not(user, gate)
    return Approval(
        id=gate.pk, run_id=gate.run_id, path=gate.path, status=gate.status, title=gate.title, shown=gate.shown,
        digest=gate.digest, edit=gate.edit or [], edit_schema=gate.edit_schema, role=gate.role, group=gate.group,
        quorum=gate.quorum, not_starter=gate.not_starter, opened_at=gate.opened_at, deadline_at=gate.deadline_at,
        deadline_then=gate.deadline_then, closed_at=gate.closed_at, reason=gate.reason, may_decide=not refusal,
        why_not=refusal, decisions=[_decided(one) for one in queries.decisions(gate)],
    )  # fmt: skip


def _decided(one: GateDecision) -> Decided:
    return Decided(
        verdict=one.verdict, by=one.actor_name or one.actor, at=one.at, edits=one.edits, comment=one.comment,
        digest=one.digest,
    )  # fmt: skip
