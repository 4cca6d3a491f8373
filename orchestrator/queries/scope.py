"""Whose things a viewer may see, and which role includes which. What each role may do is in `services.access`."""

from __future__ import annotations

from django.db.models import Q

from orchestrator.core.errors import RejectedForbidden
from orchestrator.models import Role, User

RANK = {role: number for number, role in enumerate(Role)}


def has_role(viewer: User, least: str) -> bool:
    """Tell whether an account's role is at least this one."""
    return bool(viewer.is_active) and RANK.get(Role(viewer.role), -1) >= RANK[Role(least)]


def signed_in(viewer: object) -> User:
    """Return the viewer as an account; raises RejectedForbidden for anyone who has not signed in."""
    if isinstance(viewer, User) and viewer.pk is not None and viewer.is_active:
        return viewer
    raise RejectedForbidden("Sign in first.")


def in_team(viewer: object, field: str = "team_id") -> Q:
    """Return the filter for what a viewer may see: their team's, and what belongs to no team."""
    team = signed_in(viewer).team_id
    free = Q(**{f"{field}__isnull": True})
    return free if team is None else free | Q(**{field: team})


def may_see(viewer: object, team_id: int | None) -> bool:
    """Tell whether a viewer may see a thing of this team."""
    return team_id is None or signed_in(viewer).team_id == team_id
