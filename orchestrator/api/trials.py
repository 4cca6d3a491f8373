"""The test bench over HTTP: try an agent alone, and see how its trials went."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body
from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.models import Run
from orchestrator.queries import trials as queries
from orchestrator.queries.agents import agent_detail
from orchestrator.services import trials

router = Router(tags=["agents"])


class Wish(Body):
    """What to try an agent on: all its examples, those that are named, or an input."""

    examples: list[str] | None = Field(None, description="Names of saved examples; all of them where left out.")
    example: str | None = Field(None, description="One of them.")
    input: dict[str, JsonValue] | None = Field(None, description="An input instead of examples.")
    version: int | None = Field(None, description="The current one where left out.")
    against: int | None = Field(None, description="Another version to try on the same.")


class Trial(Schema):
    """One trial of an agent."""

    run_id: str
    agent: str
    version: int
    example: str = Field(description="Empty for an input that was given.")
    status: str = Field(description="open, passed or failed.")
    waits_on: str
    why: list[str] = Field(description="What was wrong, a text for each thing.")
    evidence: str
    output: JsonValue
    seconds: float | None = Field(description="At work, without the wait for a slot.")
    cost_usd: str | None = Field(description="null where nothing meters it.")
    tokens: int | None
    started_at: datetime


class Trials(Schema):
    """Trials, and what those of its examples say of each version."""

    items: list[Trial]
    proof: dict[str, str] = Field(description="Version to proven, failing or unproven.")


@router.post("/agents/{name}/try", response={201: Trials})
def try_agent(request: HttpRequest, name: str, wish: Wish) -> Status[Trials]:
    """Try an agent alone. Each trial is a run; ask `tries` how they went."""
    user = caller(request)
    current = agent_detail(user, name).version
    versions = [wish.version or current, *([wish.against] if wish.against else [])]
    named = [*(wish.examples or []), *([wish.example] if wish.example else [])]
    if wish.input is not None and named:
        problem = Problem(path="input", message="'input' and examples do not go together", hint="leave one out")
        raise RejectedError("The agent cannot be tried like this.", [problem])
    if wish.input is None:
        ids = trials.try_examples(user, name, named, versions)
    else:
        ids = trials.try_input(user, name, cast("Json", wish.input), versions)
    found = Run.objects.in_bulk(ids)
    return Status(201, _shown(name, queries.results_of([found[run_id] for run_id in ids])))


@router.get("/agents/{name}/tries", response=Trials)
def list_tries(request: HttpRequest, name: str, version: int | None = None, run: str = "") -> Trials:
    """Show the latest trial of each example of a version, the current one unless another is named, or one `run`."""
    user = caller(request)
    current = agent_detail(user, name).version
    if run:
        return _shown(name, (queries.trial_detail(user, run),))
    wanted = version or current
    return _shown(name, tuple(queries.latest_trials(user, name, [wanted]).values()), [wanted])


def _shown(name: str, found: tuple[queries.Result, ...], versions: list[int] | None = None) -> Trials:
    asked = versions or sorted({one.version for one in found})
    proofs = queries.proofs([(name, version) for version in asked])
    return Trials(items=[_trial(one) for one in found],
                  proof={str(version): proof.value for (_, version), proof in proofs.items()})  # fmt: skip


def _trial(one: queries.Result) -> Trial:
    return Trial(
        run_id=one.run.id, agent=one.agent, version=one.version, example=one.example, status=one.status,
        waits_on=one.waits_on, why=list(one.why), evidence=one.evidence, output=one.output, seconds=one.seconds,
        cost_usd=None if one.cost_usd is None else str(one.cost_usd), tokens=one.tokens,
        started_at=one.run.created_at,
    )  # fmt: skip
