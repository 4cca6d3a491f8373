"""Runs over HTTP: start, list, look at, follow, pause, resume, cancel, retry, skip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.savings import SavedLine, saved_lines
from orchestrator.api.shapes import Body
from orchestrator.core.child_runs import MEMO
from orchestrator.models import Event, Run, Step
from orchestrator.queries import runs as queries
from orchestrator.queries.page import Page
from orchestrator.queries.phases import phases_of
from orchestrator.queries.queue import waits_of
from orchestrator.queries.run_filter import WORDS, read_filter
from orchestrator.queries.spend import run_budget
from orchestrator.services import runs as services

router = Router(tags=["runs"])


class RunWanted(Body):
    """A run that is asked for."""

    workflow: str
    input: JsonValue = None
    version: str | None = Field(None, description="One version of the workflow; the current one if absent.")
    key: str | None = Field(None, description="The same key again answers with the run it started before.")
    labels: dict[str, JsonValue] = {}
    title: str | None = None
    priority: int = Field(services.USUAL_PRIORITY, description="1, the most urgent, to 5.")


class Reason(Body):
    """Why something is done."""

    reason: str = ""


class HandsWanted(Body):
    """Who is to do a step."""

    agent: str = Field("", description="An agent of like contract; empty: a person takes it over.")


class RunLine(Schema):
    """A run in a list."""

    id: str
    workflow: str
    version: str
    title: str
    status: str
    paused: bool
    waiting_on: str = Field(description="gate, slot, agent, timer or resume; empty once it ended.")
    reason: str
    degraded: str = Field(description="What the result of a run that succeeded lacks; empty when it is whole.")
    key: str | None
    labels: JsonValue
    started_by: str
    n: int = Field(description="Number of its last event.")
    steps_total: int
    steps_ended: int
    gates_open: int
    retries: int
    cost_usd: str | None = Field(description="Money spent; null where nothing meters it.")
    tokens: int | None
    correlation_id: str
    card_id: int | None
    forked_of: str = Field(description="Id of the run it began from; empty where it is not a fork.")
    forked_n: int | None = Field(description="Number of that run's event after which it began.")
    parent: str = Field(description="Id of the run one of whose steps waits for this one; empty where it stands alone.")
    parent_path: str = Field(description="That step.")
    depth: int = Field(description="How many runs stand above it.")
    created_at: datetime
    ended_at: datetime | None


class StepLine(Schema):
    """A step of a run."""

    path: str
    kind: str
    status: str
    agent: str
    attempt: int
    input: JsonValue
    output: JsonValue
    output_ref: str = Field(description="Content hash of an output too large to be shown here.")
    failure: str | None
    reason: str
    degraded: str
    waits: str = Field("", description="Why its attempt is not begun though there are slots: a limit, an open breaker.")
    run: str = Field(description="Id of the run that the step runs, or has run last; empty where it runs none.")
    saved: SavedLine | None = Field(None, description="Where it was answered from what was kept; else null.")
    opened_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class BudgetLine(Schema):
    """One unit of a run's budget. Its child runs count towards it."""

    unit: str = Field(description="usd, tokens, calls or minutes.")
    limit: float
    spent: float
    held: float = Field(description="For calls in flight.")


class PhaseLine(Schema):
    """One phase of a run's life cycle."""

    name: str
    state: str = Field(description="ahead, now, done, failed, or none: the run ended before it.")
    n: int | None = Field(description="Number of the event that shows it.")
    words: str


class RunDetail(RunLine):
    """A run with its steps."""

    phases: list[PhaseLine]
    budget: list[BudgetLine] = Field(description="Empty where it has none.")
    input: JsonValue
    output: JsonValue
    step_counts: dict[str, int]
    steps: list[StepLine]
    steps_next: str | None = Field(description="Cursor for /runs/{id}/steps where there are more.")


class EventLine(Schema):
    """One fact of a run."""

    n: int
    type: str
    path: str
    at: datetime
    data: JsonValue


