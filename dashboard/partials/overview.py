"""Fragments of the overview, a snapshot: figures, runs in flight, who is needed, what agents do, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from dashboard.partials.figures import Waiting, drawn
from dashboard.partials.story import Sentence, failure, told
from dashboard.partials.values import gist
from orchestrator.core.status import GateStatus
from orchestrator.models import Attempt, Run, User
from orchestrator.queries.agent_work import Latest, Work, latest_of, work_of
from orchestrator.queries.figures import UNASKED, AgentHour, Figures, figures, gates_line, runs_line
from orchestrator.queries.gates import gates, open_gates
from orchestrator.queries.inbox import approvals_so_far, runs_of
from orchestrator.queries.overview import Place, agents_named, in_flight, latest_events
from orchestrator.queries.pauses import paused
from orchestrator.queries.pressure import pressure
from orchestrator.queries.queue import Load, loads
from orchestrator.queries.tries import outputs_of
from orchestrator.services.access import Verb, may

NEEDED = 3
"""Approvals that are listed; the inbox has all."""
AGENTS = 10
"""Agents that are named; their own page has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of some run, in words."""

    run: Run
    at: datetime
    said: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One agent: what it does now, what it last produced, how it does."""

    name: str
    work: Work
    latest: Latest
    hour: AgentHour
    title: str
    """Of the run it works on, or worked on last."""
    produced: str
    is_paused: bool = False

    @property
    def status(self) -> str:
        """Return the status it is coloured by."""
        if self.work.working:
            return "running"
        return "queued" if self.work.queued else "failed" if self.is_bad else "pending"

    @property
    def doing(self) -> str:
        """Say what it does now."""
        parts = [f"{self.work.working} running"] if self.work.working else []
        parts += [f"{self.work.queued} queued"] if self.work.queued else []
        return ", ".join(["‖ paused"] * self.is_paused + parts) or "idle"

    @property
    def is_bad(self) -> bool:
        """Tell whether the last thing it did was to fail."""
        good, bad = self.latest.success, self.latest.failure
        return bad is not None and (good is None or bad.ended_at > good.ended_at)

    @property
    def why(self) -> str:
        """Say what its last failure was."""
        return failure(self.latest.failure.failure) if self.latest.failure else ""


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the overview as it is now."""
    moment = now()
    flying, places = in_flight(viewer)
    waiting, oldest = open_gates(viewer)
    hour, queue, may_start = figures(viewer), loads(viewer), may(viewer, Verb.START_RUN)
    queued = sum(load.queued for load in queue.values())
    has = Waiting(flying=flying, queued=queued, gates=waiting, oldest=oldest, flying_line=runs_line(viewer),
                  gates_line=gates_line(viewer))  # fmt: skip
    return Frame(
        n=moment,
        fragments=(
            draw("overview-figures", "dashboard/overview/_figures.html", figures=drawn(hour, has)),
            draw("overview-pressure", "dashboard/overview/_pressure.html", load=pressure(queue), waiting=waiting,
                 oldest=oldest),
            draw("overview-runs", "dashboard/overview/_runs.html", places=places, total=flying, may_start=may_start),
            _needs(viewer, waiting),
            _agents(viewer, hour, queue),
            draw("overview-chart", "dashboard/overview/_chart.html", minutes=_minutes(hour)),
            draw("overview-feed", "dashboard/overview/_feed.html", told=_told(viewer, places), may_start=may_start),
        ),
    )  # fmt: skip


def _minutes(hour: Figures) -> list[SafeString]:
    """Return the rows of the table behind the chart, one for each minute."""
    return [_minute(*counts) for counts in zip(hour.starts, hour.done, hour.failed, strict=True)]


@lru_cache(maxsize=1024)
def _minute(at: datetime, done: int | None, failed: int | None) -> SafeString:
    """Draw one minute, which looks the same until it leaves the hour."""
    return render_to_string("dashboard/overview/_minute.html", {"at": at, "done": done, "failed": failed})


def _needs(viewer: User, waiting: int) -> Fragment:
    shown = gates(viewer, status=GateStatus.OPEN, limit=NEEDED).items if waiting else ()
    runs, agreed = runs_of(shown), approvals_so_far(shown)
    rows = [(gate, runs.get(gate.run_id), agreed[gate.pk]) for gate in shown]
    return draw("overview-needs", "dashboard/overview/_needs.html", rows=rows, more=waiting - len(shown),
                acts=may(viewer, Verb.DECIDE_GATE))  # fmt: skip


def _agents(viewer: User, hour: Figures, queue: Mapping[str, Load]) -> Fragment:
    names = agents_named(hour, queue, AGENTS)
    work, latest, pauses = work_of(viewer, names, queue), latest_of(viewer, names), paused(viewer, names)
    produced = outputs_of([one.success for one in latest.values() if one.success])
    titles = _titles([*latest.values()], [*work.values()])
    rows = []
    for name in names:
        has, last = work[name], latest[name]
        ended = max((one for one in (last.success, last.failure) if one), key=lambda one: one.ended_at, default=None)
        run_id = has.claims[0].run_id if has.claims else ended.run_id if ended else ""
        rows.append(Line(
            name=name, work=has, latest=last, hour=hour.by_agent.get(name, UNASKED),
            title=titles.get(run_id, ""), produced=gist(produced.get(last.success.pk)) if last.success else "",
            is_paused=name in pauses,
        ))  # fmt: skip
    bad = _last_failure([*latest.values()])
    return draw(
        "overview-agents", "dashboard/overview/_agents.html", rows=rows, more=len(hour.names) - len(names), bad=bad,
        bad_title=titles.get(bad.run_id, "") if bad else "", bad_why=failure(bad.failure) if bad else "",
    )  # fmt: skip


def _last_failure(found: Sequence[Latest]) -> Attempt | None:
    return max((one.failure for one in found if one.failure), key=lambda one: one.ended_at, default=None)


def _titles(latest: Sequence[Latest], work: Sequence[Work]) -> dict[str, str]:
    ids = {one.claims[0].run_id for one in work if one.claims}
    ids |= {try_.run_id for one in latest for try_ in (one.success, one.failure) if try_}
    runs = Run.objects.filter(pk__in=ids).only("id", "title", "workflow")
    return {run.id: run.title or run.workflow for run in runs}


def _told(viewer: User, flying: Sequence[Place]) -> list[Told]:
    return [Told(run=run, at=event.at, said=told(event)) for run, event in latest_events(viewer, flying)]
