"""Writing workflows as builders do: a new one or a new version, checked and drawn before it is applied."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.door import PersonRequest, done, page
from dashboard.partials import workflows as partials
from dashboard.track.layout import track
from dashboard.track.shapes import Drawing
from orchestrator.core.errors import OrchestratorError, RejectedForbidden
from orchestrator.core.problems import Problem
from orchestrator.files.yaml_text import read_text
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import workflows as services
from orchestrator.services.access import Verb, require
from orchestrator.services.agents import known

FIRST = """workflow: my-workflow
role: Says in one sentence what it does.
input:
  type: object
  required: [path]
  properties:
    path: {type: string, description: A folder.}
steps:
  - id: first
    agent: name-of-an-agent
    with: {path: input.path}
  - id: sign_off
    gate: {title: Look at the result, show: {result: steps.first.output}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as it is being written."""

    text: str
    name: str = ""
    """Of the workflow it is a new version of; empty for a new one."""
    said: str = ""
    """What became of it, in a sentence."""
    status: str = ""
    problems: tuple[Problem, ...] = ()
    drawing: Drawing | None = None


@require_GET
@page
def new(request: PersonRequest) -> HttpResponse:
    """Show the form for a new workflow, with an example to change."""
    require(request.user, Verb.APPLY_WORKFLOW)
    return _sheet(request, Sheet(text=FIRST))


@require_GET
@page
def edit(request: PersonRequest, name: str) -> HttpResponse:
    """Show a workflow's file for changing; applying it makes a new version."""
    require(request.user, Verb.APPLY_WORKFLOW)
    flow = workflow_detail(request.user, name, request.GET.get("version", ""))
    return _sheet(request, Sheet(text=partials.text_of(flow), name=flow.name))


@require_http_methods(["POST"])
@page
def apply(request: PersonRequest, name: str = "") -> HttpResponse:
    """Check a file, or make it the current version; problems come back at their lines, with what was typed."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        require(request.user, Verb.APPLY_WORKFLOW)
        if request.POST.get("act") == "check":
            return _sheet(request, _checked(text, name))
        applied = services.apply(request.user, text, name or None)
    except RejectedForbidden:
        raise
    except OrchestratorError as error:
        problems = tuple(partials.sorted_by_line(error.problems))
        sheet = Sheet(text=text, name=name, said=error.detail, status="failed", problems=problems)
        return _sheet(request, sheet, error.status)
    words = "is current now" if applied.is_new else "was there already and is current now"
    url = reverse("workflows-detail", args=[applied.version.name])
    return done(request, f"Version {applied.version.version[:7]} {words}.", url)


def _checked(text: str, name: str) -> Sheet:
    workflow, problems = services.read(read_text(text), known(), services.inputs())
    if workflow is None:
        found = tuple(partials.sorted_by_line(problems))
        said = f"The workflow has {len(found)} problem{'s'[: len(found) != 1]}."
        return Sheet(text=text, name=name, said=said, status="failed", problems=found)
    drawing = track(workflow.root)
    if name not in ("", workflow.name):
        said = f"Its name is {workflow.name}, so it cannot be a version of {name}."
        return Sheet(text=text, name=name, said=said, status="failed", drawing=drawing)
    said = "Nothing is wrong with it. Nothing has been changed yet."
    return Sheet(text=text, name=name, said=said, status="approved", drawing=drawing)


def _sheet(request: PersonRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    lines = partials.lines(sheet.text, sheet.problems)
    address = reverse("workflows-apply", args=[sheet.name]) if sheet.name else reverse("workflows-apply-new")
    context = {"sheet": sheet, "lines": lines, "track": sheet.drawing, "address": address}
    return render(request, "dashboard/workflows/edit.html", context, status=status)
