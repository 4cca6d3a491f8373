"""Follows a run on the console: a line for each thing worth knowing, and how to answer where it waits for a person."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings

from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED
from orchestrator.management.temporary import described, is_up
from orchestrator.models import Event, Gate, Run, User
from orchestrator.queries.runs import run_detail, run_events

PAUSE_SECONDS = 0.1
LOOK_AFTER_SECONDS = 2.0
NAME = "{:<34}"


def follow(viewer: User, run_id: str, say: Callable[[str], None], look_after: Callable[[], object]) -> Run:
    """Say what happens until the run has ended, and return it; `look_after` is called every two seconds."""
    seen, next_look = 0, 0.0
    while True:
        if time.monotonic() >= next_look:
            look_after()
            next_look = time.monotonic() + LOOK_AFTER_SECONDS
        run = run_detail(viewer, run_id)
        page = run_events(viewer, run_id, after=seen, limit=1000)
        for event in page.items:
            seen = event.n
            for line in lines(event, run):
                say(line)
        if run.status in RUN_ENDED and seen >= run.n:
            return run
        if not page.items:
            time.sleep(PAUSE_SECONDS)


def lines(event: Event, run: Run) -> Iterator[str]:
    """Say an event in words; nothing for those that are only the engine's business."""
    data = cast("dict[str, Json]", event.data or {})
    where = NAME.format(event.path or run.workflow)
    match event.type:
        case "run.started":
            yield f"{where} started as run {run.id}"
        case "run.forked":
            yield f"{where} goes on as run {run.id}, forked from run {data.get('of')} after event {data.get('at')}"
        case "attempt.queued" if data.get("why"):
            yield f"{where} is tried again: {data['why']}"
        case "attempt.ended" if data.get("status") not in ("succeeded", "cancelled"):
            yield f"{where} attempt {data.get('attempt')} {data.get('status')}: {data.get('reason', '')}"
        case "step.ended" if event.path:
            why = f": {data['reason']}" if data.get("reason") else ""
            yield f"{where} {data.get('status')}{why}  [{run.ended} of {run.steps}]"
        case "gate.opened":
            yield from _gate(event, where)
        case "gate.decided":
            yield f"{where} {data.get('verdict')} by {data.get('actor_name') or data.get('actor')}"
        case "run.paused" | "run.resumed":
            yield f"{where} {event.type.partition('.')[2]} by {data.get('actor_name') or data.get('actor')}"
        case "run.ended":
            why = f": {data['reason']}" if data.get("reason") else ""
            yield f"{where} {data.get('status')}{why}"


def _gate(event: Event, where: str) -> Iterator[str]:
    gate = Gate.objects.filter(run_id=event.run_id, path=event.path).first()
    if gate is None or gate.status != "open":
        return
    yield f"{where} waits for a person: {gate.title}"
    command = f"{sys.argv[0]} decide {gate.pk}"
    yield f"{NAME.format('')} answer with: {command} approve   (or: reject --comment WHY)"
    if is_up(settings.PLACES):
        yield f"{NAME.format('')} or in the inbox: {described(settings.PLACES.up).get('url')}/approvals/"
