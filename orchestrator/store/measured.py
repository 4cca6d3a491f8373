"""How agents' latest work came out, for trust: a bounded part of each agent's past, by the index of attempts.

What counts: an attempt that succeeded is good unless its work was sent back (by a review, a hand-off's check or at a
gate); one that failed by the agent's doing is bad. Left out: trials, answers that were given again, what was called
off, and what failed without the agent's doing, such as its worker's death or an input it can't take.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from django.db import connection

from orchestrator.core.trials import PREFIX
from orchestrator.reliability.breaker import COUNTED
from orchestrator.reliability.cache import GIVEN
from orchestrator.reliability.trust import Outcome, Record, Trust, faded
from orchestrator.store.pauses import Pause, paused_key

COUNTS = tuple(sorted(COUNTED | {"refused", "over_limit"}))
"""Failures that are the agent's: those a breaker counts, a call it may not make, and memory or output without end."""
LATEST = 100
"""Outcomes of an agent that are looked at: older ones have faded away."""
VIEW_SECONDS = 1.0
"""How old what a process knows of outcomes may be."""
MOST_GROUPS = 500
LOOKED = 300
"""Attempts among which they are looked for."""
_KEPT = f"""EXISTS (SELECT 1 FROM orchestrator_run r WHERE r.id = t.run_id AND r.workflow NOT LIKE '{PREFIX}%%')"""
_LATEST = f"""SELECT * FROM (SELECT agent, status, sent_back, started_at, ended_at, cost_usd FROM (
SELECT agent, run_id, status, failure, note, sent_back, started_at, ended_at, cost_usd
FROM orchestrator_attempt WHERE agent = %s ORDER BY ended_at DESC LIMIT {LOOKED}) AS t
WHERE (status = 'succeeded' OR failure IN ({", ".join("%s" for _ in COUNTS)})) AND note NOT LIKE '{GIVEN}%%' AND {_KEPT}
ORDER BY ended_at DESC LIMIT {LATEST}) AS of_{{place}}"""
_SHUT = (
    "SELECT key, why, '' FROM orchestrator_breaker WHERE state = 'open' AND (until IS NULL OR until > %s) "
    "AND key IN ({}) UNION ALL SELECT 'paused:' || agent, why, actor_name FROM orchestrator_agentpause "
    "WHERE agent IN ({})"
)
_LOAD = "SELECT agent, COUNT(*) FROM orchestrator_queue WHERE agent IN ({}) GROUP BY agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A piece of work of an agent that is over."""

    agent: str
    good: bool
    at: int
    """When it ended, in microseconds since 1970."""
    seconds: float | None = None
    usd: float | None = None


def latest(names: Sequence[str]) -> list[Tried]:
    """Return what these agents did last, oldest first, in one question."""
    if not names:
        return []
    parts = [_LATEST.format(place=place) for place, _ in enumerate(names)]
    values = [value for name in names for value in (name, *COUNTS)]
    rows = sorted(_asked(" UNION ALL ".join(parts), values), key=lambda row: row[4])
    return [
        Tried(agent=agent, good=status == "succeeded" and not sent_back, at=ended,
              seconds=None if started is None else (ended - started) / 1e6, usd=None if cost is None else float(cost))
        for agent, status, sent_back, started, ended, cost in rows
    ]  # fmt: skip


def loads(names: Sequence[str]) -> dict[str, int]:
    """Return how many attempts of each of these agents are at work or wait."""
    return dict(_asked(_LOAD.format(", ".join("%s" for _ in names)), names)) if names else {}


class Recent:
    """What is known of groups of agents, as it was within the last second; what they have in hand as it is now.

    A step's choice stands in the transaction that opens it, so it does not count hundreds of outcomes anew each time.
    """

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._known: dict[tuple[str, ...], tuple[float, dict[str, Record]]] = {}

    def records(self, names: Sequence[str]) -> dict[str, Record]:
        """Return what is known of each of a group; outcomes fade with the work of the whole group."""
        load = loads(names)
        return {name: replace(one, load=load.get(name, 0)) for name, one in self._outcomes(tuple(names)).items()}

    def _outcomes(self, names: tuple[str, ...]) -> dict[str, Record]:
        at, known = self._known.get(names, (float("-inf"), {}))
        now = time.monotonic()
        if now - at <= VIEW_SECONDS:
            return known
        if len(self._known) >= MOST_GROUPS:
            self._known.clear()
        known = records(names)
        self._known[names] = (now, known)
        return known


def records(names: Sequence[str]) -> dict[str, Record]:
    """Return how the work of each of a group came out, what it took and cost, in one question."""
    found = latest(names)
    trust = faded([Outcome(one.agent, one.good) for one in found])
    return {name: _record([one for one in found if one.agent == name], trust.get(name, Trust())) for name in names}


def _record(mine: Sequence[Tried], trust: Trust) -> Record:
    spans = [one.seconds for one in mine if one.seconds is not None]
    costs = [one.usd for one in mine if one.usd is not None]
    return Record(trust=trust, usd=median(costs) if costs else None, seconds=median(spans) if spans else None)


def denied(agents: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Say of those that are paused or whose breaker is open why they get no work now; with the keys of their breakers.

    One that may be probed by now is not among them: without work it would never be found to have recovered.
    """
    every = list(dict.fromkeys(key for own in agents.values() for key in own))
    if not every:
        return {}
    marks, names = (", ".join("%s" for _ in of) for of in (every, agents))
    rows = _asked(_SHUT.format(marks, names), [round(time.time() * 1e6), *every, *agents])
    shut = {key: _why(key, why, by) for key, why, by in rows}
    found = {name: next((shut[key] for key in (paused_key(name), *own) if key in shut), "")
             for name, own in agents.items()}  # fmt: skip
    return {name: why for name, why in found.items() if why}


def _why(key: str, why: str, by: str) -> str:
    kind, _, name = key.partition(":")
    return Pause(by=by, why=why).said(name) if kind == "paused" else f"the breaker of {name} is open: {why}"


def _asked(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
