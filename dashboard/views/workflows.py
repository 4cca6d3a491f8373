"""Workflows: the list of them, one drawn before it runs, and starting a run. Writing them is in `workflow_files`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.forms.runs import StartForm, blank, sent
from dashboard.live.frames import Frame, now
from dashboard.partials import workflow_list as lists
from dashboard.partials import workflows as partials
from dashboard.partials.differences import changes
from orchestrator.core.errors import OrchestratorError, RejectedError, RejectedMissing
from orchestrator.core.trials import Proof
from orchestrator.models import WorkflowVersion
from orchestrator.queries.doctor import of_workflow
from orchestrator.queries.outcomes import of_workflow as of_workflow_outcomes
from orchestrator.queries.outlook import outlook
from orchestrator.queries.trials import current_proofs
from orchestrator.queries.workflow_use import Use, uses
from orchestrator.queries.workflows import workflow_detail, workflow_versions
from orchestrator.services.access import Verb, may
from orchestrator.services.runs import input_schema, start


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List workflows, each with its latest runs, the agents it uses, and the way to start it."""
    cursor = request.GET.get("cursor", "")
    moment = now()
    fragment, following = lists.rows(request.user, cursor)
    context = {
        "frame": Frame(n=moment, fragments=(fragment,)), "topic": lists.topic(cursor), "next": following,
        "may_apply": may(request.user, Verb.APPLY_WORKFLOW),
    }  # fmt: skip
    return render(request, "dashboard/workflows/index.html", context)


@require_GET
@page
def detail(request: PersonRequest, name: str) -> HttpResponse:
    """Show one version of a workflow: drawn, as it was written, and with its start form."""
    flow = workflow_detail(request.user, name, request.GET.get("version", ""))
    return render(request, "dashboard/workflows/detail.html", _context(request, flow, blank(input_schema(flow))))


@require_POST
@page
def begin(request: PersonRequest, name: str) -> HttpResponse:
    """Start a run; what does not fit comes back as words on the form, with everything that was typed."""
    flow = workflow_detail(request.user, name)
    form, typed = sent(input_schema(flow), request.POST.dict())
    try:
        if not typed.is_readable and may(request.user, Verb.START_RUN):
            raise RejectedError("What you typed cannot be read, so nothing was started.")
        started = start(request.user, name, form.input, key=form.key or None, title=form.title)
    except RejectedMissing:
        raise
    except OrchestratorError as error:
        return _again(request, flow, form.refused(error.detail, error.problems), error.status)
    url = reverse("runs-detail", args=[started.run_id])
    if not is_fragment(request):
        return done(request, "The run has started.", url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def _again(request: PersonRequest, flow: WorkflowVersion, form: StartForm, status: int) -> HttpResponse:
    if is_fragment(request):
        return render(request, "dashboard/workflows/_start.html", {"flow": flow, "form": form}, status=status)
    return render(request, "dashboard/workflows/detail.html", _context(request, flow, form), status=status)


def _proofs(use: Use) -> list[tuple[str, str]]:
    """Return the agents of a workflow, each with what its own examples say of it."""
    found = current_proofs(use.agents)
    return [(name, found.get(name, Proof.UNPROVEN)) for name in use.agents]


def _context(request: PersonRequest, flow: WorkflowVersion, form: StartForm) -> dict[str, object]:
    text = partials.text_of(flow)
    current = flow if flow.is_current else workflow_detail(request.user, flow.name)
    return {
        "flow": flow, "form": form, "track": partials.drawn(flow), "lines": partials.lines(text),
        "outcomes": of_workflow_outcomes(request.user, flow.name),
        "use": (use := uses(request.user, (flow,))[0]), "proofs": _proofs(use),
        "findings": (health := of_workflow(request.user, flow))[0], "points": health[1],
        "will": outlook(request.user, flow.name, flow.version),
        "versions": workflow_versions(request.user, flow.name).items,
        "changes": [] if flow.is_current else changes(text, partials.text_of(current)),
        "may_start": may(request.user, Verb.START_RUN), "may_drill": may(request.user, Verb.DRILL_WORKFLOW),
        "may_apply": may(request.user, Verb.APPLY_WORKFLOW),
    }  # fmt: skip
