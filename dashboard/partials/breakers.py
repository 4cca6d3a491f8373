"""The breakers of an agent on its page."""

from __future__ import annotations

from dashboard.live.frames import Fragment
from dashboard.partials.draw import draw
from orchestrator.models import User
from orchestrator.queries.breakers import breakers_of
from orchestrator.reliability.breaker import State
from orchestrator.services.access import Verb, may

COLOURS = {State.CLOSED: "succeeded", State.OPEN: "failed", State.HALF_OPEN: "waiting"}
"""The status a state is coloured by."""
WORDS = {State.CLOSED: "closed", State.OPEN: "open", State.HALF_OPEN: "half open"}


def card(viewer: User, agent: str) -> Fragment:
    """Draw the breakers of an agent with their latest changes."""
    lines = [{"at": one, "status": COLOURS[one.state], "words": WORDS[one.state],
              "changes": [{"at": each, "status": COLOURS[State(each.state)], "words": WORDS[State(each.state)]}
                          for each in one.changes]}
             for one in breakers_of(viewer, agent)]  # fmt: skip
    return draw("agent-breakers", "dashboard/agents/_breakers.html", agent=agent, lines=lines,
                may_steer=may(viewer, Verb.STEER_BREAKER))  # fmt: skip
