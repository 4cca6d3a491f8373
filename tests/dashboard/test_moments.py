"""The run page at event n equals what it showed when event n was the last (U4): data, fragments, tabs and drawers.

A run with a map, branches, retries, a lost worker, pauses and a gate that sends work back is driven in the database,
and what its page shows is kept after every commit. Then fifty of those moments are looked at again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import pytest
from django.template.loader import render_to_string

from dashboard.live.frames import Fragment
from dashboard.partials import run as one_run
from dashboard.partials import run_parts, step
from orchestrator.api.history import RunMoment, _moment
from orchestrator.api.runs import step_line
from orchestrator.core.messages import LoseAttempt, NoteStart
from orchestrator.core.outcomes import Failed, Failure, Ok, Usage
from orchestrator.core.status import RUN_ENDED
from orchestrator.engine.ports import Claim, Mail
from orchestrator.models import Event, Gate, Run, User
from orchestrator.queries.history import run_at
from orchestrator.queries.runs import run_steps, step_counts
from orchestrator.queries.scenes import Now, Scene, Then
from orchestrator.queries.timeline import timeline
from orchestrator.services import gates, runs
from orchestrator.wiring import driver
from tests import cast, driven

FLOW = """
workflow: long
input: {type: object, properties: {list: {type: array, items: {type: integer}}}}
steps:
  - {id: first, agent: adder, with: {n: "1"}, retry: {attempts: 3, backoff: 1ms}}
  - id: each
    map:
      over: input.list
      as: n
      concurrency: 3
      tolerate: 3
      do:
        - {id: one, agent: adder, with: {n: n}, retry: {attempts: 2, backoff: 1ms}, fallback: [spare]}
        - {id: two, agent: spare, when: n > 2}
  - id: both
    parallel:
      tolerate: 1
      branches:
        left: {agent: adder, with: {n: "2"}, retry: {attempts: 2, backoff: 1ms}}
        right: {agent: spare, retry: {attempts: 1}}
  - {id: sign, gate: {title: Sign, show: {sum: steps.both.output}, deadline: {after: 1h}}}
  - {id: last, agent: spare}
