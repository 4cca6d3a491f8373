"""Gates, who may decide at them and what was decided, as a viewer may see it. Deciding is in `services.gates`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BigIntegerField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from orchestrator.core.asking import APPROVE, ASK
from orchestrator.core.errors import RejectedError, RejectedMissing
from orchestrator.core.ids import StepPath, name_of
from orchestrator.core.people import FORM
from orchestrator.core.problems import Problem
from orchestrator.core.status import GateStatus
from orchestrator.models import Gate, GateDecision, Role, User
from orchestrator.models.fields import micros
from orchestrator.queries.page import Page, cut, numbers
from orchestrator.queries.scope import has_role, in_team

NEVER = 1 << 62
"""Stands for `no deadline` where gates are sorted by it."""


def visible_gates(viewer: object) -> QuerySet[Gate]:
    """Return the gates a viewer may see, for counting and filtering further."""
    return Gate.objects.filter(in_team(viewer))


def gates(viewer: object, status: str = "open", run_id: str = "", cursor: str = "", limit: int = 50) -> Page[Gate]:
    """List gates of a status: open ones by deadline, others latest first; `decided` takes all that closed."""
    rows = visible_gates(viewer)
    rows = rows.filter(run_id=run_id) if run_id else rows
    if status == GateStatus.OPEN:
        return _by_deadline(rows.filter(status=status), cursor, limit)
    if status == "decided":
        rows = rows.exclude(status=GateStatus.OPEN)
    elif status:
        rows = rows.filter(status=_status(status))
    last = numbers(cursor, 1)
    rows = rows.filter(id__lt=last[0]) if last else rows
    return cut(rows.order_by("-id"), limit, lambda gate: [gate.pk])


def open_gates(viewer: object) -> tuple[int, datetime | None]:
    """Count the open gates and say when the first of them was opened."""
    rows = visible_gates(viewer).filter(status=GateStatus.OPEN)
    found = rows.aggregate(number=Count("id"), oldest=Min("opened_at"))
    return found["number"], found["oldest"]


def gate_detail(viewer: object, gate_id: int) -> Gate:
    """Return one gate; raises RejectedMissing where there is none the viewer may see."""
    found = visible_gates(viewer).filter(pk=gate_id).first() if 0 < gate_id < 1 << 63 else None
    if found is None:
        raise RejectedMissing("There is no such approval.")
    return found


def decisions(gate: Gate) -> tuple[GateDecision, ...]:
    """List what was decided at a gate, the first one first."""
    return tuple(GateDecision.objects.filter(run_id=gate.run_id, path=gate.path).order_by("n"))


def wants_answer(gate: Gate) -> bool:
    """Tell whether a gate is a form that a person fills in, or an agent's question, and not a decision on work."""
    return name_of(StepPath(gate.path)) in (ASK, FORM)


def is_of_call(gate: Gate) -> bool:
    """Tell whether an agent opened the gate for a risky call of a tool (H6)."""
    return name_of(StepPath(gate.path)) == APPROVE


def my_decision(viewer: User, gate: Gate) -> GateDecision | None:
    """Return what this viewer decided at a gate, the last time."""
    mine = GateDecision.objects.filter(run_id=gate.run_id, path=gate.path, actor=str(viewer.pk))
    return mine.order_by("-n").first()


def why_not(viewer: User, gate: Gate) -> str:
    """Say why this viewer may not decide at a gate; empty when they may."""
    for least in (Role.OPERATOR, Role(gate.role)):
        if not has_role(viewer, least):
            return f"Deciding here needs the role {least.value}; yours is {viewer.role}."
    if gate.group and not viewer.groups.filter(name=gate.group).exists():
        return f"Only members of the group '{gate.group}' decide here."
    if gate.not_starter and gate.starter == str(viewer.pk):
        return "Whoever started the run may not decide here; someone else must."
    return ""


def my_gates(viewer: User) -> QuerySet[Gate]:
    """Return the open gates this viewer may decide, for the inbox and its badge."""
    if not has_role(viewer, Role.OPERATOR):
        return Gate.objects.none()
    roles = [role for role in Role.values if has_role(viewer, role)]
    rows = visible_gates(viewer).filter(status=GateStatus.OPEN, role__in=roles)
    rows = rows.filter(Q(group="") | Q(group__in=viewer.groups.values("name")))
    rows = rows.exclude(not_starter=True, starter=str(viewer.pk))
    decided = GateDecision.objects.filter(run_id=OuterRef("run_id"), path=OuterRef("path"), actor=str(viewer.pk))
    # Under a quorum whoever approved waits for the others, until an edit makes a new digest.
    return rows.exclude(Exists(decided.filter(digest=OuterRef("digest"))))


def _by_deadline(rows: QuerySet[Gate], cursor: str, limit: int) -> Page[Gate]:
    deadline = Coalesce(Cast(F("deadline_at"), BigIntegerField()), Value(NEVER), output_field=BigIntegerField())
    rows = rows.annotate(due=deadline).order_by("due", "id")
    last = numbers(cursor, 2)
    if last:
        rows = rows.filter(Q(due__gt=last[0]) | Q(due=last[0], id__gt=last[1]))
    return cut(rows, limit, lambda gate: [micros(gate.deadline_at) if gate.deadline_at else NEVER, gate.pk])


def _status(status: str) -> str:
    if status in tuple(GateStatus):
        return status
    allowed = ", ".join([*GateStatus, "decided"])
    problem = Problem(path="status", message=f"{status[:40]!r} is not one of them", hint=f"one of {allowed}")
    raise RejectedError("There is no such status of approvals.", [problem])
