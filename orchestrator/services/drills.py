"""Drills a workflow: everything is read from the tables first, then nothing is touched (R10). No row is written.

A drill is pure computing, bounded by the attempts and events of its dry runs. It runs on the thread that asks, which is
never that of the event loop, and one at a time in a process, so that pages have the rest of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from threading import BoundedSemaphore

from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.defaults import filled
from orchestrator.core.definition import Workflow
from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.hints import hints
from orchestrator.core.drill.places import every
from orchestrator.core.drill.report import Report
from orchestrator.core.drill.samples import fits, sample
from orchestrator.core.errors import BrokenError, RejectedError, TransientError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.words import suggestion
from orchestrator.engine.drill.drill import drill
from orchestrator.engine.drill.dry import Setting
from orchestrator.models import AgentVersion, WorkflowVersion
from orchestrator.queries.track import definition
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services.access import Verb, require
from orchestrator.services.runs import fitting_input, input_schema

MOST_SEED = 2**31
_one_at_a_time = BoundedSemaphore(1)


def drill_workflow(
    actor: object, name: str, input: Json = None, steps: Sequence[str] = (), faults: Sequence[str] = (),
    version: str = "", seed: int = 0,
) -> Report:  # fmt: skip
    """Drill a version of a workflow, the current one unless another is named; without an input, with one made up.

    Raises RejectedError for a step or fault there is none of and for an input that does not fit, TransientError while
    another drill is at work in this process.
    """
    user = require(actor, Verb.DRILL_WORKFLOW)
    row = workflow_detail(user, name, version)
    flow = definition(row.name, row.version)
    _check(flow, steps, faults, seed)
    setting = _setting(flow, _input(row, input), seed)
    if not _one_at_a_time.acquire(blocking=False):
        raise TransientError("Another drill is at work here; try again in a moment.")
    try:
        return drill(setting, steps, [Fault(one) for one in dict.fromkeys(faults)], seed)
    finally:
        _one_at_a_time.release()


def _setting(flow: Workflow, input: Json, seed: int) -> Setting:
    others = _others(flow)
    return Setting(workflow=flow, input=input, agents=_agents(), others=others, hints=hints((flow, *others)),
                   dice=lambda: Random(seed).random)  # fmt: skip  # noqa: S311 - it decides how long a retry waits


def _agents() -> dict[str, AgentSpec]:
    """Return everybody: whom a plan or a call of an agent may name is not known beforehand."""
    rows = AgentVersion.objects.filter(is_current=True)
    return {row.name: spec_of(row.spec, row.version) for row in rows}


def _others(flow: Workflow) -> tuple[Workflow, ...]:
    """Return the workflows that its steps run, and theirs, as they are now."""
    found: dict[str, Workflow] = {}
    wanted = [*flow.workflows]
    while wanted:
        name = wanted.pop()
        row = WorkflowVersion.objects.filter(name=name, is_current=True).first() if name not in found else None
        if row is not None and name != flow.name:
            try:
                found[name] = definition(row.name, row.version)
            except BrokenError:
                continue  # the step that runs it fails, and says so
            wanted += found[name].workflows
    return tuple(found.values())


def _input(row: WorkflowVersion, given: Json) -> Json:
    """Return what the dry runs are given: what was asked for, else what is there by default, else what is made up."""
    if given is not None:
        return fitting_input(row, given)
    wanted = input_schema(row)
    usual = filled(wanted, {})
    made = sample(wanted, name="input")
    whole = {**made, **usual} if isinstance(made, dict) and isinstance(usual, dict) else made
    return next((one for one in (usual, whole) if fits(wanted, one)), made)


def _check(flow: Workflow, steps: Sequence[str], faults: Sequence[str], seed: int) -> None:
    places = [place for place, _ in every(flow.root) if place]
    known = [one.value for one in Fault]
    wrong = [
        Problem(path="step", message=f"{flow.name} has no step '{one[:80]}'", hint=suggestion(one, places, "there are"))
        for one in steps
        if one not in places and not any(one.startswith(f"{place}/") for place in places)
    ]
    wrong += [
        Problem(path="fault", message=f"there is no fault '{one[:80]}'", hint=suggestion(one, known, "there are"))
        for one in faults
        if one not in known
    ]
    if not 0 <= seed < MOST_SEED:
        wrong.append(Problem(path="seed", message=f"must be from 0 to {MOST_SEED - 1}", hint="leave it out for 0"))
    if wrong:
        raise RejectedError("It cannot be drilled like this.", wrong)