"""
LOOKED_AT = 50
SEED = 20_270_101
DRAWER = "dashboard/runs/_step.html"


@dataclass(frozen=True)
class Seen:
    """What a page shows at one moment, by the names of its parts."""

    data: dict[str, object]
    html: dict[str, str]


def drawn(viewer: User, at: Scene, paths: list[str]) -> dict[str, str]:
    """Draw the whole page, its tabs, and the drawers of some steps, as if this moment were now."""
    parts = [run_parts.part(name, at, {}) for name in sorted(run_parts.PARTS) if name != "timeline"]
    drawers = [
        Fragment(id=f"drawer {path}", html=render_to_string(DRAWER, step.context(viewer, at, path))) for path in paths
    ]
    times = timeline(at)  # as values: its drawing goes on with the clock
    chart = Fragment(id="timeline", html=repr((times.agents, times.gates)))
    every = (*one_run.fragments(viewer, at), *parts, chart, *drawers)
    return {one.id: timeless(one.html) for one in every if one is not None}


def timeless(html: str) -> str:
    """Take out what depends on when a page is looked at: what is left to do by then, and how long ago something was."""
    html = re.sub(r"<time([^>]*)>[^<]*</time>", r"<time\1>", html)
    html = re.sub(r'<div class="row wrap" data-key="acts .*?</div>', "", html, flags=re.S)
    html = re.sub(r"\n\s*\n+", "\n", html)
    return re.sub(r"<span><small>Forecast</small>.*?</span>", "", html, flags=re.S)


def now(viewer: User, run_id: str, paths: list[str]) -> Seen:
    """Look at the run as its rows are."""
    run = Run.objects.get(pk=run_id)
    data = {
        "status": run.status, "paused": run.paused, "reason": run.reason, "input": run.input, "steps_total": run.steps,
        "steps_ended": run.ended, "gates_open": run.gates, "retries": run.retries, "cost_usd": run.cost_usd,
        "tokens": run.tokens, "created_at": run.created_at, "ended_at": run.ended_at,
        "step_counts": step_counts(viewer, run_id),
        "steps": [step_line(one) for one in run_steps(viewer, run_id).items],
    }  # fmt: skip
    return Seen(data=data, html=drawn(viewer, Now(viewer, run), paths))


def then(viewer: User, run_id: str, n: int, paths: list[str], names: object) -> Seen:
    """Look at the run as its events say it was."""
    moment = run_at(viewer, run_id, n)
    told: RunMoment = _moment(moment)
    past = Then(moment, viewer)
    past.event, past.total = None, n  # drawn as a page would that knows nothing of later events
    return Seen(data={name: getattr(told, name) for name in names}, html=drawn(viewer, past, paths))  # type: ignore[attr-defined]  # names are texts


class Drive:
    """Lets everything happen to a run that can, a commit at a time."""

    def __init__(self, viewer: User, run_id: str) -> None:
        self.viewer, self.run_id, self.random = viewer, run_id, Random(SEED)
        self.seen: dict[int, tuple[list[str], Seen]] = {}

    def look(self) -> None:
        run = Run.objects.get(pk=self.run_id)
        if run.n in self.seen:
            return
        known = sorted({path for path in Event.objects.filter(run_id=run.id).values_list("path", flat=True) if path})
        paths = ["", *self.random.sample(known, min(4, len(known)))]
        self.seen[run.n] = (paths, now(self.viewer, run.id, paths))

    def turn(self) -> None:
        """Let one thing happen."""
        claims = driven.claim() or driven.claim(lane=driven.Lane.QUICK)
        if claims:
            self.work(claims[0])
        else:
            self.people()
        self.look()

    def work(self, claim: Claim) -> None:
        chance = self.random.random()
        if chance < 0.1 and claim.attempt < 3:
            self.tell(claim, LoseAttempt(path=claim.path, attempt=claim.attempt, fence=claim.fence))
            return
        if chance < 0.7:
            self.tell(claim, NoteStart(path=claim.path, attempt=claim.attempt, fence=claim.fence, worker=driven.WORKER,
                                       started_at=claim.claimed_at))  # fmt: skip
            self.look()
        if chance > 0.7 and claim.agent != "merge" and claim.attempt == 1:
            failed = Failed(kind=Failure.CRASH, reason="it went <wrong>", detail="evidence", usage=Usage(tokens=3))
            driven.carry_out(claim, failed)
        else:
            spent = Usage(cost_usd=Decimal("0.002"), tokens=11)
            driven.carry_out(claim, Ok(output={"n": len(claim.path)}, note="$ add", usage=spent))

    def tell(self, claim: Claim, message: LoseAttempt | NoteStart) -> None:
        driver().turn([Mail(run_id=claim.run_id, message=message)])

    def people(self) -> None:
        run = Run.objects.get(pk=self.run_id)
        if run.paused:
            runs.resume(self.viewer, run.id)
            return
        gate = Gate.objects.filter(run_id=run.id, status="open").first()
        if gate is None:
            return  # something waits for its backoff to pass
        if Event.objects.filter(run_id=run.id, type="run.paused").count() < 2:
            runs.pause(self.viewer, run.id)
        elif "#2" in gate.path:
            gates.decide(self.viewer, gate.pk, "approve")
        else:
            gates.decide(self.viewer, gate.pk, "send_back", comment="again, please", to="both")


@pytest.fixture
def driven_run(redis_url: str, transactional_db: None) -> Drive:
    operator, builder = cast.person("operator"), cast.person("builder")
    driven.agent("adder", driven.NUMBER)
    driven.agent("spare")
    started = runs.start(operator, driven.workflow(builder, FLOW), {"list": list(range(17))}, title="Long")
    drive = Drive(operator, started.run_id)
    drive.look()
    for _ in range(1000):
        if Run.objects.get(pk=started.run_id).status in RUN_ENDED:
            return drive
        drive.turn()
    raise AssertionError("the run does not end")


def test_fifty_moments_are_shown_again_as_they_were(driven_run: Drive) -> None:
    seen, run_id = driven_run.seen, driven_run.run_id
    types = {*Event.objects.filter(run_id=run_id).values_list("type", flat=True)}
    assert {"gate.decided", "steps.reopened", "run.paused", "attempt.started", "map.sized"} <= types
    assert Run.objects.get(pk=run_id).retries > 3
    picked = Random(SEED).sample(sorted(seen), LOOKED_AT)
    for n in picked:
        paths, was = seen[n]
        again = then(driven_run.viewer, run_id, n, paths, was.data)
        for name, value in was.data.items():
            assert again.data[name] == value, f"{name} at event {n}"
        for name, html in was.html.items():
            assert again.html[name] == html, f"{name} at event {n}"
