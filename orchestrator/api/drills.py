"""Drills over HTTP: what happens when a step of a workflow goes wrong, tried in dry runs."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body
from orchestrator.core.drill.report import as_json
from orchestrator.core.outcomes import Json
from orchestrator.services.drills import drill_workflow

router = Router(tags=["workflows"])


class Wish(Body):
    """What to drill: everything, unless steps or faults are named."""

    input: dict[str, JsonValue] | None = Field(None, description="What the dry runs are given; made up if left out.")
    steps: list[str] = Field([], description="Places of steps, such as `scan/tools/ruff`.")
    faults: list[str] = Field([], description="malformed, timeout, crash, conflict, loop, escalate.")
    version: str = Field("", description="The current one where left out.")
    seed: int = Field(0, description="The same seed gives the same report.")


class Ending(Schema):
    """How a dry run ended."""

    how: str = Field(description="succeeded, degraded, failed, waits (for a person), endless.")
    words: str
    attempts: int
    seconds: float = Field(description="Virtual time.")


class Catch(Schema):
    """What took a fault up."""

    by: str = Field(description="Such as retry, fallback, degrade, review, guard, person.")
    words: str
    times: int


class Cell(Schema):
    """One fault in one step."""

    fault: str
    verdict: str = Field(description="caught, ends (with a reason), missed, apart (it can't happen), unreached.")
    said: str
    caught_by: list[Catch]
    ending: Ending | None
    once: Ending | None = Field(
        description="How it ends when it happens once only, or once a person has answered; null where that is the same."
    )


class Row(Schema):
    """One step."""

    step: str
    agent: str = Field(description="Empty for a gate.")
    cells: list[Cell]


class Drilled(Schema):
    """What a drill found."""

    workflow: str
    version: str
    seed: int
    input: JsonValue
    good: bool = Field(description="Whether the clean run comes to a result and nothing was missed.")
    words: str
    clean: Ending
    rows: list[Row]
    notes: list[str]
    runs: int


@router.post("/workflows/{name}/drill", response=Drilled)
def drill(request: HttpRequest, name: str, wish: Wish) -> Drilled:
    """Drill a workflow: a dry run for each step and fault, in memory; nothing acts outside and nothing is kept."""
    found = drill_workflow(caller(request), name, cast("Json", wish.input), wish.steps, wish.faults, wish.version,
                           wish.seed)  # fmt: skip
    return Drilled.model_validate(as_json(found))