class Runs(Schema):
    """A part of the list of runs."""

    items: list[RunLine]
    next: str | None


class Steps(Schema):
    """A part of the list of steps."""

    items: list[StepLine]
    next: str | None


class Events(Schema):
    """A part of a run's events; `next` is the number to ask for `after`."""

    items: list[EventLine]
    next: str | None


class Wanted(Schema):
    """Which runs."""

    status: str = Field("", description="A run status, or active for all that have not ended.")
    workflow: str = ""
    waiting_on: str = Field("", description="gate, slot, agent, timer or resume.")
    agent: str = Field("", description="One that the run may call.")
    label: str = Field("", description="name=value, or a name alone.")
    starter: str = Field("", description="An account's id, or part of its name.")
    since: str = Field("", description="A span back from now such as 90m, 24h or 7d, or an instant.")
    until: str = Field("", description="As since; runs that began earlier than that.")
    text: str = Field("", description="Part of the title, the beginning of the id, or the correlation id.")
    cursor: str = ""
    limit: int = 50


@router.post("/runs", response={201: RunDetail, 200: RunDetail})
def start_run(request: HttpRequest, wanted: RunWanted) -> Status[RunDetail]:
    """Start a run."""
    user = caller(request)
    started = services.start(
        user, wanted.workflow, wanted.input, wanted.version, wanted.key, wanted.labels, wanted.title,
        priority=wanted.priority,
    )  # fmt: skip
    return Status(201 if started.is_new else 200, detail(request, started.run_id))


@router.get("/runs", response=Runs)
def list_runs(request: HttpRequest, wanted: Query[Wanted]) -> Runs:
    """List runs, newest first."""
    found = read_filter(wanted.dict(include=set(WORDS)))
    page = queries.runs(caller(request), found, wanted.cursor, wanted.limit)
    return lines(page)


def lines(page: Page[Run]) -> Runs:
    """Return what the API shows of a part of a list."""
    waits, lacking = queries.waits(page.items), queries.lacking(page.items)
    items = [line(run, waits[run.id], lacking.get(run.id, "")) for run in page.items]
    return Runs(items=[RunLine.model_validate(item) for item in items], next=page.next)


@router.get("/runs/{run_id}", response=RunDetail)
def get_run(request: HttpRequest, run_id: str) -> RunDetail:
    """Show a run with its first 200 steps."""
    return detail(request, run_id)


@router.get("/runs/{run_id}/steps", response=Steps)
def list_steps(request: HttpRequest, run_id: str, cursor: str = "", limit: int = 200, status: str = "") -> Steps:
    """List a run's steps by path."""
    page = queries.run_steps(caller(request), run_id, cursor, limit, status)
    return Steps(items=step_lines(run_id, page.items), next=page.next)


@router.get("/runs/{run_id}/events", response=Events)
def list_events(request: HttpRequest, run_id: str, after: int = 0, limit: int = 200) -> Events:
    """List a run's events after a number, in order."""
    page = queries.run_events(caller(request), run_id, after, limit)
    return Events(items=[event_line(event) for event in page.items], next=page.next)


