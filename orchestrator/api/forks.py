"""Forking runs over HTTP."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.runs import RunDetail, Runs, detail, lines
from orchestrator.api.shapes import Body
from orchestrator.queries.forks import forks_of
from orchestrator.queries.page import Page
from orchestrator.queries.runs import run_detail
from orchestrator.services import forks as services

router = Router(tags=["runs"])


class ForkWanted(Body):
    """A fork that is asked for. Without anything the new run goes on from where the other is now."""

    at: int | None = Field(default=None, description="Go on from after this event; 0 is before the first.")
    step: str = Field(default="", description="Go on from just before this step began.")
    input: JsonValue = Field(default=None, description="Given to the step; without one, to a fresh start.")
    key: str | None = Field(default=None, description="The same key again answers with the run it began before.")


@router.post("/runs/{run_id}/fork", response={201: RunDetail, 200: RunDetail})
def fork_run(request: HttpRequest, run_id: str, wanted: ForkWanted | None = None) -> Status[RunDetail]:
    """Begin a new run with what this one had come to."""
    asked = wanted or ForkWanted()
    started = services.fork(caller(request), run_id, asked.at, asked.step, asked.input, asked.key)
    return Status(201 if started.is_new else 200, detail(request, started.run_id))


@router.get("/runs/{run_id}/forks", response=Runs)
def list_forks(request: HttpRequest, run_id: str) -> Runs:
    """List the runs that were forked from this one, the oldest first."""
    user = caller(request)
    return lines(Page(items=forks_of(user, run_detail(user, run_id).id)))
