"""What of an agent's page keeps itself current: whether it gets work. Topic `agent.<name>` is a snapshot of it."""

from __future__ import annotations

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.breakers import card
from dashboard.partials.draw import draw
from orchestrator.core.agents import spec_of
from orchestrator.core.people import is_person
from orchestrator.models import User
from orchestrator.queries.agent_work import work_of
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.pauses import paused
from orchestrator.services.access import Verb, may


def live(viewer: User, key: str, after: int) -> Frame:
    """Return what is current of an agent's page as it is now."""
    moment = now()
    return Frame(n=moment, fragments=fragments(viewer, key))


def topic(agent: str) -> str:
    """Name the topic of an agent."""
    return f"agent.{agent}"


def fragments(viewer: User, agent: str) -> tuple[Fragment, ...]:
    """Draw all of it."""
    return pause(viewer, agent), card(viewer, agent)


def pause(viewer: User, agent: str) -> Fragment:
    """Draw whether an agent is paused, how far it is drained, and the buttons."""
    found = agent_detail(viewer, agent)
    return draw(
        "agent-pause", "dashboard/agents/_pause.html", agent=agent, pause=paused(viewer, [agent]).get(agent),
        work=work_of(viewer, [agent])[agent],
        may_pause=may(viewer, Verb.PAUSE_AGENT) and not is_person(spec_of(found.spec, found.version)),
    )  # fmt: skip