@router.post("/runs/{run_id}/pause", response=RunDetail)
def pause_run(request: HttpRequest, run_id: str) -> RunDetail:
    """Hand out nothing more until the run is resumed."""
    services.pause(caller(request), run_id, request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/resume", response=RunDetail)
def resume_run(request: HttpRequest, run_id: str) -> RunDetail:
    """Let a paused run go on."""
    services.resume(caller(request), run_id, request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/cancel", response=RunDetail)
def cancel_run(request: HttpRequest, run_id: str, why: Reason | None = None) -> RunDetail:
    """Give a run up."""
    services.cancel(caller(request), run_id, why.reason if why else "", request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/retry", response=RunDetail)
def retry_run(request: HttpRequest, run_id: str) -> RunDetail:
    """Try all that failed again."""
    services.retry(caller(request), run_id, "", request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/steps/{path:path}/retry", response=RunDetail)
def retry_step(request: HttpRequest, run_id: str, path: str) -> RunDetail:
    """Try a step that failed again, and what was given up because of it."""
    services.retry(caller(request), run_id, path, request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/steps/{path:path}/assign", response=RunDetail)
def assign_step(request: HttpRequest, run_id: str, path: str, wanted: HandsWanted) -> RunDetail:
    """Give a step that a person has to an agent, or, without one, have a person take it over."""
    services.assign(caller(request), run_id, path, wanted.agent, request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


@router.post("/runs/{run_id}/steps/{path:path}/skip", response=RunDetail)
def skip_step(request: HttpRequest, run_id: str, path: str, why: Reason | None = None) -> RunDetail:
    """Pass a step by: stop it if it is at work, and let what follows go on without its result."""
    services.skip(caller(request), run_id, path, why.reason if why else "", request.headers.get("Idempotency-Key"))
    return detail(request, run_id)


def detail(request: HttpRequest, run_id: str) -> RunDetail:
    """Show a run as it is now."""
    user = caller(request)
    run = queries.run_detail(user, run_id)
    page = queries.run_steps(user, run_id)
    steps = {"steps": step_lines(run_id, page.items), "steps_next": page.next}
    values = {"input": run.input, "output": queries.value_of(run), "step_counts": queries.step_counts(user, run_id)}
    values["phases"] = [PhaseLine(**asdict(phase)) for phase in phases_of(run)]
    values["budget"] = [BudgetLine(**asdict(one)) for one in run_budget(run)]
    shown = line(run, queries.waiting_on(run), queries.lacking((run,)).get(run.id, ""))
    return RunDetail.model_validate({**shown, **values, **steps})


def line(run: Run, waits_for: str, lacks: str) -> dict[str, object]:
    """Return what a list shows of a run."""
    return {
        "id": run.id, "workflow": run.workflow, "version": run.version, "title": run.title, "status": run.status,
        "paused": run.paused, "waiting_on": waits_for, "reason": run.reason, "degraded": lacks, "key": run.key,
        "labels": run.labels or {}, "started_by": run.actor_name, "n": run.n, "steps_total": run.steps,
        "steps_ended": run.ended, "gates_open": run.gates, "retries": run.retries, "cost_usd": run.cost_usd,
        "tokens": run.tokens, "correlation_id": run.correlation_id, "card_id": run.card_id,
        "forked_of": run.forked_of, "forked_n": run.forked_n, "parent": run.parent_id,
        "parent_path": run.parent_path, "depth": run.depth,
        "created_at": run.created_at, "ended_at": run.ended_at,
    }  # fmt: skip


def step_lines(run_id: str, steps: Sequence[Step]) -> list[StepLine]:
    """Return what the API shows of some steps of a run."""
    waits, saved = waits_of(run_id), saved_lines(run_id, steps)
    return [step_line(step, waits.get(step.path, ""), saved.get(step.path)) for step in steps]


def step_line(step: Step, waits: str = "", saved: SavedLine | None = None) -> StepLine:
    """Return what the API shows of a step."""
    return StepLine(
        path=step.path, kind=step.kind, status=step.status, agent=step.agent, attempt=step.attempt, input=step.input,
        output=step.output, output_ref=step.output_ref, failure=step.failure, reason=step.reason,
        degraded=step.degraded, waits=waits, run=run_in(step.memo), saved=saved, opened_at=step.opened_at,
        started_at=step.started_at, ended_at=step.ended_at,
    )  # fmt: skip


def run_in(memo: JsonValue) -> str:
    """Return the id of the run that a step remembers."""
    child = memo.get(MEMO) if isinstance(memo, dict) else None
    return str(child["run"]) if isinstance(child, dict) else ""


def event_line(event: Event) -> EventLine:
    """Return an event as the API words it."""
    return EventLine(n=event.n, type=event.type, path=event.path, at=event.at, data=event.data)
