"""Fragments of the inbox. Topic `inbox` is a snapshot: open approvals by deadline, and what became of the last ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from orchestrator.core.status import GateStatus
from orchestrator.models import Gate, GateDecision, Run, User
from orchestrator.queries.deciders import stuck
from orchestrator.queries.gates import gates, visible_gates
from orchestrator.queries.inbox import approvals_so_far, decisions_of, kind_of, runs_of

LISTED = 100
"""Open approvals that the inbox lists; those with the nearest deadline."""
KEY = re.compile(r' data-key="(\d+)" data-settle')
"""Stands once in each line of the list."""
DECIDED = 20
"""Closed approvals whose pages are told how they ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the inbox."""

    gate: Gate
    run: Run | None
    agreed: int
    """People who approved what it shows now."""
    stuck: str
    """Why too few people may decide; empty when enough may."""

    @property
    def kind(self) -> str:
        """Name what it has in common with others that one look may decide together."""
        return kind_of(self.gate, self.run)


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the inbox as it is now, for everyone of a role."""
    moment = now()
    open_gates = gates(viewer, limit=LISTED).items
    closed = gates(viewer, status="decided", limit=DECIDED).items
    made = decisions_of([*open_gates, *closed])
    # An open approval at which nobody has said anything looks as it did when its page was drawn.
    told = [gate for gate in (*open_gates, *closed) if made[gate.pk] or gate.status != GateStatus.OPEN]
    states = tuple(state(gate, made[gate.pk]) for gate in told)
    return Frame(n=moment, fragments=(listed(rows(open_gates), more(viewer, open_gates)), *states))


def more(viewer: User, open_gates: Sequence[Gate]) -> int:
    """Count the open approvals that the list leaves out."""
    if len(open_gates) < LISTED:
        return 0
    return visible_gates(viewer).filter(status=GateStatus.OPEN).count() - len(open_gates)


def rows(open_gates: Sequence[Gate]) -> list[Row]:
    """Return the lines of the inbox."""
    runs, agreed, lacking = runs_of(open_gates), approvals_so_far(open_gates), stuck(open_gates)
    return [Row(gate=gate, run=runs.get(gate.run_id), agreed=agreed[gate.pk], stuck=lacking.get(gate.pk, ""))
            for gate in open_gates]  # fmt: skip


def listed(lines: Sequence[Row], more: int = 0) -> Fragment:
    """Draw the list, the same for everyone of a role."""
    return draw("inbox-list", "dashboard/approvals/_list.html", rows=lines, more=more)


def marked(shared: Fragment, mine: frozenset[int], selected: int | None) -> SafeString:
    """Return the list as it stands in a reader's own page: with what they may decide, and what they look at, marked."""

    def mark(key: re.Match[str]) -> str:
        pk = int(key[1])
        is_mine, is_selected = " data-mine" * (pk in mine), ' aria-current="true"' * (pk == selected)
        return f"{key[0]}{is_mine}{is_selected}"

    # What people wrote is escaped, so that nothing else in the list can look like this.
    return SafeString(KEY.sub(mark, shared.html))


def state(gate: Gate, made: Sequence[GateDecision]) -> Fragment:
    """Draw who decided what so far, and whether the approval is still open."""
    return draw(f"gate-{gate.pk}-state", "dashboard/approvals/_state.html", gate=gate, decisions=made)
