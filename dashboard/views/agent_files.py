"""Writing agents as builders do: a new one or a new version, checked before it is applied, and rolling back (A1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dashboard.door import PersonRequest, done, page
from dashboard.partials.differences import changes
from dashboard.partials.workflows import lines, sorted_by_line
from orchestrator.core.errors import OrchestratorError, RejectedForbidden
from orchestrator.core.problems import Problem
from orchestrator.models import AgentVersion
from orchestrator.queries.agents import agent_detail, agent_version
from orchestrator.services import agent_files as services
from orchestrator.services.access import Verb, require

FIRST = """agent: my-agent
role: Says in one sentence what it does.
runtime: human
instructions: Say here what is to be done, and how.
input:
  type: object
output:
  type: object
  required: [summary]
  properties:
    summary: {type: string, description: What came of it.}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as it is being written."""

    text: str
    name: str = ""
    """Of the agent it is a new version of; empty for a new one."""
    seen: int = 0
    """The version the writer began with; 0 for none."""
    said: str = ""
    """What became of it, in a sentence."""
    status: str = ""
    problems: tuple[Problem, ...] = ()
    meanwhile: AgentVersion | None = None
    """The current version, where it is another one than the writer began with."""


@require_GET
@page
def new(request: PersonRequest) -> HttpResponse:
    """Show the form for a new agent, with an example to change."""
    require(request.user, Verb.APPLY_AGENT)
    return _sheet(request, Sheet(text=FIRST))


@require_GET
@page
def edit(request: PersonRequest, name: str) -> HttpResponse:
    """Show an agent's file for changing; applying it makes a new version. One in Python says where it lives."""
    require(request.user, Verb.APPLY_AGENT)
    current = agent_detail(request.user, name)
    wanted = request.GET.get("version", "")
    shown = agent_version(request.user, name, int(wanted)) if wanted.isdecimal() and len(wanted) < 9 else current
    if elsewhere := services.why_not_here(current):
        return render(request, "dashboard/agents/elsewhere.html", {"agent": current, "why": elsewhere})
    return _sheet(request, Sheet(text=services.text_of(shown), name=name, seen=current.version))


@require_POST
@page
def apply(request: PersonRequest, name: str = "") -> HttpResponse:
    """Check a file, or make it the current version; problems come back at their lines, with what was typed."""
    require(request.user, Verb.APPLY_AGENT)
    posted = request.POST
    seen = int(posted.get("seen", "")) if posted.get("seen", "").isdecimal() and len(posted["seen"]) < 9 else 0
    sheet = Sheet(text=posted.get("text", "").replace("\r\n", "\n"), name=name, seen=seen)
    try:
        if posted.get("act") == "check":
            services.read(sheet.text, name)
            said = "Nothing is wrong with it. Nothing has been changed yet."
            return _sheet(request, _with(sheet, said, "approved"))
        applied = services.apply(request.user, sheet.text, name, seen)
    except RejectedForbidden:
        raise
    except OrchestratorError as error:
        return _sheet(request, _refused(request, sheet, error), error.status)
    words = "is current now" if applied.is_new else "is what it was already"
    url = reverse("agents-detail", args=[applied.version.name])
    return done(request, f"Version {applied.version.version} {words}.", url)


@require_POST
@page
def rollback(request: PersonRequest, name: str) -> HttpResponse:
    """Make an earlier version current again; what is refused comes back in words."""
    posted = {key: request.POST.get(key, "") for key in ("version", "seen")}
    wanted, seen = (int(text) if text.isdecimal() and len(text) < 9 else 0 for text in posted.values())
    applied = services.rollback(request.user, name, wanted, seen)
    words = f"Version {applied.version.version} is current now; it is as version {wanted} was."
    return done(request, words, reverse("agents-detail", args=[name]))


def _refused(request: PersonRequest, sheet: Sheet, error: OrchestratorError) -> Sheet:
    """Return the sheet with what was wrong; after somebody else was faster, with what they made of it."""
    sheet = _with(sheet, error.detail, "failed", tuple(sorted_by_line(error.problems)))
    if not isinstance(error, services.SomeoneWasFaster) or not sheet.name:
        return sheet
    return _with(sheet, sheet.said, "failed", meanwhile=agent_detail(request.user, sheet.name))


def _with(
    sheet: Sheet, said: str, status: str, problems: tuple[Problem, ...] = (), meanwhile: AgentVersion | None = None
) -> Sheet:
    return Sheet(text=sheet.text, name=sheet.name, seen=meanwhile.version if meanwhile else sheet.seen, said=said,
                 status=status, problems=problems, meanwhile=meanwhile)  # fmt: skip


def _sheet(request: PersonRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    address = reverse("agents-apply", args=[sheet.name]) if sheet.name else reverse("agents-apply-new")
    theirs = changes(services.text_of(sheet.meanwhile), sheet.text) if sheet.meanwhile else ()
    context = {"sheet": sheet, "lines": lines(sheet.text, sheet.problems), "address": address, "changes": theirs}
    return render(request, "dashboard/agents/edit.html", context, status=status)
