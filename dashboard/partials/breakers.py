"""The breakers of an agent on its page, kept current. Topic `agent.<name>` is a snapshot of them."""

from __future__ import annotations

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from orchestrator.models import User
from orchestrator.queries.breakers import breakers_of
from orchestrator.reliability.breaker import State
from orchestrator.services.access import Verb, may

COLOURS = {State.CLOSED: "succeeded", State.OPEN: "failed", State.HALF_OPEN: "waiting"}
"""The status a state is coloured by."""
WORDS = {State.CLOSED: "closed", State.OPEN: "open", State.HALF_OPEN: "half open"}


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the breakers of an agent as they are now."""
    moment = now()
    return Frame(n=moment, fragments=(card(viewer, key),))


def topic(agent: str) -> str:
    """Name the topic of an agent's breakers."""
    return f"agent.{agent}"


def card(viewer: User, agent: str) -> Fragment:
    """Draw the breakers of an agent with their latest changes."""
    lines = [{"at": one, "status": COLOURS[one.state], "words": WORDS[one.state],
              "changes": [{"at": each, "status": COLOURS[State(each.state)], "words": WORDS[State(each.state)]}
                          for each in one.changes]}
             for one in breakers_of(viewer, agent)]  # fmt: skip
    return draw("agent-breakers", "dashboard/agents/_breakers.html", agent=agent, lines=lines,
                may_steer=may(viewer, Verb.STEER_BREAKER))  # fmt: skip
