"""Drops answers that are kept: an agent's by a person, those that hold no longer by the sweep."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orchestrator.core.errors import RejectedMissing
from orchestrator.models import AgentVersion, Answer, User
from orchestrator.queries.scope import in_team
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.store import kept_answers
from orchestrator.store.tool_answers import PREFIX
from orchestrator.wiring import store


def drop(actor: User, agent: str, *, everywhere: bool = False) -> int:
    """Forget what is kept of an agent, or of `tool:NAME`, in the actor's team, or in all; return how much.

    Raises RejectedMissing. Who makes an answer at this moment reports it all the same, and it is not kept.
    """
    user = require(actor, Verb.APPLY_AGENT)
    is_tool = agent.startswith(PREFIX)
    if not is_tool and not AgentVersion.objects.filter(name=agent).exists():
        raise RejectedMissing(f"There is no agent '{agent[:80]}'.")
    with transaction.atomic():
        whose = Q() if everywhere else in_team(user)
        count, _ = Answer.objects.filter(whose, agent=agent).delete()
        audit.record(user, "drop_answers", "tool" if is_tool else "agent", agent.removeprefix(PREFIX), {"count": count})
    return count


def sweep_answers() -> int:
    """Remove what holds no longer; return how much. Costs one look where there is nothing."""
    if not Answer.objects.filter(expires_at__lt=timezone.now()).exists():
        return 0
    return store().transact(kept_answers.sweep)
