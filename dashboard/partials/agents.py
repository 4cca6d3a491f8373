"""Fragments of the list of agents, and settings fit to be shown. Topic `agents.<filter>` is a snapshot of one page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from dashboard.partials.story import failure
from dashboard.partials.values import gist
from orchestrator.core.doctor.examine import findings
from orchestrator.core.doctor.finding import Finding
from orchestrator.core.outcomes import Json
from orchestrator.models import User
from orchestrator.queries.agent_list import WORDS, AgentFilter, Listing, listing
from orchestrator.queries.agents_now import AgentNow, titles_of
from orchestrator.queries.doctor import facts
from orchestrator.queries.trials import current_proofs
from orchestrator.queries.tries import outputs_of
from orchestrator.queries.trust import Trusted

HIDDEN = "•••"
"""Stands for a secret."""
_NAMES = "secret|token|passw|credential|authorization|cookie|private|api[-_]?key|access[-_]?key"
_SECRET = re.compile(_NAMES, re.IGNORECASE)
_OPTION = re.compile(rf"^(-{{1,2}}[\w-]*(?:{_NAMES})[\w-]*=).+", re.IGNORECASE | re.DOTALL)
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


STATES = {"broken": ("failed", "✗ broken"), "paused": ("paused", "‖ paused"), "working": ("running", "working"),
          "idle": ("pending", "idle")}  # fmt: skip
"""The colour and the words of a state."""
SORT_WORDS = {"name": "by name", "state": "needs somebody first", "trust": "least trusted first",
              "success": "least success first", "p95": "slowest first", "cost": "dearest first"}  # fmt: skip


def wanted(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address that mean something, in a fixed order."""
    return {name: value for name in (*WORDS, "page") if (value := asked.get(name, "").replace("\0", "").strip()[:80])}


def topic(filters: Mapping[str, str]) -> str:
    """Name the topic of a page of the list."""
    return f"agents.{urlencode(filters)}" if filters else "agents"


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a page of the list as it is now."""
    moment = now()
    filters = wanted(dict(parse_qsl(key)))
    return Frame(n=moment, fragments=(rows(viewer, filters, listed(viewer, filters), counted(worth_mending(viewer))),))


def worth_mending(viewer: User) -> list[Finding]:
    """Return what the doctor says of agents."""
    return [one for one in findings(facts(viewer)) if one.noun == "agent"]


def counted(found: Iterable[Finding]) -> Counter[str]:
    """Count findings by agent."""
    return Counter(one.name for one in found)


def chosen(filters: Mapping[str, str]) -> list[dict[str, str]]:
    """Return each filter in words, with the address of the list without it; the order is none."""
    return [
        {"name": "named" if name == "text" else name, "value": value,
         "rest": urlencode({other: text for other, text in filters.items() if other not in (name, "page")})}
        for name, value in filters.items() if name not in ("page", "sort")
    ]  # fmt: skip


def listed(viewer: User, filters: Mapping[str, str]) -> Listing:
    """Ask for a page of the list; raises RejectedError naming a word that is not known."""
    given = {name: filters.get(name, "") for name in WORDS}
    asked = AgentFilter(text=given["text"], state=given["state"], capability=given["capability"],
                        runtime=given["runtime"], sort=given["sort"])  # fmt: skip
    page = filters.get("page", "")
    return listing(viewer, asked, int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1)


def rows(viewer: User, filters: Mapping[str, str], found: Listing, worth: Mapping[str, int]) -> Fragment:
    """Draw one page of the list; `worth` says how much of each agent is worth mending."""
    titles = titles_of(found.items)
    produced = outputs_of([one.latest.success for one in found.items if one.latest.success])
    proofs = current_proofs([one.agent.name for one in found.items])
    lines = [
        line(one, titles, produced) | {"proof": proofs.get(name := one.agent.name), "findings": worth.get(name, 0),
                                       "trust": (trust := found.trust[name]), "between": between(trust)}
        for one in found.items
    ]  # fmt: skip
    rest = {name: value for name, value in filters.items() if name != "page"}
    return draw("agents-rows", "dashboard/agents/_rows.html", rows=lines, found=found, is_filtered=bool(rest),
                before=_page(rest, found.page - 1) if found.page > 1 else None,
                after=_page(rest, found.page + 1) if found.page < found.pages else None)  # fmt: skip


def _page(filters: Mapping[str, str], number: int) -> str:
    """Return the address of a page of the list, after its question mark."""
    return urlencode({**filters, **({"page": str(number)} if number > 1 else {})})


def between(trust: Trusted) -> str:
    """Write between what the true rate lies: `63–99%`."""
    return f"{trust.low * 100:.0f}–{trust.high * 100:.0f}%"


def line(one: AgentNow, titles: Mapping[str, str], produced: Mapping[int, Json]) -> dict[str, object]:
    """Return what the template of one agent needs."""
    at, last, good = one.at, one.last, one.latest.success
    status, words = STATES[one.state]
    return {
        "now": one, "agent": one.agent, "record": one.record, "at": at, "last": last, "state": words,
        "state_status": status, "at_title": titles.get(at.run_id, "") if at else "",
        "last_title": titles.get(last.run_id, "") if last else "", "why": failure(last.failure) if last else "",
        "produced": gist(produced.get(good.pk)) if good else "",
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
