"""Fragments of the overview, a snapshot: figures, runs in flight, who is needed, what agents do, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.draw import draw
from dashboard.partials.story import Sentence, failure, told
from dashboard.templatetags.show import UNKNOWN, count, percent, seconds, usd
from orchestrator.models import Gate, Run, User
from orchestrator.queries.agents import AgentNow, agents, agents_now
from orchestrator.queries.figures import Figures, figures
from orchestrator.queries.gates import gates
from orchestrator.queries.inbox import approvals_so_far, runs_of
from orchestrator.queries.overview import in_flight, latest_events, queued
from orchestrator.services.access import Verb, may

NEEDED = 4
"""Approvals that are listed; the inbox has all."""
WIDTH, HEIGHT = 84, 26
"""Of a line of the last hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with its last hour."""

    title: str
    value: str
    aside: str
    status: str
    line: str = ""
    """Points of an SVG polyline; empty where nothing is known."""
    since: datetime | None = None
    """An instant that belongs to the aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of some run, in words."""

    run: Run
    at: datetime
    said: Sentence


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the overview as it is now."""
    moment = now()
    flying, places = in_flight(viewer)
    waiting, hour = gates(viewer, limit=200).items, figures(viewer)
    return Frame(
        n=moment,
        fragments=(
            draw("overview-figures", "dashboard/overview/_figures.html",
                 figures=_figures(hour, flying, queued(viewer), waiting)),
            draw("overview-runs", "dashboard/overview/_runs.html", places=places, total=flying,
                 may_start=may(viewer, Verb.START_RUN)),
            _needs(viewer, waiting),
            draw("overview-agents", "dashboard/overview/_agents.html", rows=_agents(viewer)),
            draw("overview-chart", "dashboard/overview/_chart.html", buckets=_buckets(hour)),
            draw("overview-feed", "dashboard/overview/_feed.html", told=_told(viewer),
                 may_start=may(viewer, Verb.START_RUN)),
        ),
    )  # fmt: skip


def _figures(last: Figures, flying: int, waiting_for_slot: int, waiting: Sequence[Gate]) -> list[Figure]:
    oldest = min((gate.opened_at for gate in waiting), default=None)
    done = last.succeeded + last.failed
    return [
        Figure(title="Runs in flight", value=count(flying), aside=f"{waiting_for_slot} queued", status="running",
               line=line(last.done_by_bucket)),
        Figure(title="Waiting for a person", value=count(len(waiting)), status="waiting",
               aside="oldest" if oldest else "nothing waits", since=oldest),
        Figure(title="Step success", value=percent(last.success), status="succeeded",
               aside=f"{count(done)} attempts", line=line(last.success_by_bucket, 1.0)),
        Figure(title="Latency p95", value=seconds(last.p95_seconds), aside="agent steps", status="running"),
        Figure(title="Burn rate", value=f"{usd(last.cost_usd)}/h" if last.cost_usd is not None else UNKNOWN,
               aside="of metered agents" if last.cost_usd is not None else "nothing is metered", status="waiting"),
    ]  # fmt: skip


def _buckets(hour: Figures) -> list[dict[str, object]]:
    """Return the attempts of each five minutes for the chart and the table behind it."""
    counts = zip(hour.bucket_starts, hour.done_by_bucket, hour.failed_by_bucket, strict=True)
    return [{"at": start, "done": done, "failed": failed} for start, done, failed in counts]


def line(values: Sequence[float | None], top: float | None = None) -> str:
    """Return the points of a small line; nothing for values that are all unknown or all zero."""
    known = [value for value in values if value is not None]
    highest = max(known, default=0) if top is None else top
    if not known or not any(known):
        return ""
    step = WIDTH / (len(values) - 1)
    points = [(place * step, HEIGHT - 3 - (HEIGHT - 6) * value / highest) for place, value in enumerate(values)
              if value is not None]  # fmt: skip
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _needs(viewer: User, waiting: Sequence[Gate]) -> Fragment:
    shown = waiting[:NEEDED]
    runs, agreed = runs_of(shown), approvals_so_far(shown)
    rows = [(gate, runs.get(gate.run_id), agreed[gate.pk]) for gate in shown]
    return draw("overview-needs", "dashboard/overview/_needs.html", rows=rows, more=len(waiting) - len(shown),
                acts=may(viewer, Verb.DECIDE_GATE))  # fmt: skip


def _agents(viewer: User) -> list[dict[str, object]]:
    found = agents_now(viewer, agents(viewer, limit=200).items)
    ids = {entry.run_id for one in found for entry in one.working}
    ids |= {try_.run_id for one in found for try_ in (one.last_success, one.last_failure) if try_}
    runs = Run.objects.filter(pk__in=ids).only("id", "title", "workflow")
    titles = {run.id: run.title or run.workflow for run in runs}
    return [_agent(one, titles) for one in found]


def _agent(one: AgentNow, titles: dict[str, str]) -> dict[str, object]:
    status = "running" if one.working else "queued" if one.queued else "pending"
    doing = f"{len(one.working)} running" if one.working else f"{one.queued} queued" if one.queued else "idle"
    at = one.working[0] if one.working else None
    last, bad = one.last_success, one.last_failure
    return {
        "agent": one.agent, "status": status, "doing": doing, "at": at, "last": last, "bad": bad,
        "title": titles.get(at.run_id if at else last.run_id if last else "", ""),
        "why": failure(bad.failure) if bad else "", "rate": one.success_rate, "median": one.median_seconds,
        "bad_is_newer": bool(bad and (last is None or bad.ended_at > last.ended_at)),
    }  # fmt: skip


def _told(viewer: User) -> list[Told]:
    return [Told(run=run, at=event.at, said=told(event)) for run, event in latest_events(viewer)]
