"""Trying an agent from its page: on saved examples, or on what was typed. How it looks is in `partials.trials`."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.door import PersonRequest, done, is_fragment, page
from dashboard.forms.runs import StartForm, sent
from dashboard.live.frames import Frame, now
from dashboard.partials.trials import bench, other, topic
from dashboard.views.told import told
from orchestrator.core.errors import OrchestratorError, RejectedError, RejectedMissing
from orchestrator.models import AgentVersion
from orchestrator.queries.agents import agent_detail
from orchestrator.services import trials


@require_POST
@page
def begin(request: PersonRequest, name: str) -> HttpResponse:
    """Begin trials; how they go is seen on the bench."""
    agent = agent_detail(request.user, name)
    if "own" in request.POST:
        return _own(request, agent)
    example, against = request.POST.get("example", ""), other(request.POST.get("against", ""))
    versions = [agent.version, *([against] if against else [])]
    count = len(trials.try_examples(request.user, name, [example] if example else [], versions))
    words = f"{count} trial{'s'[: count != 1]} begun."
    if not is_fragment(request):
        return done(request, words, _bench_of(name))
    moment = now()
    frame = Frame(n=moment, fragments=(bench(request.user, agent, against),))
    return told(request, words, topic(name, against), frame)


def _own(request: PersonRequest, agent: AgentVersion) -> HttpResponse:
    """Try an agent on what was typed; what does not fit comes back as words on the form."""
    form, typed = sent(agent.spec.get("input_schema") or {}, request.POST.dict())
    try:
        if not typed.is_readable:
            raise RejectedError("What you typed cannot be read.")
        trials.try_input(request.user, agent.name, form.input)
    except RejectedMissing:
        raise
    except OrchestratorError as error:
        return _form(request, agent, form.refused(error.detail, error.problems), error.status)
    words = "The trial has begun."
    if not is_fragment(request):
        return done(request, words, _bench_of(agent.name))
    return _form(request, agent, form, words=words)


def _form(
    request: PersonRequest, agent: AgentVersion, form: StartForm, status: int = 200, words: str = ""
) -> HttpResponse:
    context = {"agent": agent, "form": form, "words": words}
    return render(request, "dashboard/agents/_try.html", context, status=status)


def _bench_of(name: str) -> str:
    return f"{reverse('agents-detail', args=[name])}#bench-of"
