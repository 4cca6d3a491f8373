"""API tokens: making, recognising and revoking them. Only their hash is kept; `api.auth` takes them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orchestrator.core.errors import RejectedForbidden, RejectedMissing
from orchestrator.models import ApiToken, User
from orchestrator.queries.scope import has_role
from orchestrator.services import audit
from orchestrator.services.access import Verb, require

PREFIX = "sbx_"
LONGEST = 200
NOTED_EVERY = timedelta(minutes=1)
"""How often the last use is written down, so that a busy script is not one more write a request."""


@transaction.atomic
def create(actor: User, owner: User, name: str) -> tuple[ApiToken, str]:
    """Make a token for an account and return it with its text, which nobody sees again."""
    require(actor, Verb.MANAGE_TOKENS, owner)
    if not has_role(actor, owner.role):
        raise RejectedForbidden("Nobody hands out more than their own role.")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(name=name[:80], user=owner, digest=digest(text))
    audit.record(actor, "create", "token", token.pk, {"name": token.name, "for": owner.username, "role": owner.role})
    return token, text


@transaction.atomic
def revoke(actor: object, token_id: int) -> ApiToken:
    """Make a token useless from now on."""
    user = require(actor, Verb.MANAGE_TOKENS)
    token = ApiToken.objects.select_related("user").filter(pk=token_id).first()
    if token is None:
        raise RejectedMissing(f"There is no token {token_id}.")
    require(user, Verb.MANAGE_TOKENS, token.user)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(user, "revoke", "token", token.pk, {"name": token.name, "for": token.user.username})
    return token


def recognise(text: str) -> User | None:
    """Return whose token this is; None when it is forged, revoked, or its account closed."""
    if not text.startswith(PREFIX) or not text.isascii() or len(text) > LONGEST:
        return None
    hashed = digest(text)
    token = ApiToken.objects.select_related("user").filter(digest=hashed, revoked_at=None).first()
    # The look-up is by hash, so its timing says nothing about the token; the comparison keeps it that way.
    if token is None or not hmac.compare_digest(token.digest, hashed) or not token.user.is_active:
        return None
    _note_use(token)
    return token.user


def digest(text: str) -> str:
    """Hash a token; it is long and random, so a plain hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
