"""Pauses an agent, so that it gets no new work and what it has in hand ends, and resumes it."""

from __future__ import annotations

from django.db import transaction

from orchestrator.core.agents import spec_of
from orchestrator.core.errors import RejectedError
from orchestrator.core.people import is_person
from orchestrator.core.problems import Problem
from orchestrator.models import User
from orchestrator.queries.agents import agent_detail
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.wiring import pauses

MOST_LETTERS = 300


def pause(actor: object, agent: str, why: str = "") -> None:
    """Keep new work from an agent until it is resumed; paused once more, only the reason changes.

    Raises RejectedMissing, and RejectedError for a person: nothing of theirs is in the queue.
    """
    user = _allowed(actor, agent)
    reason = why.strip()[:MOST_LETTERS].replace("\0", "")
    with transaction.atomic():
        pauses().pause(agent, str(user.pk), audit.name_of(user), reason)
        audit.record(user, "pause", "agent", agent, {"reason": reason})


def resume(actor: object, agent: str) -> None:
    """Let work go to an agent again; without effect where it is not paused. Raises RejectedMissing."""
    user = _allowed(actor, agent)
    with transaction.atomic():
        if pauses().resume(agent):
            audit.record(user, "resume", "agent", agent)


def _allowed(actor: object, name: str) -> User:
    user = require(actor, Verb.PAUSE_AGENT)
    found = agent_detail(user, name)
    if is_person(spec_of(found.spec, found.version)):
        hint = "hand their steps to another agent in the workflow"
        problem = Problem(path="name", message=f"{name} is a person, who is asked and has no queue", hint=hint)
        raise RejectedError("A person is not paused.", [problem])
    return user
