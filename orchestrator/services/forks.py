"""Forks runs: a new run begins with what another had come to, and goes on from there by itself.

Which moments there are is in `core.forking`; reading forks is in `queries.forks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from django.db import transaction

from orchestrator.core import codec, forking, ids, schema
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedMissing
from orchestrator.core.events import RunForked, StepOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.status import StepStatus
from orchestrator.engine.requests import Bindings, Fork, Started, StartRequest
from orchestrator.models import Run, User
from orchestrator.queries.forks import Origin, origin
from orchestrator.queries.past import past, workflow_of
from orchestrator.queries.runs import run_detail
from orchestrator.queries.track import agent_spec
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import audit, mailbox, paths
from orchestrator.services.access import Verb, require
from orchestrator.services.runs import MOST_INPUT_BYTES, check_words, fitting_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where a fork begins, and what is different there."""

    run: Run
    at: int
    input: Json
    step: StepPath = ids.ROOT
    given: Mapping[str, Json] | None = None
    began: StepOpened | None = None
    """How that step began in the other run."""


def fork(
    actor: object, run_id: str, at: int | None = None, step: str = "", input: Json = None, key: str | None = None
) -> Started:
    """Begin a new run with what another had come to; the same key again answers with the run it began before.

    With `at` the new run goes on from after that event, 0 being before the first, and without from now. With `step` it
    goes on from just before that step began, and `input` is what the step is given instead. With `input` alone the run
    begins anew with it.
    """
    user = require(actor, Verb.FORK_RUN)
    run = run_detail(user, run_id)
    check_words(key, None, None)
    _check_wish(at, step, input)
    if step:
        beginning = _before_step(user, run, step, input)
    elif input is not None:
        flow = workflow_detail(user, run.workflow, run.version)
        beginning = Beginning(run=run, at=0, input=fitting_input(flow, input))
    else:
        beginning = _after_event(run, run.n if at is None else at)
    asked = hashlib.sha256(codec.canonical([run.id, at, step, input]).encode()).hexdigest()
    return _begin(user, beginning, asked, key)


def _check_wish(at: int | None, step: str, input: Json) -> None:
    wrong = []
    if step and at is not None:
        hint = "leave 'at' out: it is the moment just before the step began"
        wrong.append(Problem(path="at", message="'at' and 'step' do not go together", hint=hint))
    if input is not None and at is not None and not step:
        hint = "leave 'at' out to begin anew with this input, or name the step that is given it"
        wrong.append(Problem(path="input", message="a run that has begun keeps its input", hint=hint))
    if wrong:
        raise RejectedError("The run cannot be forked like this.", wrong)


def _after_event(run: Run, at: int) -> Beginning:
    if not 0 <= at <= run.n:
        hint = f"give a number from 0, before the first, to {run.n}"
        problem = Problem(path="at", message=f"this run has the events 1 to {run.n}", hint=hint)
        raise RejectedError("There is no such moment.", [problem])
    settled = forking.moment(past(run, run.n).recorded[: run.n], at)
    return Beginning(run=run, at=settled, input=run.input)


def _before_step(user: User, run: Run, step: str, input: Json) -> Beginning:
    found = origin(user, run, step)
    began = cast("StepOpened", found.began.fact)
    given = None if input is None else _fitting(found, input)
    return Beginning(
        run=found.run, at=found.began.n - 1, input=found.run.input, step=began.path, given=given,
        began=began,
    )  # fmt: skip


def _fitting(found: Origin, input: Json) -> Mapping[str, Json]:
    """Return what a step is to be given, its paths settled; raises RejectedError listing what does not fit."""
    run, path = found.run, found.state.path
    node = node_at(workflow_of(run), path)
    if not isinstance(node, AgentNode):
        hint = "fork from a step inside, or leave the input out"
        problem = Problem(path="input", message=f"'{path}' is a {node.kind}, which is given nothing", hint=hint)
        raise RejectedError("Only the step of an agent has an input of its own.", [problem])
    if found.state.status == StepStatus.SKIPPED:
        raise RejectedConflict(f"'{path}' was skipped: {found.state.reason}. Fork from an earlier step.")
    agent = node.agent or found.state.agent  # a route chose it
    spec = agent_spec(agent, int((run.agents or {}).get(agent, 0)))
    wanted = spec.input_schema if spec else {}
    settled, outside = paths.settle(wanted, input)
    wrong = [problem.under("input") for problem in (*_misfits(wanted, input), *(outside or paths.strays(input)))]
    if wrong:
        raise RejectedError(f"The input does not fit what {agent} takes.", wrong)
    return cast("Mapping[str, Json]", settled)


def _misfits(wanted: schema.Schema, input: Json) -> tuple[Problem, ...]:
    if not isinstance(input, dict):
        return (Problem(path="", message="the input of a step is an object", hint='write something like {"n": 1}'),)
    try:
        codec.within(input, MOST_INPUT_BYTES)
    except (codec.NotJson, codec.TooLarge) as error:
        return (Problem(path="", message=str(error), hint="make it smaller"),)
    return schema.problems(wanted, input)


def _begin(user: User, found: Beginning, asked: str, key: str | None) -> Started:
    parent = found.run
    book = past(parent, found.at).book(found.at)  # before the transaction: it may take a while
    began = found.began or StepOpened(path=found.step)
    fact = RunForked(
        workflow=parent.workflow, version=parent.version, of=parent.id, at=found.at, input=found.input,
        step=found.step, given=found.given, feedback=began.feedback, item=began.item,
        agent=began.agent, steps=forking.kept(book), actor=str(user.pk), actor_name=audit.name_of(user),
    )  # fmt: skip
    bound = Bindings(agents=parent.agents or {}, workflows=parent.workflows or {}, proven=parent.proven)
    request = StartRequest(
        workflow=parent.workflow, version=parent.version, input=found.input, actor=fact.actor,
        actor_name=fact.actor_name, key=key or None, title=parent.title, labels=parent.labels or {},
        priority=parent.priority, team_id=parent.team_id,
        fork=Fork(fact=fact, bound=bound, asked=asked),
    )  # fmt: skip
    with transaction.atomic():
        started = mailbox.begin(request)
        if started.is_new:
            said: dict[str, Json] = {"of": parent.id, "at": found.at, "step": found.step}
            audit.record(user, "fork", "run", started.run_id, said)
    return _own(user, started)


def _own(user: User, started: Started) -> Started:
    try:
        run_detail(user, started.run_id)
    except RejectedMissing as other:  # the key began a run that this account may not see
        raise RejectedConflict("This key is in use already; choose another one.") from other
    return started
