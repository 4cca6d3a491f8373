"""Tries one agent alone: on its saved examples or on an input, in any of its versions, as durable runs (A4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from orchestrator.core import codec, schema
from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.defaults import filled
from orchestrator.core.definition import Workflow
from orchestrator.core.errors import BrokenError, RejectedError, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, listed
from orchestrator.core.tree import from_plain
from orchestrator.core.trials import EXAMPLES, LABEL, definition, workflow_of
from orchestrator.core.validate import read_workflow
from orchestrator.core.words import suggestion
from orchestrator.engine.requests import Bindings, StartRequest
from orchestrator.models import Trial, User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.track import agent_spec
from orchestrator.queries.trials import named
from orchestrator.services import audit, mailbox, paths
from orchestrator.services.access import Verb, require
from orchestrator.services.runs import MOST_INPUT_BYTES


def try_examples(actor: object, agent: str, examples: Sequence[str] = (), versions: Sequence[int] = ()) -> list[str]:
    """Try an agent on saved examples, all unless some are named; return the ids of the runs.

    Several `versions` are tried on the same examples: those of the current version. Without any it is the current one.
    """
    user = require(actor, Verb.TRY_AGENT)
    current = _spec(agent, agent_detail(user, agent).version)
    chosen = _chosen(current, examples)
    specs = [_spec(agent, version) for version in dict.fromkeys(versions)] or [current]
    wrong: list[Problem] = []
    given = [(spec, one, _example(spec, one, wrong)) for spec in specs for one in chosen]
    if wrong:
        raise RejectedError(f"The examples do not fit what {agent} takes.", wrong)
    with transaction.atomic():
        return [_begin(user, spec, input, one.name, current.version) for spec, one, input in given]


def try_input(actor: object, agent: str, input: Json, versions: Sequence[int] = ()) -> list[str]:
    """Try an agent on an input; return the ids of the runs, one for each version."""
    user = require(actor, Verb.TRY_AGENT)
    current = agent_detail(user, agent).version
    wrong: list[Problem] = []
    specs = [_spec(agent, version) for version in dict.fromkeys(versions or (current,))]
    given = [(spec, _fitting(spec, input, wrong, "input")) for spec in specs]
    if wrong:
        raise RejectedError(f"The input does not fit what {agent} takes.", list(dict.fromkeys(wrong)))
    with transaction.atomic():
        return [_begin(user, spec, one) for spec, one in given]


def probe(spec: AgentSpec, key: str) -> str:
    """Start a run of the example an agent is probed with, by nobody and as no proof (R3); the same key starts it once.

    Raises RejectedError where the example does not fit what the agent takes.
    """
    example = named(spec, spec.probe)
    wrong: list[Problem] = []
    input = _example(spec, example, wrong) if example is not None else None
    if wrong or example is None:
        raise RejectedError(
            f"The example {spec.probe!r} does not fit what {spec.name} takes: {listed(tuple(wrong))}", wrong
        )
    source = definition(spec.name)
    return mailbox.begin(StartRequest(
        workflow=workflow_of(spec.name), version=(flow := _workflow(spec, source)).version, input=input, actor="",
        actor_name="Signalbox", definition=flow, source=source, key=key, title=f"Probe of {spec.name}",
        labels={LABEL: "", "agent": spec.name, "probe": example.name},
        bound=Bindings(agents={spec.name: spec.version}),
    )).run_id  # fmt: skip


def _spec(agent: str, version: int) -> AgentSpec:
    found = agent_spec(agent, version)
    if found is None:
        raise RejectedMissing(f"Agent {agent!r} has no version {version}.")
    return found


def _chosen(spec: AgentSpec, names: Sequence[str]) -> list[Example]:
    """Return the examples that are wanted; raises RejectedError where there are none, or none of a name."""
    known = [one.name for one in spec.examples]
    if not known:
        hint = "write some under `examples`, or give an input"
        raise RejectedError(f"{spec.name} has no saved examples; {hint}.")
    wrong = [_unknown(spec, name, known) for name in names if name not in known]
    if wrong:
        raise RejectedError("There is no such example.", wrong)
    return [one for name in dict.fromkeys(names or known) if (one := named(spec, name)) is not None]


def _unknown(spec: AgentSpec, name: str, known: Sequence[str]) -> Problem:
    message = f"{spec.name} has no example '{name[:80]}'"
    return Problem(path="example", message=message, hint=suggestion(name, known, "there are"))


def _example(spec: AgentSpec, example: Example, wrong: list[Problem]) -> Json:
    return _fitting(spec, dict(example.input), wrong, f"examples.{example.name}")


def _fitting(spec: AgentSpec, input: Json, wrong: list[Problem], place: str) -> Json:
    """Return an input as the agent is given it, and note what does not fit."""
    try:
        codec.within(input, MOST_INPUT_BYTES)
    except (codec.NotJson, codec.TooLarge) as error:
        wrong.append(Problem(path=place, message=str(error), hint="make it smaller"))
        return input
    if not isinstance(input, dict):
        wrong.append(Problem(path=place, message="must be an object", hint='write something like {"text": "…"}'))
        return input
    given = filled(spec.input_schema, input)
    settled, outside = paths.settle(spec.input_schema, given)
    found = (*schema.problems(spec.input_schema, given), *(outside or paths.strays(given)))
    wrong.extend(one.under(place) for one in found)
    return settled


def _begin(user: User, spec: AgentSpec, input: Json, example: str = "", of: int = 0) -> str:
    """Start one trial, on an example of version `of` where one is named, in the caller's transaction."""
    source = definition(spec.name)
    request = StartRequest(
        workflow=workflow_of(spec.name), version=(flow := _workflow(spec, source)).version, input=input,
        actor=str(user.pk), actor_name=audit.name_of(user), team_id=user.team_id, definition=flow, source=source,
        title=f"Trial of {spec.name}, version {spec.version}" + (f": {example}" if example else ""),
        labels={LABEL: example, "agent": spec.name, EXAMPLES: of}, bound=Bindings(agents={spec.name: spec.version}),
    )  # fmt: skip
    run_id = mailbox.begin(request).run_id
    said: dict[str, Json] = {"version": spec.version, "example": example, "run": run_id}
    audit.record(user, "try", "agent", spec.name, said)
    if example:
        defaults = {"run_id": run_id, "is_open": True}
        Trial.objects.update_or_create(defaults, agent=spec.name, version=spec.version, example=example)
    return run_id


def _workflow(spec: AgentSpec, source: Json) -> Workflow:
    found = read_workflow(from_plain(source), None)
    if not isinstance(found, Workflow):
        raise BrokenError(f"no trial of {spec.name} can be read: {listed(found)}", found)
    # Whoever it may call is bound as well, though no step names them.
    return replace(found, name=workflow_of(spec.name), agents=(spec.name, *spec.may_call))
