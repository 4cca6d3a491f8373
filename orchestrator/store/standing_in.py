"""What is asked about an attempt that is refused: whether its step has somebody else, how long it has waited.

Asked only when something is denied.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from orchestrator.core.agents import spec_of
from orchestrator.core.definition import Node
from orchestrator.core.dependencies import keys_of
from orchestrator.core.ids import StepPath, parent
from orchestrator.core.lookup import UnknownStep, node_at
from orchestrator.core.nodes.agent import AgentNode, has_next, has_other
from orchestrator.core.nodes.route import Route
from orchestrator.core.trials import is_trial
from orchestrator.engine.ports import Claim, Library
from orchestrator.models import AgentVersion
from orchestrator.store.rows import json_value
from orchestrator.store.store import DjangoStore, reading

KNOWN_SECONDS = 5.0


class StandingIn:
    """See the module."""

    def __init__(self, store: DjangoStore, library: Library) -> None:
        """Begin knowing nothing."""
        self._store, self._library = store, library
        self._peers: dict[str, list[str]] = {}
        self._read_at = float("-inf")

    def stands_in(self, claim: Claim) -> bool:
        """Tell whether a step has another agent after this one, or a degraded result of its own."""
        return self._has(claim, has_other)

    def has_next(self, claim: Claim) -> bool:
        """Tell whether a step has another agent after this one; a degraded result is none."""
        return self._has(claim, has_next)

    def is_trial(self, claim: Claim) -> bool:
        """Tell whether an attempt tries an agent out, or probes it."""
        found = self._store.read("SELECT workflow FROM orchestrator_run WHERE id = ?", [claim.run_id])
        return bool(found) and is_trial(found[0][0])

    def _has(self, claim: Claim, has: Callable[[Node, str], bool]) -> bool:
        found = self._store.read("SELECT workflow, version FROM orchestrator_run WHERE id = ?", [claim.run_id])
        if not found:
            return False
        try:
            workflow = self._library.workflow(*found[0])
            node = node_at(workflow, claim.path)
        except UnknownStep:
            return False
        if not _is_of_route(node):
            return has(node, claim.agent)
        route = node_at(workflow, StepPath(parent(claim.path) or ""))
        degrades = isinstance(route, Route) and route.degrade is not None
        return self._is_routed(claim) or (degrades and has is has_other)

    def _is_routed(self, claim: Claim) -> bool:
        """Tell whether the route that chose this agent has another one."""
        statement = "SELECT memo FROM orchestrator_step WHERE run_id = ? AND path = ?"
        found = self._store.read(statement, [claim.run_id, parent(claim.path) or ""])
        memo = json_value(found[0][0]) if found else None
        return isinstance(memo, dict) and bool(memo.get("others"))

    def waited(self, claim: Claim) -> float:
        """Return for how many seconds an attempt has been waiting for something."""
        statement = "SELECT waits_since FROM orchestrator_queue WHERE run_id = ? AND path = ? AND fence = ?"
        found = self._store.read(statement, [claim.run_id, claim.path, claim.fence])
        return self._store.now() - found[0][0] / 1e6 if found and found[0][0] is not None else 0.0

    def peers(self, key: str) -> Sequence[str]:
        """Name the agents that depend on a key, as their contracts are now."""
        kind, _, name = key.partition(":")
        if kind == "agent":
            return [name]
        if time.monotonic() - self._read_at > KNOWN_SECONDS:
            self._peers, self._read_at = _by_key(), time.monotonic()
        return self._peers.get(key, [])


def _is_of_route(node: Node) -> bool:
    return isinstance(node, AgentNode) and not node.agent


def _by_key() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with reading():
        for row in AgentVersion.objects.filter(is_current=True):
            for key in keys_of(spec_of(row.spec, row.version)):
                found.setdefault(key, []).append(row.name)
    return found
