"""Starts, pauses, resumes and cancels runs, retries and skips steps. What they then do is the engine's business.

Reading them is in `queries.runs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db import transaction

from orchestrator.core import codec, schema
from orchestrator.core.defaults import filled
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import AssignStep, CancelRun, Message, PauseRun, ResumeRun, RetryStep, SkipStep
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.engine.requests import Started, StartRequest
from orchestrator.models import AgentVersion, Run, User, WorkflowVersion
from orchestrator.queries.runs import run_detail
from orchestrator.queries.track import definition as read_definition
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import audit, mailbox, paths
from orchestrator.services.access import Verb, require
from orchestrator.services.proven import check_proven

MOST_INPUT_BYTES = 1_000_000
MOST_LABELS = 20
MOST_CHARACTERS = 200
MOST_URGENT, USUAL_PRIORITY, LEAST_URGENT = 1, 3, 5


def start(
    actor: object,
    workflow: str,
    input: Json,
    version: str | None = None,
    key: str | None = None,
    labels: Mapping[str, Json] | None = None,
    title: str | None = None,
    *,
    priority: int = USUAL_PRIORITY,
    card_id: int | None = None,
) -> Started:
    """Start a run of a workflow; the same key again answers with the run it started before.

    `priority` is from 1, the most urgent, to 5, as on cards: where slots are few its steps go before others (C5).
    """
    user = require(actor, Verb.START_RUN)
    definition = workflow_detail(user, workflow, version or "")
    settled = fitting_input(definition, input)
    check_words(key, labels, title)
    check_priority(priority)
    check_proven(read_definition(definition.name, definition.version))
    request = StartRequest(
        workflow=definition.name, version=definition.version, input=settled, actor=str(user.pk),
        actor_name=audit.name_of(user), key=key or None, title=title or "", labels=dict(labels or {}),
        priority=USUAL_PRIORITY - priority, team_id=user.team_id, card_id=card_id,
    )  # fmt: skip
    with transaction.atomic():
        started = mailbox.begin(request)
        if started.is_new:
            audit.record(user, "start", "run", started.run_id, {"workflow": workflow, "version": definition.version})
    if not started.is_new and Run.objects.filter(pk=started.run_id).exclude(team_id=user.team_id).exists():
        raise RejectedConflict("This key is in use already; choose another one.")
    return started


def fitting_input(definition: WorkflowVersion, input: Json) -> Json:
    """Return the input as a run takes it; raises RejectedError listing everything that does not fit."""
    try:
        codec.within(input, MOST_INPUT_BYTES)
    except (codec.NotJson, codec.TooLarge) as error:
        raise RejectedError("The input cannot be taken.", [Problem(path="input", message=str(error))]) from error
    wanted = input_schema(definition)
    given = filled(wanted, input)
    found = schema.problems(wanted, given)
    settled, outside = paths.settle(wanted, given)
    wrong = [problem.under("input") for problem in (*found, *outside)]
    if wrong:
        raise RejectedError(f"The input does not fit what {definition.name} takes.", wrong)
    return settled


def input_schema(definition: WorkflowVersion) -> schema.Schema:
    """Return the contract of what a workflow takes; empty takes anything."""
    source: Json = definition.source
    wanted = source.get("input") if isinstance(source, dict) else None
    return wanted if isinstance(wanted, dict) else {}


def pause(actor: object, run_id: str, key: str | None = None) -> Run:
    """Hand out nothing more of a run until it is resumed; what is at work goes on."""
    user = require(actor, Verb.PAUSE_RUN)
    return _tell(user, "pause", run_id, PauseRun(actor=str(user.pk), actor_name=audit.name_of(user)), key)


def resume(actor: object, run_id: str, key: str | None = None) -> Run:
    """Let a paused run go on."""
    user = require(actor, Verb.RESUME_RUN)
    return _tell(user, "resume", run_id, ResumeRun(actor=str(user.pk), actor_name=audit.name_of(user)), key)


def cancel(actor: object, run_id: str, reason: str = "", key: str | None = None) -> Run:
    """Give a run up: what is at work is stopped, what waits is withdrawn."""
    user = require(actor, Verb.CANCEL_RUN)
    return _tell(user, "cancel", run_id, _cancelling(user, reason), key)


def cancel_with(actor: object, run_id: str, reason: str, key: str) -> None:
    """Give a run up together with what the open transaction does: both happen or neither. It locks no run."""
    user = require(actor, Verb.CANCEL_RUN)
    run_detail(user, run_id)
    mailbox.leave(run_id, _cancelling(user, reason), key)
    audit.record(user, "cancel", "run", run_id)


def _cancelling(user: User, reason: str) -> CancelRun:
    return CancelRun(actor=str(user.pk), actor_name=audit.name_of(user), reason=_words(reason))


def _words(reason: str) -> str:
    return reason.replace("\0", "").strip()[:MOST_CHARACTERS]


def retry(actor: object, run_id: str, path: str = "", key: str | None = None) -> Run:
    """Try a step that failed again, and what was given up because of it; without a path, all that failed."""
    user = require(actor, Verb.RETRY_STEP)
    message = RetryStep(path=StepPath(path), actor=str(user.pk), actor_name=audit.name_of(user))
    return _tell(user, "retry", run_id, message, key, {"path": path[:MOST_CHARACTERS]})


def skip(actor: object, run_id: str, path: str, reason: str = "", key: str | None = None) -> Run:
    """Pass a step by: one at work is stopped, one that failed no longer stands in the way."""
    user = require(actor, Verb.SKIP_STEP)
    words = _words(reason)
    message = SkipStep(path=StepPath(path), reason=words, actor=str(user.pk), actor_name=audit.name_of(user))
    return _tell(user, "skip", run_id, message, key, {"path": path[:MOST_CHARACTERS], "reason": words})


def assign(actor: object, run_id: str, path: str, agent: str = "", key: str | None = None) -> Run:
    """Give a step that a person has to an agent of like contract; with no agent, take it over from one (A2)."""
    user = require(actor, Verb.ASSIGN_STEP)
    version = _current(agent) if agent else 0
    message = AssignStep(path=StepPath(path), agent=agent, version=version, actor=str(user.pk),
                         actor_name=audit.name_of(user))  # fmt: skip
    return _tell(user, "assign", run_id, message, key, {"path": path[:MOST_CHARACTERS], "agent": agent})


def _current(agent: str) -> int:
    found = AgentVersion.objects.filter(name=agent, is_current=True).first()
    if found is None:
        problem = Problem(path="agent", message=f"there is no agent '{agent[:80]}'", hint="define it first")
        raise RejectedError("The step cannot be given to it.", [problem])
    return found.version


def _tell(
    user: User, verb: str, run_id: str, message: Message, key: str | None, data: Mapping[str, Json] | None = None
) -> Run:
    run = run_detail(user, run_id)
    # The caller's own key is told apart from everyone else's.
    own = f"{verb}:{run.id}:{user.pk}:{key[:80]}" if key else None
    mailbox.ask(run.id, message, own, partial(audit.record, user, verb, "run", run.id, data))
    return run_detail(user, run_id)


def check_priority(priority: int) -> None:
    """Raise RejectedError for what is no priority."""
    if not MOST_URGENT <= priority <= LEAST_URGENT:
        hint = f"{MOST_URGENT}, the most urgent, to {LEAST_URGENT}; {USUAL_PRIORITY} is usual"
        wrong = Problem(path="priority", message=f"{priority} is no priority", hint=hint)
        raise RejectedError("The run cannot be started like this.", [wrong])


def check_words(key: str | None, labels: Mapping[str, Json] | None, title: str | None) -> None:
    """Raise RejectedError listing what of a new run's words can't be kept."""
    wrong = [
        Problem(path=name, message=f"has more than {MOST_CHARACTERS} characters", hint="shorten it")
        for name, text in (("key", key), ("title", title))
        if len(text or "") > MOST_CHARACTERS
    ]
    wrong += [
        Problem(path=name, message="holds a zero character", hint="leave it out")
        for name, text in (("key", key), ("title", title))
        if "\0" in (text or "")
    ]
    if len(labels or {}) > MOST_LABELS:
        wrong.append(Problem(path="labels", message=f"has more than {MOST_LABELS} names", hint="leave some out"))
    for name, value in (labels or {}).items():
        if isinstance(value, dict | list) or len(name) > MOST_CHARACTERS or len(str(value)) > MOST_CHARACTERS:
            hint = f"at most {MOST_CHARACTERS} characters"
            wrong.append(Problem(path=f"labels.{name[:40]}", message="a label is a short text or number", hint=hint))
    if wrong:
        raise RejectedError("The run cannot be started like this.", wrong)
