"""Forking a run: the form with what is kept and what can be changed, and the new run's page afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.forms.forks import ForkForm, filled, sent, without
from orchestrator.core.errors import OrchestratorError, RejectedError, RejectedMissing
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.models import Run
from orchestrator.queries.forks import Kept, kept_at, origin
from orchestrator.queries.past import workflow_of
from orchestrator.queries.runs import run_detail
from orchestrator.queries.track import agent_spec
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services.access import Verb, may
from orchestrator.services.forks import fork
from orchestrator.services.runs import input_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be forked: a step, a moment, or the whole run from its beginning."""

    step: str = ""
    at: int | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether it is a fresh start."""
        return not self.step and self.at is None


@require_http_methods(["GET", "POST"])
@page
def form(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show the form; sent, make the run. `?step=` forks from before a step, `?at=` from after an event."""
    run = run_detail(request.user, run_id)
    wish = _wish(request)
    blank, kept, agent = _blank(request, run, wish)
    if request.method == "GET":
        return _shown(request, run, wish, blank, kept, agent)
    filled_in = sent(blank, request.POST.dict())
    try:
        if filled_in.typed and not filled_in.typed.is_readable and may(request.user, Verb.FORK_RUN):
            raise RejectedError("What you typed cannot be read, so nothing was forked.")
        given = filled_in.input if wish.is_whole else filled_in.changed
        key = filled_in.key(run.id, wish.step, wish.at) or None
        started = fork(request.user, run.id, wish.at, wish.step, given, key)
    except RejectedMissing:
        raise
    except OrchestratorError as error:
        wrong = filled_in.refused(error.detail, error.problems)
        return _shown(request, run, wish, wrong, kept, agent, error.status)
    url = reverse("runs-detail", args=[started.run_id])
    if not is_fragment(request):
        return done(request, "The fork goes its own way from here.", url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def _wish(request: PersonRequest) -> Wish:
    at = request.GET.get("at", "")
    number = int(at) if at.isascii() and at.isdecimal() and len(at) < 10 else None
    return Wish(step=request.GET.get("step", ""), at=number)


def _blank(request: PersonRequest, run: Run, wish: Wish) -> tuple[ForkForm, Kept, str]:
    """Return the form as it begins, what is kept, and the name of the agent whose input it is."""
    if wish.step:
        found = origin(request.user, run, wish.step)
        kept = kept_at(found.run, found.began.n - 1)
        node = node_at(workflow_of(found.run), StepPath(wish.step))
        is_open = isinstance(node, AgentNode) and found.state.input is not None and not found.state.refs
        if not (isinstance(node, AgentNode) and is_open):
            return without(), kept, ""
        spec = agent_spec(node.agent, int((found.run.agents or {}).get(node.agent, 0)))
        return filled(spec.input_schema if spec else {}, found.state.input), kept, node.agent
    if wish.at is not None:
        return without(), kept_at(run, wish.at), ""
    flow = workflow_detail(request.user, run.workflow, run.version)
    return filled(input_schema(flow), run.input), kept_at(run, 0), ""


def _shown(
    request: PersonRequest, run: Run, wish: Wish, filled_in: ForkForm, kept: Kept, agent: str, status: int = 200
) -> HttpResponse:
    context = {"run": run, "wish": wish, "form": filled_in, "kept": kept, "agent": agent,
               "may_fork": may(request.user, Verb.FORK_RUN)}  # fmt: skip
    template = "dashboard/runs/_fork.html" if is_fragment(request) else "dashboard/runs/fork.html"
    return render(request, template, context, status=status)
