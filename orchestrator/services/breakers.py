"""Opens and closes breakers by hand: what a person says overrides what was counted (R3)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.models import User
from orchestrator.queries.breakers import breakers_of
from orchestrator.reliability import breaker as logic
from orchestrator.reliability.breaker import Breaker
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.store.breakers import Who
from orchestrator.wiring import breakers

MOST_SECONDS = 366 * 86_400.0
OF = ("agent", "provider")


def trip(actor: object, agent: str, of: str = "agent", why: str = "", seconds: float | None = None) -> None:
    """Open a breaker of an agent, for some seconds or until somebody closes it; raises RejectedError.

    `of` says which: its own (`agent`), or that of everybody who asks the same `provider`.
    """
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        problem = Problem(path="seconds", message="must be above 0 and at most a year", hint="leave it out for no end")
        raise RejectedError("A breaker is opened for some seconds, or until somebody closes it.", [problem])
    words = _words(why, "opened by hand")
    _change(actor, "trip", agent, of, words, lambda one, now: logic.tripped(one, words, now, seconds))


def reset(actor: object, agent: str, of: str = "agent", why: str = "") -> None:
    """Close a breaker of an agent; what failed before is forgotten. Raises RejectedError."""
    words = _words(why, "closed by hand")
    _change(actor, "reset", agent, of, words, lambda one, now: logic.reset(words, now))


def _change(
    actor: object, verb: str, agent: str, of: str, why: str, decide: Callable[[Breaker, float], Breaker]
) -> None:
    user = require(actor, Verb.STEER_BREAKER)
    key = _key(user, agent, of)
    with transaction.atomic():
        breakers().change(key, decide, Who(actor=str(user.pk), name=audit.name_of(user)))
        audit.record(user, verb, "breaker", key, {"reason": why})


def _key(user: User, agent: str, of: str) -> str:
    key = next((one.key for one in breakers_of(user, agent) if one.of == of), "")
    if not key:
        message = f"{agent} asks no provider" if of in OF else f"there is no breaker of a '{of[:40]}'"
        raise RejectedError(f"{agent} has no such breaker.", [Problem(path="of", message=message, hint="use 'agent'")])
    return key


def _words(why: str, usual: str) -> str:
    return why.strip()[:300].replace("\0", "") or usual
