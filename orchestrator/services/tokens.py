"""API tokens: making, recognising and revoking them. Only their hash is kept; `api.auth` takes them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orchestrator.core.errors import RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.problems import Problem
from orchestrator.models import ApiToken, User
from orchestrator.queries.scope import has_role, signed_in
from orchestrator.services import audit
from orchestrator.services.access import Verb, require

PREFIX = "sbx_"
LONGEST = 200
MOST_DAYS = 3650
NOTED_EVERY = timedelta(minutes=1)
"""How often the last use is written down, so that a busy script is not one more write a request."""


@transaction.atomic
def create(actor: User, owner: User, name: str, days: int | None = None) -> tuple[ApiToken, str]:
    """Make a token for an account and return it with its text, which nobody sees again; it lasts so many days."""
    require(actor, Verb.MANAGE_TOKENS, owner)
    if not has_role(actor, owner.role):
        raise RejectedForbidden("Nobody hands out more than their own role.")
    expires_at = None if days is None else timezone.now() + _lifetime(days)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(name=name[:80], user=owner, digest=digest(text), expires_at=expires_at)
    about = {"name": token.name, "for": owner.username, "role": owner.role, "days": days}
    audit.record(actor, "create", "token", token.pk, about)
    return token, text


@transaction.atomic
def revoke(actor: object, token_id: int) -> ApiToken:
    """Make a token useless from now on: one's own, or as an admin anyone's of the team."""
    user = signed_in(actor)
    token = ApiToken.objects.select_related("user").filter(pk=token_id).first() if 0 < token_id < 1 << 63 else None
    if token is None:
        raise RejectedMissing(f"There is no token {token_id}.")
    if token.user != user:
        require(user, Verb.MANAGE_TOKENS, token.user)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(user, "revoke", "token", token.pk, {"name": token.name, "for": token.user.username})
    return token


def recognise(text: str) -> User | None:
    """Return whose token this is; None when it is forged, expired, revoked, or its account closed."""
    token = _found(text)
    if token is None or not token.user.is_active or token.state != "yes":
        return None
    _note_use(token)
    return token.user


def why_not(text: str) -> str:
    """Say why a token is refused; whoever holds its text may know, anyone else learns nothing."""
    token = _found(text)
    over = _over(token) if token else ""
    return over or "This token is not known, or not valid any more."


def _over(token: ApiToken) -> str:
    if token.state == "revoked":
        return f"This token was revoked on {token.revoked_at:%Y-%m-%d %H:%M} UTC; ask an admin for another one."
    if token.state == "expired":
        return f"This token expired on {token.expires_at:%Y-%m-%d %H:%M} UTC; ask an admin for another one."
    return ""


def _found(text: str) -> ApiToken | None:
    if not text.startswith(PREFIX) or not text.isascii() or len(text) > LONGEST:
        return None
    hashed = digest(text)
    token = ApiToken.objects.select_related("user").filter(digest=hashed).first()
    # The look-up is by hash, so its timing says nothing about the token; the comparison keeps it that way.
    return token if token is not None and hmac.compare_digest(token.digest, hashed) else None


def _lifetime(days: int) -> timedelta:
    if 0 < days <= MOST_DAYS:
        return timedelta(days=days)
    problem = Problem(path="days", message=f"{days} is no lifetime", hint=f"1 to {MOST_DAYS}, or leave it out")
    raise RejectedError("A token cannot last that long.", [problem])


def digest(text: str) -> str:
    """Hash a token; it is long and random, so a plain hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
