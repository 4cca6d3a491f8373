"""The list of agents: which are asked for, in which order, and one page of them. The same words as in its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.models import AgentVersion
from orchestrator.queries.agent_records import Record, records
from orchestrator.queries.agent_work import Work
from orchestrator.queries.agents_now import AgentNow, AgentState, agents_now, state_of
from orchestrator.queries.breakers import not_closed
from orchestrator.queries.pauses import paused
from orchestrator.queries.queue import Load, loads
from orchestrator.queries.scope import signed_in
from orchestrator.queries.trust import Trusted, trusts

LISTED = 25
"""Agents of one page."""
MOST = 2_000
"""Agents that are looked through."""
SORTS = ("name", "trust", "success", "p95", "cost", "state")
"""What the list can be ordered by: the worst first, unknown last; by state, what needs somebody first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFilter:
    """Which agents are asked for; an empty field asks for all."""

    text: str = ""
    """Part of the name, the role, the owner or a capability."""
    state: str = ""
    """One of AgentState."""
    capability: str = ""
    runtime: str = ""
    sort: str = ""
    """One of SORTS; empty for `name`."""


WORDS = tuple(one.name for one in fields(AgentFilter))
"""The names of filters, as they stand in an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the list."""

    items: tuple[AgentNow, ...]
    trust: Mapping[str, Trusted]
    total: int
    """Agents that fit."""
    page: int
    pages: int
    capabilities: tuple[str, ...]
    """All that any agent has, for choosing one."""
    runtimes: tuple[str, ...]


def listing(viewer: object, wanted: AgentFilter, page: int = 1) -> Listing:
    """List agents; a page that is not there is the last one. Raises RejectedError naming a word that is not known."""
    signed_in(viewer)
    _known(wanted.state, "state", [one.value for one in AgentState])
    _known(wanted.sort, "sort", SORTS)
    every = list(AgentVersion.objects.filter(is_current=True).order_by("name")[:MOST])
    found = [one for one in every if _fits(one, wanted)]
    if wanted.state or wanted.sort == "state":
        found = _by_state(viewer, found, wanted)
    known, trust = _measured(viewer, found, wanted.sort)
    found = _sorted(found, known, trust, wanted.sort)
    pages = max(1, -(-len(found) // LISTED))
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * LISTED : page * LISTED]
    names = [one.name for one in shown]
    return Listing(
        items=agents_now(viewer, shown, known=known), trust=trust or trusts(viewer, names), total=len(found), page=page,
        pages=pages, capabilities=tuple(sorted({one for row in every for one in row.spec.get("capabilities") or ()})),
        runtimes=tuple(sorted({str(row.spec.get("runtime", "")) for row in every})),
    )  # fmt: skip


def _fits(row: AgentVersion, wanted: AgentFilter) -> bool:
    spec = row.spec
    has = [str(one) for one in spec.get("capabilities") or ()]
    if (wanted.capability and wanted.capability not in has) or wanted.runtime not in ("", spec.get("runtime")):
        return False
    words = (row.name, str(spec.get("role", "")), str(spec.get("owner", "")), *has)
    return any(wanted.text.casefold() in one.casefold() for one in words)


def _by_state(viewer: object, rows: list[AgentVersion], wanted: AgentFilter) -> list[AgentVersion]:
    held, pauses, breakers = loads(viewer), paused(viewer), not_closed(viewer, rows)

    def state(row: AgentVersion) -> AgentState:
        work = Work(working=held.get(row.name, Load()).working)
        return state_of(work, pauses.get(row.name), breakers.get(row.name))

    order = list(AgentState)
    found = [(state(row), row) for row in rows]
    kept = [pair for pair in found if wanted.state in ("", pair[0])]
    if wanted.sort == "state":
        kept.sort(key=lambda pair: order.index(pair[0]))
    return [row for _, row in kept]


def _measured(
    viewer: object, rows: Sequence[AgentVersion], sort: str
) -> tuple[Mapping[str, Record], Mapping[str, Trusted]]:
    """Measure all that are sorted by a figure; where they are not, only those shown are, later."""
    names = [one.name for one in rows]
    if sort == "trust":
        return {}, trusts(viewer, names)
    return (records(viewer, names), {}) if sort in KEYS else ({}, {})


def _sorted(
    rows: list[AgentVersion], known: Mapping[str, Record], trust: Mapping[str, Trusted], sort: str
) -> list[AgentVersion]:
    if sort != "trust" and sort not in KEYS:
        return rows

    def figure(name: str) -> float | Decimal | None:
        if sort == "trust":
            return trust[name].mean if trust[name].tried else None
        return KEYS[sort](known[name])

    measured = [(figure(one.name), one) for one in rows]
    first = sorted((pair for pair in measured if pair[0] is not None), key=lambda pair: pair[0] or 0)
    return [one for _, one in first] + [one for found, one in measured if found is None]


KEYS: dict[str, Callable[[Record], float | Decimal | None]] = {
    "success": lambda one: one.success,
    "p95": lambda one: None if one.p95_seconds is None else -one.p95_seconds,
    "cost": lambda one: None if one.outcomes.each_usd is None else -one.outcomes.each_usd,
}
"""What orders the list, ascending: the worst first."""


def _known(value: str, name: str, allowed: Sequence[str]) -> None:
    if value and value not in allowed:
        problem = Problem(path=name, message=f"{value[:40]!r} is not one of them", hint=f"one of {', '.join(allowed)}")
        raise RejectedError(f"There is no such {name}.", [problem])
