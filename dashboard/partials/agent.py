"""What of an agent's page keeps itself current: state, figures, whether it gets work. Topic `agent.<name>`."""

from __future__ import annotations

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.agents import between, line
from dashboard.partials.breakers import card
from dashboard.partials.draw import draw
from orchestrator.core.agents import spec_of
from orchestrator.core.people import is_person
from orchestrator.models import AgentVersion, User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.agents_now import AgentNow, agents_now, titles_of
from orchestrator.queries.trials import proofs
from orchestrator.queries.trust import trusts
from orchestrator.services.access import Verb, may


def live(viewer: User, key: str, after: int) -> Frame:
    """Return what is current of an agent's page as it is now."""
    moment = now()
    return Frame(n=moment, fragments=fragments(viewer, seen(viewer, agent_detail(viewer, key))))


def topic(agent: str) -> str:
    """Name the topic of an agent."""
    return f"agent.{agent}"


def seen(viewer: User, agent: AgentVersion) -> AgentNow:
    """Ask how an agent does, and how long people were at what it asked for."""
    (found,) = agents_now(viewer, (agent,), people=True)
    return found


def fragments(viewer: User, one: AgentNow) -> tuple[Fragment, ...]:
    """Draw all of it."""
    return *head(viewer, one), pause(viewer, one), card(viewer, one.agent.name)


def head(viewer: User, one: AgentNow) -> tuple[Fragment, ...]:
    """Draw its state and its figures."""
    name, version = one.agent.name, one.agent.version
    trust = trusts(viewer, [name])[name]
    context = {
        "agent": one.agent, "now": one, "record": one.record, "row": line(one, titles_of((one,)), {}),
        "trust": trust, "between": between(trust), "proof": proofs([(name, version)]).get((name, version)),
    }  # fmt: skip
    return (
        draw("agent-head", "dashboard/agents/_head.html", **context),
        draw("agent-facts", "dashboard/agents/_facts.html", **context),
    )


def pause(viewer: User, one: AgentNow) -> Fragment:
    """Draw whether an agent is paused, how far it is drained, and the buttons."""
    is_someone = is_person(spec_of(one.agent.spec, one.agent.version))
    return draw("agent-pause", "dashboard/agents/_pause.html", agent=one.agent.name, pause=one.pause, work=one.work,
                may_pause=may(viewer, Verb.PAUSE_AGENT) and not is_someone)  # fmt: skip
