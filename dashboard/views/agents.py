"""Agents: the list of them, and one with its contract, settings, versions and latest attempts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.door import PersonRequest, page
from dashboard.forms.runs import blank
from dashboard.live.frames import Frame, now
from dashboard.partials import agent as one_agent
from dashboard.partials import agents as many
from dashboard.partials import trials as one_bench
from dashboard.partials.contracts import terms
from dashboard.partials.differences import changes
from dashboard.partials.findings import by_check
from dashboard.partials.story import failure
from dashboard.partials.values import as_text
from orchestrator.models import AgentVersion, Step, User
from orchestrator.queries.agent_work import Latest
from orchestrator.queries.agents import agent_detail, agent_versions
from orchestrator.queries.agents_now import AgentState
from orchestrator.queries.doctor import of_agent
from orchestrator.queries.runs import value_of
from orchestrator.queries.savings import saved_by_day, shelves
from orchestrator.queries.tries import latest_tries
from orchestrator.queries.workflow_use import used_by
from orchestrator.services.access import Verb, may


@require_GET
@page
def index(request: PersonRequest) -> HttpResponse:
    """List agents with what each does now; the list keeps itself current."""
    filters = many.wanted(request.GET.dict())
    moment, found, worth = now(), many.listed(request.user, filters), many.worth_mending(request.user)
    frame = Frame(n=moment, fragments=(many.rows(request.user, filters, found, many.counted(worth)),))
    context = {
        "frame": frame, "topic": many.topic(filters), "filters": filters, "found": found, "states": list(AgentState),
        "sorts": many.SORT_WORDS, "chosen": many.chosen(filters), "kinds": by_check(worth), "count": len(worth),
        "may_apply": may(request.user, Verb.APPLY_AGENT),
    }  # fmt: skip
    return render(request, "dashboard/agents/index.html", context)


@require_GET
@page
def detail(request: PersonRequest, name: str) -> HttpResponse:
    """Show one agent."""
    agent = agent_detail(request.user, name)
    versions = agent_versions(request.user, name).items
    wanted = request.GET.get("version", "")
    older = next((one for one in versions if str(one.version) == wanted and not one.is_current), None)
    against = one_bench.other(request.GET.get("against", ""))
    moment = now()
    frame = Frame(n=moment, fragments=(one_bench.bench(request.user, agent, against),))
    seen = one_agent.seen(request.user, agent)
    latest = seen.latest
    tries = [(one, title, failure(one.failure)) for one, title in latest_tries(request.user, name)]
    context = {
        "agent": agent, "latest": latest, "tries": tries,
        "settings": many.without_secrets(agent.spec.get("settings")), "flows": used_by(name),
        "findings": of_agent(request.user, name),
        "versions": versions, "output": _last_output(latest), "takes": terms(agent.spec.get("input_schema")),
        "returns": terms(agent.spec.get("output_schema")), "compared": older.version if older else None,
        "changes": changes(_as_text(older), _as_text(agent)) if older else (),
        "failed_why": failure(latest.failure.failure) if latest.failure else "",
        "may_start": may(request.user, Verb.START_RUN), "frame": frame, "topic": one_bench.topic(name, against),
        "may_try": may(request.user, Verb.TRY_AGENT), "form": blank(agent.spec.get("input_schema") or {}),
        "live": Frame(n=now(), fragments=one_agent.fragments(request.user, seen)), "live_topic": one_agent.topic(name),
        "may_apply": may(request.user, Verb.APPLY_AGENT),
    }  # fmt: skip
    return render(request, "dashboard/agents/detail.html", context | _kept_answers(request.user, agent))


def _kept_answers(viewer: User, agent: AgentVersion) -> dict[str, object]:
    """Return what is kept of an agent's answers and what that saved, if it has them kept."""
    if not agent.spec.get("cache_seconds"):
        return {}
    return {"shelf": shelves(viewer, agent.name)[0], "saved_days": saved_by_day(viewer, agent.name)}


def _as_text(version: AgentVersion) -> str:
    """Write a contract for comparing, without its number and what looks like a secret."""
    return as_text(many.without_secrets({**version.spec, "version": None}))


def _last_output(latest: Latest) -> object:
    """Return what the agent last produced, as far as it is still its step's output."""
    last = latest.success
    step = Step.objects.filter(run_id=last.run_id, path=last.path).first() if last else None
    return value_of(step) if step is not None else None
