"""Fragments of the list of agents, and settings fit to be shown. Topic `agents.<cursor>` is a snapshot of one part."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from dashboard.partials.story import failure
from dashboard.partials.values import gist
from orchestrator.core.outcomes import Json
from orchestrator.models import User
from orchestrator.queries.agent_day import AgentDay, agent_days, titles_of
from orchestrator.queries.agents import agents
from orchestrator.queries.breakers import not_closed
from orchestrator.queries.trials import current_proofs
from orchestrator.queries.tries import outputs_of

LISTED = 25
"""Agents of one page."""
HIDDEN = "•••"
"""Stands for a secret."""
_NAMES = "secret|token|passw|credential|authorization|cookie|private|api[-_]?key|access[-_]?key"
_SECRET = re.compile(_NAMES, re.IGNORECASE)
_OPTION = re.compile(rf"^(-{{1,2}}[\w-]*(?:{_NAMES})[\w-]*=).+", re.IGNORECASE | re.DOTALL)
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a part of the list as it is now."""
    moment = now()
    return Frame(n=moment, fragments=(rows(viewer, key),))


def topic(cursor: str) -> str:
    """Name the topic of a part of the list."""
    return f"agents.{cursor}" if cursor else "agents"


def rows(viewer: User, cursor: str = "") -> Fragment:
    """Draw one part of the list."""
    found = agents(viewer, cursor=cursor, limit=LISTED)
    days = agent_days(viewer, found.items)
    titles, produced = titles_of(days), outputs_of([one.last_success for one in days if one.last_success])
    proofs = current_proofs([one.agent.name for one in days])
    tripped = not_closed(viewer, found.items)
    marks = {one.agent.name: {"proof": proofs.get(one.agent.name), "breaker": tripped.get(one.agent.name)}
             for one in days}  # fmt: skip
    lines = [line(one, titles, produced) | marks[one.agent.name] for one in days]
    return draw("agents-rows", "dashboard/agents/_rows.html", rows=lines, next=found.next, is_first=not cursor)


def line(day: AgentDay, titles: Mapping[str, str], produced: Mapping[int, Json]) -> dict[str, object]:
    """Return what the template of one agent needs."""
    at, last = (day.working[0] if day.working else None), day.last
    return {
        "day": day, "agent": day.agent, "at": at, "at_title": titles.get(at.run_id, "") if at else "", "last": last,
        "last_title": titles.get(last.run_id, "") if last else "", "why": failure(last.failure) if last else "",
        "produced": gist(produced.get(day.last_success.pk)) if day.last_success else "",
    }  # fmt: skip


def without_secrets(value: Json, name: str = "") -> Json:
    """Return settings with what looks like a secret covered: by its name, as an option, or in an address."""
    match value:
        case dict():
            return {key: without_secrets(inner, key) for key, inner in value.items()}
        case list():
            return _arguments(value, name)
        case str() if value and _SECRET.search(name):
            return HIDDEN
        case str():
            return _IN_ADDRESS.sub(HIDDEN, _OPTION.sub(rf"\1{HIDDEN}", value))
        case _:
            return value


def _arguments(values: list[Json], name: str) -> list[Json]:
    """Cover list entries too: `--token=x`, and what follows `--token`."""
    covered: list[Json] = []
    before = ""
    for one in values:
        is_after = before.startswith("-") and "=" not in before
        covered.append(without_secrets(one, before if is_after else name))
        before = one if isinstance(one, str) else ""
    return covered
