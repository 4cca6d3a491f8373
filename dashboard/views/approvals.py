"""The inbox of approvals, one approval, what was decided, and deciding."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.forms.fields import Typed, marked, read, renewed
from dashboard.live.frames import now
from dashboard.partials import approval as one
from dashboard.partials import approvals as many
from dashboard.partials.differences import edited
from orchestrator.core import codec
from orchestrator.core.errors import OrchestratorError, RejectedError, RejectedMissing
from orchestrator.core.status import GateStatus
from orchestrator.models import Gate
from orchestrator.queries.gates import gate_detail, gates, my_decision, my_gates, why_not
from orchestrator.queries.inbox import decisions_of, edits_of_many, runs_of
from orchestrator.services.gates import approve_alike, decide, looked

SAID = {"approve": "Approved", "approve_edits": "Approved with your edits", "reject": "Rejected",
        "send_back": "Sent back", "answer": "Answered"}  # fmt: skip
VERDICTS = {"approve_edits": "approve", "answer": "approve"}
"""Buttons that stand for a verdict of another name."""
WITH_EDITS = ("approve_edits", "answer")
"""Buttons that send what was typed."""


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """Show the inbox with its first approval open, one that the reader may decide if there is one."""
    return _inbox(request)


@require_GET
@page
def mine(request: PersonRequest) -> HttpResponse:
    """Say which open approvals the reader may decide: the personal part of a list that is the same for all."""
    return JsonResponse({"mine": sorted(_mine(request))})


@require_GET
@page
def decided(request: PersonRequest) -> HttpResponse:
    """List the approvals that are closed, latest first."""
    found = gates(request.user, status="decided", cursor=request.GET.get("cursor", ""))
    runs, made = runs_of(found.items), decisions_of(found.items)
    changed = edits_of_many(found.items, made)
    rows = [(gate, runs.get(gate.run_id), made[gate.pk], edited(changed.get(gate.pk, ()))) for gate in found.items]
    return render(request, "dashboard/approvals/decided.html", {"rows": rows, "next": found.next})


@require_GET
@page
def detail(request: PersonRequest, gate_id: int) -> HttpResponse:
    """Show one approval, alone or beside the inbox."""
    looked(request.user, gate_id)
    if is_fragment(request):
        return render(request, "dashboard/approvals/_detail.html", one.context(request.user, gate_id))
    return _inbox(request, gate_id)


@require_POST
@page
def decision(request: PersonRequest, gate_id: int) -> HttpResponse:
    """Decide; what is refused comes back as words on the form, with everything that was typed."""
    gate, _ = one.opened(request.user, gate_id)
    pressed = request.POST.get("verdict", "")
    typed = read(one.fields(gate), request.POST.dict(), one.PREFIX)
    try:
        if not _is_repeated(request, gate, pressed, typed):
            # Whoever may not decide is told that, not how to decide better.
            if not why_not(request.user, gate):
                _check_button(pressed, typed)
            _decide(request, gate_id, pressed, typed)
    except RejectedMissing:
        raise
    except OrchestratorError as error:
        return _again(request, gate_id, typed, error)
    return _decided(request, gate_id, pressed)


@require_POST
@page
def together(request: PersonRequest) -> HttpResponse:
    """Approve several alike as they stand: `gate` comes once for each, as its number, a colon and its digest."""
    named = [one.partition(":") for one in request.POST.getlist("gate")]
    seen = [(int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else 0, digest) for pk, _, digest in named]
    made = approve_alike(request.user, seen)
    context = {"made": made, "count": sum(not one.refused for one in made)}
    if not is_fragment(request):
        return done(request, f"Approved {context['count']} of {len(made)}.", reverse("approvals"))
    return render(request, "dashboard/approvals/_together.html", context)


def _decide(request: PersonRequest, gate_id: int, pressed: str, typed: Typed) -> None:
    verdict = VERDICTS.get(pressed, pressed)
    edits = typed.changed if pressed in WITH_EDITS else {}
    asked = request.POST
    to = asked.get("to", "") if verdict == "send_back" else ""
    decide(request.user, gate_id, verdict, edits, asked.get("comment", ""), asked.get("digest", ""), to)


def _check_button(pressed: str, typed: Typed) -> None:
    """Refuse what is not clear: changes with a button that would drop them, and no changes with one that takes them."""
    if pressed in WITH_EDITS and not typed.is_readable:
        raise RejectedError("What you typed cannot be read, so nothing was decided.")
    if pressed == "approve_edits" and not typed.changed:
        raise RejectedError("You have changed nothing. Press Approve to approve it as it stands.")
    if pressed == "approve" and (typed.changed or not typed.is_readable):
        names = ", ".join(typed.changed) or "a field"
        raise RejectedError(f"You have changed {names}. Press Approve with edits to approve it like that, or put back "
                            "what stood there to approve it unchanged.")  # fmt: skip


def _is_repeated(request: PersonRequest, gate: Gate, pressed: str, typed: Typed) -> bool:
    """Tell whether this very form was taken before: by then the approval shows what the first click made of it."""
    # While it is open the run itself knows whose decision it has, unless nothing is left to change.
    if gate.status == GateStatus.OPEN and (pressed not in WITH_EDITS or typed.changed):
        return False
    before = my_decision(request.user, gate)
    if before is None or before.verdict != VERDICTS.get(pressed, pressed):
        return False
    said = request.POST.get("comment", "").replace("\r\n", "\n").strip()
    edits = dict(before.edits or {})
    as_edited = all(codec.canonical(typed.values.get(name)) == codec.canonical(value) for name, value in edits.items())
    return before.digest == gate.digest and before.comment == said and as_edited


def _decided(request: PersonRequest, gate_id: int, pressed: str) -> HttpResponse:
    gate = gate_detail(request.user, gate_id)
    words = f"{SAID.get(pressed, 'Decided')}: {gate.title}"
    if not is_fragment(request):
        return done(request, words, reverse("approvals"))
    if request.headers.get("HX-Target") == "toasts":
        return render(request, "dashboard/approvals/_told.html", {"words": words})
    response = render(request, "dashboard/approvals/_detail.html", one.context(request.user, gate_id))
    told = {"id": gate_id, "status": gate.status, "words": words}
    return trigger_client_event(response, "signalbox:decided", told, after="settle")


def _again(request: PersonRequest, gate_id: int, typed: Typed, error: OrchestratorError) -> HttpResponse:
    """Show the form as it was left, with what was refused in words."""
    (gate, _), asked = one.opened(request.user, gate_id), request.POST
    fields, rest = marked(typed.fields, error.problems, "edits")
    if asked.get("digest", gate.digest) != gate.digest:
        fields = renewed(one.fields(gate), fields)
    about_comment = [problem for problem in rest if problem.path == "comment"]
    draft = one.Draft(
        fields=fields, comment=asked.get("comment", ""), to=asked.get("to", ""), title=error.title,
        wrong=(error.detail, *(str(problem) for problem in rest if problem not in about_comment)),
        comment_wrong="; ".join(f"{problem.message}; {problem.hint}" for problem in about_comment),
    )  # fmt: skip
    if not is_fragment(request):
        return _inbox(request, gate_id, draft=draft, status=error.status)
    if request.headers.get("HX-Target") == "toasts":
        return render(request, "dashboard/approvals/_refused.html", {"draft": draft, "gate": gate}, status=error.status)
    context = one.context(request.user, gate_id, draft)
    return render(request, "dashboard/approvals/_detail.html", context, status=error.status)


def _inbox(
    request: PersonRequest, chosen: int | None = None, draft: one.Draft | None = None, status: int = 200
) -> HttpResponse:
    """Show the list beside the chosen approval, or the first that the reader may decide, or the first of all."""
    moment, marks = now(), _mine(request)
    found = gates(request.user, limit=many.LISTED).items
    lines = {row.gate.pk: row for row in many.rows(found)}
    first = next((pk for pk in lines if pk in marks), next(iter(lines), None))
    opened = first if chosen is None else chosen
    shared, shown = many.listed([*lines.values()], many.more(request.user, found)), request.GET.get("show", "")
    context: dict[str, object] = {
        "n": moment, "shared": shared, "own": many.marked(shared, marks, opened), "mine": sorted(marks),
        "selected": opened, "is_chosen": chosen is not None, "total": len(lines),
        "show": shown if shown in ("mine", "all", "expiring") else "mine" if marks else "all",
    }  # fmt: skip
    if opened is not None:
        context |= one.context(request.user, opened, draft, lines.get(opened))
    return render(request, "dashboard/approvals/index.html", context, status=status)


def _mine(request: PersonRequest) -> frozenset[int]:
    return frozenset(my_gates(request.user).values_list("pk", flat=True))
