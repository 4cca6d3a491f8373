"""Who may do what: the one table of verbs by role, and the one check that every write passes.

What a viewer may see is in `queries.scope`.
"""

from __future__ import annotations

from enum import StrEnum

from orchestrator.core.errors import RejectedForbidden, RejectedMissing
from orchestrator.models import Board, Card, Role, Team, User
from orchestrator.queries.scope import has_role, may_see, signed_in


class Verb(StrEnum):
    """Everything somebody can do that changes something."""

    READ = "read"
    START_RUN = "start_run"
    PAUSE_RUN = "pause_run"
    RESUME_RUN = "resume_run"
    CANCEL_RUN = "cancel_run"
    RETRY_STEP = "retry_step"
    FORK_RUN = "fork_run"
    SKIP_STEP = "skip_step"
    ASSIGN_STEP = "assign_step"
    DECIDE_GATE = "decide_gate"
    ADD_CARD = "add_card"
    EDIT_CARD = "edit_card"
    MOVE_CARD = "move_card"
    APPLY_WORKFLOW = "apply_workflow"
    APPLY_AGENT = "apply_agent"
    APPLY_BOARD = "apply_board"
    TRY_AGENT = "try_agent"
    DRILL_WORKFLOW = "drill_workflow"
    WORK = "work"
    STEER_BREAKER = "steer_breaker"
    PAUSE_AGENT = "pause_agent"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TOKENS = "manage_tokens"


LEAST_ROLE: dict[Verb, Role] = {
    Verb.READ: Role.VIEWER,
    Verb.START_RUN: Role.OPERATOR,
    Verb.PAUSE_RUN: Role.OPERATOR,
    Verb.RESUME_RUN: Role.OPERATOR,
    Verb.CANCEL_RUN: Role.OPERATOR,
    Verb.RETRY_STEP: Role.OPERATOR,
    Verb.FORK_RUN: Role.OPERATOR,
    Verb.SKIP_STEP: Role.OPERATOR,
    Verb.ASSIGN_STEP: Role.OPERATOR,
    Verb.DECIDE_GATE: Role.OPERATOR,
    Verb.ADD_CARD: Role.OPERATOR,
    Verb.EDIT_CARD: Role.OPERATOR,
    Verb.MOVE_CARD: Role.OPERATOR,
    Verb.APPLY_WORKFLOW: Role.BUILDER,
    Verb.APPLY_AGENT: Role.BUILDER,
    Verb.APPLY_BOARD: Role.BUILDER,
    Verb.TRY_AGENT: Role.BUILDER,
    Verb.DRILL_WORKFLOW: Role.OPERATOR,
    Verb.WORK: Role.OPERATOR,
    Verb.STEER_BREAKER: Role.OPERATOR,
    Verb.PAUSE_AGENT: Role.OPERATOR,
    Verb.MANAGE_PEOPLE: Role.ADMIN,
    Verb.MANAGE_TOKENS: Role.ADMIN,
}


def require(actor: object, verb: str, thing: object = None) -> User:
    """Return the actor as an account that may do this; raises RejectedForbidden, RejectedMissing for another team's."""
    user = signed_in(actor)
    if thing is not None and not may_see(user, team_of(thing)):
        # Not `forbidden`: an outsider does not learn that it exists.
        raise RejectedMissing("There is no such thing.")
    least = LEAST_ROLE[Verb(verb)]
    if not has_role(user, least):
        doing = Verb(verb).replace("_", " ")
        raise RejectedForbidden(f"To {doing} you need the role {least.value}; yours is {user.role}.")
    return user


def may(actor: object, verb: str) -> bool:
    """Tell whether an actor's role allows a verb, for pages that show or hide a button."""
    return isinstance(actor, User) and actor.pk is not None and has_role(actor, LEAST_ROLE[Verb(verb)])


def team_of(thing: object) -> int | None:
    """Return the team a thing belongs to; None means all teams."""
    match thing:
        case Team():
            return thing.pk
        case Card():
            return thing.board.team_id
        case Board() | User():
            return thing.team_id
        case _:
            found = getattr(thing, "team_id", None)
            return found if isinstance(found, int) else None
