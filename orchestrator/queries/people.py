"""Accounts and tokens, as a viewer may see them. Changing them is in `services`."""

from __future__ import annotations

from orchestrator.models import ApiToken, Role, User
from orchestrator.queries.page import Page, cut, numbers, texts
from orchestrator.queries.scope import has_role, in_team, signed_in


def people(viewer: object, cursor: str = "", limit: int = 100) -> Page[User]:
    """List the active accounts of the viewer's team by name."""
    rows = User.objects.filter(in_team(viewer), is_active=True).order_by("username")
    last = texts(cursor)
    return cut(rows.filter(username__gt=last) if last is not None else rows, limit, lambda user: [user.username])


def tokens(viewer: object, cursor: str = "", limit: int = 100) -> Page[ApiToken]:
    """List API tokens, latest first: an admin's whole team's, anyone else's own."""
    me = signed_in(viewer)
    rows = ApiToken.objects.select_related("user").order_by("-id")
    rows = rows.filter(in_team(me, "user__team_id")) if has_role(me, Role.ADMIN) else rows.filter(user=me)
    last = numbers(cursor, 1)
    return cut(rows.filter(id__lt=last[0]) if last else rows, limit, lambda token: [token.pk])
