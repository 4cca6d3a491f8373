"""Drilling a workflow from its page. How it looks is in `partials.drills`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.door import PersonRequest, is_fragment, page
from dashboard.partials.drills import table
from orchestrator.core import codec
from orchestrator.core.errors import OrchestratorError, RejectedError, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services.drills import drill_workflow


@require_POST
@page
def drill(request: PersonRequest, name: str) -> HttpResponse:
    """Drill a version of a workflow and show what came of it; what does not fit comes back as words."""
    version, typed = request.POST.get("version", ""), request.POST.get("input", "")
    flow = workflow_detail(request.user, name, version)
    context: dict[str, object] = {"flow": flow, "typed": typed}
    try:
        found = drill_workflow(request.user, name, _input(typed), version=version)
    except RejectedMissing:
        raise
    except OrchestratorError as error:
        context |= {"wrong": [error.detail, *map(str, error.problems)]}
        return _answer(request, context, error.status)
    return _answer(request, context | {"table": table(found)})


def _answer(request: PersonRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    if is_fragment(request):
        return render(request, "dashboard/workflows/_drill.html", context, status=status)
    flow = context["flow"]
    back = reverse("workflows-detail", args=[getattr(flow, "name", "")])
    return render(request, "dashboard/workflows/drill.html", context | {"back": back}, status=status)


def _input(typed: str) -> Json:
    """Read the input that was typed; nothing means one that is made up."""
    if not typed.strip():
        return None
    try:
        return codec.loads(typed)
    except codec.NotJson as error:
        problem = Problem(path="input", message=str(error), hint='write an object such as {"text": "…"}')
        raise RejectedError("What you typed cannot be read, so nothing was drilled.", [problem]) from error
